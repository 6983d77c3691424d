"""Which characters may stand in a name, and what to say of the others.

A character that is refused is never printed, only named: it may be an escape sequence, a
right-to-left mark, or something that looks like a letter and is none.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

from gdcli.diagnostics import Span
from gdcli.language.faults import Faults

WORD = re.compile(r"[^\W\d]\w*")
"""What looks like a name."""
MAX_UNICODE_NAME = 256
"""Longer names must be plain ASCII: normalising may take quadratic time."""

INSTEAD: Mapping[str, str] = MappingProxyType(
    {
        "∞": "write `inf`",
        "√": "write `sqrt(…)`",
        "∛": "write `cbrt(…)`",
        "∑": "write `sum(… for i in range(n))`",
        "∏": "write `prod(… for i in range(n))`",
        "≠": "write `!=`",
        "÷": "write `/`",
        "⁄": "write `/`",
        "∕": "write `/`",
        "∗": "write `*`",
        "⋅": "write `*`",
        "∙": "write `*`",
        "•": "write `*`",
        "±": "write `+` or `-`",
        "–": "write `-`",
        "—": "write `-`",
        "‐": "write `-`",
        "‑": "write `-`",
        "‖": "write `norm(…)`",
        "∥": "write `norm(…)`",
        "½": "write `(1/2)`",
        "¼": "write `(1/4)`",
        "¾": "write `(3/4)`",
        "∇": "gd derives the gradient itself; write the objective",
        "∂": "gd derives the gradient itself; write the objective",
        "⊤": "write `.T` for the transpose",
        "{": "write `(`",
        "}": "write `)`",
        ";": "a formula is one expression; write `,` between arguments",
        "#": "a formula has no comments",
        "!": "write `not`, or `gamma(n + 1)` for the factorial of n",
        "&": "write `and`",
        "~": "write `not`",
        "\\": "newlines need no mark; for LaTeX's `\\frac{a}{b}` write `(a)/(b)`",
        "$": "write the formula without it",
        "?": "write `a if condition else b`",
        "`": "write the formula without it",
        '"': "text in quotes means nothing in a formula",
        "'": "a prime means nothing; write a name such as `x1`",
        "“": "text in quotes means nothing in a formula",
        "”": "text in quotes means nothing in a formula",
    }
)
"""What to write instead of characters that people type or paste."""


def called(character: str) -> str:
    """Return a character's name for a person: `U+00A0 NO-BREAK SPACE`."""
    name = unicodedata.name(character, "")
    if not name:
        kinds = {"Cc": "(a control character)", "Cs": "(half of a surrogate pair)"}
        name = kinds.get(unicodedata.category(character), "(unassigned or private)")
    return f"U+{ord(character):04X} {name}"


def _is_letter(character: str) -> bool:
    """Whether a normalised character is a Latin or Greek letter."""
    if character.isascii():
        return character.isalpha()
    name = unicodedata.name(character, "")
    return character.isalpha() and name.startswith(("LATIN ", "GREEK "))


def _is_superscript(character: str) -> bool:
    return unicodedata.decomposition(character).startswith("<super>")


def _serves(character: str) -> bool:
    """Whether a character of the original text can be a part of a name by itself."""
    if _is_superscript(character):
        return False
    normal = unicodedata.normalize("NFKC", character)
    return all(_is_letter(c) or c in "_0123456789" for c in normal)


def _instead(character: str) -> str:
    """Return the hint for a refused character."""
    if character in INSTEAD:
        return INSTEAD[character]
    if character.isspace():
        return "write an ordinary space"
    normal = unicodedata.normalize("NFKC", character)
    if normal.isascii() and normal.isprintable() and normal not in ("", character):
        return f"write `**{normal}`" if _is_superscript(character) else f"write `{normal}`"
    return ""


def refuse(character: str, start: int, faults: Faults) -> None:
    """Note that a character has no meaning in a formula."""
    printable = character.isascii() and character.isprintable()
    name = f"`{character}`" if printable and character != "`" else called(character)
    faults.error(
        "unknown-character",
        f"{name} has no meaning in a formula",
        Span(start, start + 1),
        hint=_instead(character),
    )


def normal_name(word: str, start: int, faults: Faults) -> str | None:
    """Return a word with non-ASCII characters as a name (NFKC), or None after noting an error."""
    if len(word) <= MAX_UNICODE_NAME and not any(_is_superscript(c) for c in word):
        name = unicodedata.normalize("NFKC", word)
        fine = all(_is_letter(c) or c in "_0123456789" for c in name)
        if fine and not name[0].isdigit():
            return name
    refused = {c: start + word.index(c) for c in set(word) if not _serves(c)}
    if not refused and len(word) > MAX_UNICODE_NAME:
        faults.error(
            "name-too-long",
            f"a name with other than ASCII letters has at most {MAX_UNICODE_NAME} characters",
            Span(start, start + len(word)),
        )
    elif not refused:
        refuse(word[0], start, faults)
    for character, place in sorted(refused.items(), key=lambda item: item[1]):
        refuse(character, place, faults)
    return None
