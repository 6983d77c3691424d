"""`--stop-when`: a condition over f, gradient_norm, iteration and the variables."""

from __future__ import annotations

from collections.abc import Callable

from gdcli.diagnostics import Source
from gdcli.engine.point import Point
from gdcli.language.evaluate import evaluate
from gdcli.language.parse import parse_condition
from gdcli.model.problem import Problem


def stop_condition(
    problem: Problem, value_of: Callable[[float], float], factor: float
) -> Callable[[int, Point, float], bool] | None:
    """Return the test that a run makes at every iteration, or None where none is asked for.

    Args:
        value_of: From the engine's value to the user's.
        factor: From the engine's gradient to the user's.
    """
    text = problem.settings.stop_when
    if text is None:
        return None
    source = Source(text)
    tree = parse_condition(source).tree
    layout = problem.layout

    def reached(iteration: int, point: Point, gradient_norm: float) -> bool:
        values = {
            **problem.constants,
            **layout.unpack(point.x),
            "f": value_of(point.value),
            "gradient_norm": gradient_norm * factor,
            "iteration": float(iteration),
        }
        return bool(evaluate(tree, values, source, strict=False))

    return reached
