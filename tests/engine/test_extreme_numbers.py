"""Numbers near the ends of the range of floats end in a status, never in an exception."""

from __future__ import annotations

import pytest

import gdcli


@pytest.mark.parametrize(
    ("formula", "start"),
    [
        ("log(x)*y", (7.54662043e223, 2.00017409e224)),
        ("(x*1e-06)**2*(y*1e-06)**4+(y*1e-06)**2", (-3.49865397e10, -1.28145666e12)),
        ("(x*1e-06)**2*(y*1e-06)**4+(y*1e-06)**2", (-2909.2159532, 6686.67078756)),
        ("max(x,y)**3", (1.05141390e110, 3.47150256e109)),
        ("x**2*y**4", (1e150, -1e150)),
        ("abs(x)**y", (1e-300, 1e3)),
    ],
)
@pytest.mark.parametrize("method", ["auto", "bfgs", "lbfgs", "newton", "gd", "cg"])
def test_a_status_is_returned(
    formula: str, start: tuple[float, float], method: str, capfd: pytest.CaptureFixture[str]
) -> None:
    begin = dict(zip("xy", start, strict=True))
    result = gdcli.minimize(formula, start=begin, method=method, max_iter=300)
    assert result.status
    assert capfd.readouterr() == ("", "")
