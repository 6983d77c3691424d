"""Messages about formulas rolled up speak of the term that they mean, in the user's names."""

from __future__ import annotations

from gdcli.deadline import Deadline
from gdcli.model.assemble import make_problem
from gdcli.model.raw import RawProblem
from gdcli.solving.gradients import derive
from gdcli.solving.solve import solve_raw

N = 60


def test_the_undefined_term_is_quoted() -> None:
    text = "+".join(f"log(x{i} - {i % 7}.5) + x{i}**2" for i in range(N))
    start = {f"x{i}": 20.0 for i in range(N)} | {"x33": 2.0}
    message = solve_raw(RawProblem({"minimize": text, "start": start})).message
    assert "`log(x33 - 5.5)` is undefined: its argument is -3.5" in message


def test_the_gradient_is_shown_in_the_names_of_the_user() -> None:
    text = "+".join(f"(x{i} - {i}.5)**2*x{i + 1}**2" for i in range(N))
    derived = derive(make_problem(RawProblem({"minimize": text})), Deadline())
    texts = derived.texts()
    assert list(texts) == [f"x{i}" for i in range(N + 1)]
    assert texts["x0"] == "2*x1**2*(x0 - 0.5)"


def test_the_answer_is_in_the_names_of_the_user() -> None:
    text = "+".join(f"(x{i} - {i}.5)**2 + (x{i} - x{i})**4" for i in range(N))
    result = solve_raw(RawProblem({"minimize": text}))
    assert result.status == "converged"
    assert result.at is not None
    assert {name: round(float(value), 6) for name, value in result.at.items()} == {
        f"x{i}": i + 0.5 for i in range(N)
    }
