"""Text for people: cleaned of anything a terminal would obey, and numbers at two widths."""

from __future__ import annotations

import math
import unicodedata
from typing import Any


def clean(text: str, *, newlines: bool = False) -> str:
    """Return `text` with control, format and surrogate characters shown as escapes.

    Nothing that a user, a file or a library wrote reaches a terminal without passing here.
    """
    if text.isascii() and text.isprintable():
        return text
    out = []
    for character in text:
        if character == "\n" and newlines:
            out.append(character)
        elif unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"):
            code = ord(character)
            out.append(f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}")
        else:
            out.append(character)
    return "".join(out)


def columns(text: str) -> int:
    """Return how many terminal columns a text takes."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return len(text) + wide - sum(unicodedata.combining(c) != 0 for c in text)


def number(value: float | None, *, exact: bool, digits: int = 10, scale: float = 0.0) -> str:
    """Return a number: all its digits (`exact`), or `digits` significant ones.

    Args:
        scale: The size of the numbers that this one came from. Digits that lie below the rounding
            of such numbers are left out: 2.3587e-17 on a scale of 28 becomes 2.4e-17.
    """
    if value is None or math.isnan(value):
        return "nan" if exact else "–"
    if exact:
        text = repr(float(value))
    else:
        if value and math.isfinite(value) and 0.0 < scale < math.inf:
            level = math.log10(abs(value)) - math.log10(scale)
            digits = max(2, min(digits, math.floor(17.0 + level)))
        text = f"{value:.{digits}g}"
    text = text[:-2] if text.endswith(".0") else text
    return "0" if text == "-0" else text


def aligned(texts: list[str]) -> list[str]:
    """Return numbers as texts of one width, their decimal points below each other."""
    ends = [next((k for k, c in enumerate(text) if c in ".e"), len(text)) for text in texts]
    before = max(ends, default=0)
    shifted = [" " * (before - end) + text for text, end in zip(texts, ends, strict=True)]
    width = max(map(len, shifted), default=0)
    return [text.ljust(width) for text in shifted]


def duration(seconds: float) -> str:
    """Return a time with a unit that suits it."""
    if seconds < 1e-3:
        return f"{seconds * 1e6:.0f} µs"
    if seconds < 1:
        return f"{seconds * 1e3:.0f} ms"
    if seconds < 120:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def count(many: int, noun: str) -> str:
    """Return `1 iteration`, `92 iterations`."""
    return f"{many:,} {noun}" if many == 1 else f"{many:,} {noun}s"


def value_text(value: Any, *, exact: bool, digits: int = 7, scale: float = 0.0) -> str:
    """Return a scalar, a short array in full, or a summary of a long one."""
    import numpy as np

    def shown(part: float) -> str:
        return number(part, exact=exact, digits=digits, scale=scale)

    def nested(part: Any) -> str:
        if isinstance(part, list):
            return f"[{', '.join(map(nested, part))}]"
        return shown(float(part))

    array = np.asarray(value, dtype=float)
    if array.size <= 8:
        return nested(array.tolist())
    flat = array.reshape(-1)
    first, last = (", ".join(shown(float(v)) for v in part) for part in (flat[:3], flat[-2:]))
    shape = "×".join(str(extent) for extent in array.shape)
    low, high, norm = (shown(float(v)) for v in (flat.min(), flat.max(), np.linalg.norm(flat)))
    return f"[{first}, …, {last}]  ({shape}, from {low} to {high}, norm {norm})"
