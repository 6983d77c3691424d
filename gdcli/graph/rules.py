"""What a derivative rule is: plain data, so that it can be remembered and kept on disk."""

from __future__ import annotations

from typing import Any, TypeAlias

Step: TypeAlias = tuple[Any, ...]
Rule: TypeAlias = tuple[Step, ...]
"""How to make one partial derivative. Each step may use the ones before it, by number; the last is
the result: `("argument", k)`, `("value",)`, `("number", c)`, `("sum", constant, ((c, step), …))`,
`("product", ((step, exponent), …))`, `("apply", function, (step, …))`."""
