"""Random terms at random places: rolled up and written out are one function."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.graph.rollup.agreement import agrees

SLOTS = ("{a}", "{b}", "{c}")
ATOMS = st.sampled_from((*SLOTS, "#", "2", "1.5", "k", "(#/4)", "(-#)"))


def _combined(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pair = st.tuples(parts, parts)
    return st.one_of(
        pair.map(lambda p: f"({p[0]}+{p[1]})"),
        pair.map(lambda p: f"({p[0]}-{p[1]})"),
        pair.map(lambda p: f"{p[0]}*{p[1]}"),
        pair.map(lambda p: f"{p[0]}/(1+{p[1]}**2)"),
        parts.map(lambda p: f"({p})**2"),
        parts.map(lambda p: f"sin({p})"),
        parts.map(lambda p: f"exp(-({p})**2)"),
        parts.map(lambda p: f"(-{p})"),
        parts.map(lambda p: f"sqrt(1+({p})**2)"),
    )


TERMS = st.recursive(ATOMS, _combined, max_leaves=6).map(lambda term: f"{term}*{{a}}")


@settings(max_examples=25, deadline=None)
@given(st.lists(TERMS, min_size=1, max_size=3), st.integers(0, 2**20))
def test_random_terms_agree(shapes: list[str], seed: int) -> None:
    n = 40
    random = Random(seed)
    parts = []
    for term in shapes:
        step = random.choice((1, 1, 2, -1, 0))
        irregular = random.random() < 0.5
        for i in range(n):
            place = random.randrange(n) if irregular else step * i % n
            names = {"a": f"x{i}", "b": f"x{place}", "c": f"x{(i + 1) % n}"}
            parts.append(term.replace("#", f"{random.randrange(4)}.5").format(**names))
    inner = "+".join(f"x{i}*x{(i + 1) % n}**2*exp(-(x{i}-x{(i + 3) % n})**2)" for i in range(n))
    parts.append(f"7*({inner})**2")
    agrees("+".join(parts), {"k": 0.75}, low=-1.0, high=1.0, tolerance=1e-10)
