"""`gd gradient FORMULA`: the gradient as text, LaTeX, Python or numbers."""

from __future__ import annotations

import sys
from typing import Any

from gdcli.cli.exit_codes import Exit
from gdcli.cli.session import Session

_OURS = ("at", "hessian", "latex", "python", "check", "json", "quiet", "no_cache")


def run(session: Session, words: tuple[str, ...], **options: Any) -> int:
    """Show a gradient; with `--check` the exit code tells whether differences agree with it."""
    from gdcli.model.assemble import make_problem
    from gdcli.model.options import from_options
    from gdcli.solving.gradients import check_at, derive
    from gdcli.solving.start import choose_start

    formula = session.formula(words[0])
    fields = {("variables" if k == "var" else k): v for k, v in options.items() if k not in _OURS}
    if options.get("at"):
        fields["start"] = options["at"]
    problem = make_problem(from_options({"minimize": formula, **fields}), deadline=session.deadline)
    derived = derive(problem, session.deadline)
    point = derived.point()
    check = None
    if options.get("check"):
        at = point
        if at is None:
            at = choose_start(problem, lambda x: derived.objective.value(x) < float("inf")).x
        check = check_at(derived, at)
    session.tell(problem.warnings)
    if options.get("json"):
        from gdcli.report.files import write_json_line

        sys.stdout.write(write_json_line(_object(derived, point, check, options)) + "\n")
    elif options.get("python"):
        sys.stdout.write(derived.python())
    else:
        _write(derived, point, check, options)
    return Exit.SOLVED if check is None or check.passed else Exit.NOT_SOLVED


def _object(derived: Any, point: Any, check: Any, options: dict[str, Any]) -> dict[str, Any]:
    from gdcli.result import plain

    problem, objective = derived.problem, derived.objective
    layout = problem.layout
    value = gradient = hessian = None
    if point is not None:
        value, flat = objective.value_and_gradient(point)
        gradient = layout.unpack(flat)
        if options.get("hessian"):
            hessian = objective.hessian(point)
    formulas = derived.latex() if options.get("latex") else derived.texts()
    return {
        "schema": "gd.gradient/1",
        "type": "gradient",
        "objective": problem.objective,
        "variables": {v.name: list(v.shape) for v in layout.variables},
        "formulas": formulas,
        "at": None if point is None else plain(layout.unpack(point)),
        "value": plain(value),
        "gradient": plain(gradient),
        "hessian": plain(hessian),
        "check": None if check is None else check.as_plain(),
    }


def _write(derived: Any, point: Any, check: Any, options: dict[str, Any]) -> None:
    from gdcli.report.page import is_terminal, line, write
    from gdcli.report.text import clean, number, value_text

    exact = not is_terminal(sys.stdout)
    latex = bool(options.get("latex"))
    lines: list[Any] = []
    written = list(derived.latex().values()) if latex else derived.equations()
    for text in written:
        lines.extend(line(row) for row in clean(text, newlines=True).split("\n"))
    if options.get("hessian"):
        entries = derived.hessian_texts()
        if entries is not None:
            for (row, column), text in entries.items():
                lines.append(line(f"∂²f/∂{clean(row)}∂{clean(column)} = {clean(text)}"))
    if point is not None:
        layout = derived.problem.layout
        value, flat = derived.objective.value_and_gradient(point)
        place = "  ".join(
            f"{clean(name)} = {value_text(part, exact=exact)}"
            for name, part in layout.unpack(point).items()
        )
        lines.extend((line(""), line(f"at {place}")))
        lines.append(line(f"f = {number(value, exact=exact)}"))
        for name, part in layout.unpack(flat).items():
            lines.append(line(f"∂f/∂{clean(name)} = {value_text(part, exact=exact)}"))
        if options.get("hessian") and derived.objective.size <= 12:
            for row in derived.objective.hessian(point).tolist():
                lines.append(line("  ".join(number(v, exact=exact).rjust(12) for v in row)))
    if check is not None:
        verdict = "agrees with" if check.passed else "DISAGREES with"
        lines.append(
            line(
                f"the gradient {verdict} differences: largest error {check.error:.2g} "
                f"in {clean(check.component)}"
            )
        )
    write(lines, wrap=False)
