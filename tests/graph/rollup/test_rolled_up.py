"""Formulas written out in scalars are the same formulas rolled up."""

from __future__ import annotations

import numpy as np
import pytest

from gdcli.graph.nodes import Access, Affine, Lookup, Reduce
from gdcli.graph.walk import reachable
from tests.graph.rollup.agreement import agrees, built, is_rolled

N = 70


def total(term: str, count: int = N, start: int = 1) -> str:
    """Return the sum of a term in which `{i}`, `{j}`, `{k}` are consecutive numbers."""
    return "+".join(term.format(i=i, j=i + 1, k=i + 2) for i in range(start, start + count))


CASES = {
    "rosenbrock": total("100*(x{j}-x{i}**2)**2+(1-x{i})**2"),
    "brackets": total("(100*(x{j}-x{i}**2)**2+(1-x{i})**2)"),
    "minus": f"-({total('(x{i}*x{j}-1)**2')})",
    "minus each": "-" + total("(x{i}-x{j}**2)**2").replace("+", "-"),
    "factor": f"0.5*({total('(x{i}*x{j}-1)**2')})",
    "logarithm of a sum": f"log({total('exp(x{i}*x{j})')})",
    "root of a sum": f"sqrt({total('(x{i}-x{j})**2')})",
    "data": "+".join(f"({1 + i % 7}.5 - a{i}*exp(-{i / 10}*b{i + 3}))**2" for i in range(N)),
    "zeros among data": "+".join(f"({i % 3}*x{i} - {i % 2}.0)**2" for i in range(N)),
    "exponents": "+".join(f"(x{i}-x{i + 1})**{2 + i % 3}" for i in range(N)),
    "named": total("c*x{i}**p + x{i}*x{j}*c"),
    "common variable": total("(x{i}**2 + z**2)**2 - 4*x{i} + 3"),
    "scattered": "+".join(f"(x{i * i % 71} - x{(7 * i + 3) % 71})**4" for i in range(N)),
    "reversed": "+".join(f"(x{i} - x{N - i})**2 * x{i}" for i in range(N)),
    "stride": "+".join(
        f"(a{i}+10*b{i})**2+5*(c{i}-d{i})**2+(b{i}-2*c{i})**4+10*(a{i}-d{i})**4" for i in range(20)
    ),
    "functions": total("sin(x{i})*atan2(x{j}, 2)+log(x{i}+1, 2)+log(x{j}, 3)+max(x{i}, x{k})"),
    "conditional": total("(x{i}**2 if x{i} > x{j} else 3*x{j})"),
    "conditional on data": "+".join(f"where(x{i} > 0.{i % 9}, x{i}**2, x{i})" for i in range(N)),
    "divided": "+".join(f"x{i}/{i + 1} + {i + 2}/x{i}" for i in range(N)),
    "fractions": "+".join(f"({i}/10 - x{i}*x{i + 1})**2" for i in range(N)),
    "negative data": "+".join(f"(x{i} - (-{i}))**2 + x{i}*(-{i % 4})" for i in range(N)),
    "data in a power": "+".join(f"x{i}**(0.5*{i})" for i in range(N)),
    "roots": "+".join(f"sqrt(x{i}**2 + 0.{i % 7 + 1})" for i in range(N)),
    "other sizes": total("(x{i}-1)**2") + "+" + total("x{i}*x{j}", 45) + "+x3*exp(x4)-x5**3+2",
    "inner sum": f"({total('{i}*x{i}')} - 3)**2 + ({total('x{i}**2')})**2",
    "product of sums": f"({total('x{i}')})*({total('x{i}*x{k}*cos(x{j})')})",
}


@pytest.mark.parametrize("name", CASES)
def test_same_as_written_out(name: str) -> None:
    constants = {"c": 1.25, "p": 3.0} if name == "named" else {}
    agrees(CASES[name], constants)


def test_small_formulas_stay_scalar() -> None:
    assert not is_rolled(built(total("100*(x{j}-x{i}**2)**2+(1-x{i})**2", 15))[0])
    assert not is_rolled(built(total("(x{i}-1)**2", 7) + "+" + total("x{i}*z", 7, 40))[0])


def test_few_variables_need_more_terms() -> None:
    text = "+".join(f"(a*exp(b*{i}) - {i % 5}.5 + c)**2" for i in range(200))
    formula = agrees(text, low=-0.3, high=0.3)
    assert len(formula.data) == 2
    assert not is_rolled(built(text[: text.index("40)")] + "40)-1)**2")[0])


def test_formulas_that_repeat_nothing_stay_scalar() -> None:
    text = "+".join(f"x{i}**{i}" for i in range(1, 60))
    assert not is_rolled(built(text)[0])


def test_terms_in_order_are_read_in_steps() -> None:
    """The first terms of a chain, in which x2 comes before x1, are split off."""
    formula = agrees(CASES["rosenbrock"])
    reads = [item for item in reachable((formula.root,)) if isinstance(item, Access)]
    assert all(isinstance(part, Affine) for item in reads for part in item.index)
    assert any(item.axes for item in reads)


def test_terms_out_of_order_are_looked_up() -> None:
    formula = agrees(CASES["scattered"])
    reads = [item for item in reachable((formula.root,)) if isinstance(item, Access)]
    assert any(isinstance(part, Lookup) for item in reads for part in item.index)


def test_one_sum_a_shape() -> None:
    formula = agrees(CASES["stride"])
    sums = [item for item in reachable((formula.root,)) if isinstance(item, Reduce)]
    assert len(sums) == 4
    assert len({axis for item in sums for axis in item.bound}) == 1


def test_equal_numbers_are_no_data() -> None:
    assert built(CASES["stride"])[0].data == ()


def test_numbers_that_differ_are_data() -> None:
    (leaf, values), *_ = built("+".join(f"(x{i}-{i}.5)**2" for i in range(N)))[0].data
    assert leaf.shape == (N,)
    np.testing.assert_array_equal(values, np.arange(N) + 0.5)
