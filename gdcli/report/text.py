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


def number(value: float | None, *, exact: bool, digits: int = 10) -> str:
    """Return a number: all its digits (`exact`), or `digits` significant ones."""
    if value is None or math.isnan(value):
        return "–" if not exact else "nan"
    text = repr(float(value)) if exact else f"{value:.{digits}g}"
    return text[:-2] if text.endswith(".0") else text


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


def value_text(value: Any, *, exact: bool) -> str:
    """Return a scalar, a short array in full, or a summary of a long one."""
    import numpy as np

    if isinstance(value, (int, float)):
        return number(float(value), exact=exact)
    array = np.asarray(value, dtype=float)
    if array.ndim == 0:
        return number(float(array), exact=exact)
    if array.size <= 8:
        return _nested(array.tolist(), exact)
    flat = array.reshape(-1)
    ends = [number(float(v), exact=exact, digits=6) for v in (*flat[:3], *flat[-2:])]
    shape = "×".join(str(extent) for extent in array.shape)
    low, high = (number(float(v), exact=exact, digits=6) for v in (flat.min(), flat.max()))
    norm = number(float(np.linalg.norm(flat)), exact=exact, digits=6)
    listed = f"[{', '.join(ends[:3])}, …, {', '.join(ends[3:])}]"
    return f"{listed}  ({shape}, from {low} to {high}, norm {norm})"


def _nested(value: Any, exact: bool) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_nested(part, exact) for part in value)}]"
    return number(value, exact=exact)
