"""Did you mean …? One answer for formulas, files and options."""

from __future__ import annotations

from collections.abc import Iterable


def closest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word nearest to `word`, or None where none is near enough.

    A match that differs only in case wins. Words longer than 60 characters get no suggestion.
    """
    if len(word) > 60:
        return None
    candidates = [k for k in known if len(k) <= 60]
    folded = word.casefold()
    for candidate in candidates:
        if candidate.casefold() == folded and candidate != word:
            return candidate
    from difflib import get_close_matches

    near = get_close_matches(word, candidates, n=1, cutoff=0.6)
    return near[0] if near else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ``did you mean `x`?`` or the empty string."""
    found = closest(word, known)
    return f"did you mean `{found}`?" if found else ""
