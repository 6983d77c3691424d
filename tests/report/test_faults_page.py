"""Faults with carets, also in long formulas, wide characters and narrow terminals."""

from __future__ import annotations

import io

from gdcli.diagnostics import Diagnostic, Source, Span
from gdcli.report.faults import fault_lines
from gdcli.report.page import write


def page(*diagnostics: Diagnostic, width: int = 80) -> str:
    out = io.StringIO()
    write(fault_lines(diagnostics, width=width), out)
    return out.getvalue()


def fault(text: str, start: int, stop: int, **fields: object) -> Diagnostic:
    return Diagnostic("x", "wrong", source=Source(text), span=Span(start, stop), **fields)  # type: ignore[arg-type]


def test_the_caret_stands_below() -> None:
    shown = page(fault("sine(x)**2 + y", 0, 4, label="did you mean `sin`?", hint="look"))
    assert shown == ("error: wrong\n  sine(x)**2 + y\n  ^^^^ did you mean `sin`?\n  hint: look\n")


def test_at_the_end_it_stands_behind_the_last_character() -> None:
    assert page(fault("x +", 3, 3)) == "error: wrong\n  x +\n     ^\n"


def test_only_the_line_that_is_meant() -> None:
    assert page(fault("x +\ny + zz\n+ 1", 8, 10)) == "error: wrong\n  y + zz\n      ^^\n"


def test_wide_characters_and_escapes_move_it() -> None:
    assert page(fault("日 + q", 4, 5)).split("\n")[2] == "       ^"
    assert page(fault("\x1b + q", 4, 5)).split("\n")[1:3] == ["  \\x1b + q", "         ^"]


def test_a_long_formula_is_cut_around_it() -> None:
    text = " + ".join(f"x{k}" for k in range(500))
    at = text.index("x250")
    for width in (40, 60, 100):
        _, excerpt, caret, _ = page(fault(text, at, at + 4), width=width).split("\n")
        assert len(excerpt) <= width
        assert excerpt.startswith("  …") and excerpt.endswith("…")
        begin = caret.index("^")
        assert excerpt[begin : begin + 4] == "x250"
        assert caret.strip() == "^^^^"


def test_a_label_without_room_stands_below() -> None:
    shown = page(fault("x" * 50, 46, 50, label="here is what to do about it"), width=60)
    assert shown.split("\n")[2:4] == [" " * 48 + "^^^^", "  here is what to do about it"]


def test_places_in_files_and_several_marks() -> None:
    found = Diagnostic(
        "x", "shapes differ", source=Source("a + b", "f.toml", 3, 13), span=Span(0, 1), label="2",
        related=((Span(4, 5), "3"),), severity="warning",
    )  # fmt: skip
    assert page(found) == "f.toml:3:13: warning: shapes differ\n  a + b\n  ^ 2\n      ^ 3\n"
