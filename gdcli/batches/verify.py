"""Checks a result by a second path: its syntax tree in high precision, and differences of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

import numpy as np

from gdcli.batches.precise import Precise
from gdcli.batches.precise_functions import Undefined, elementwise
from gdcli.batches.recall import Recalled, recall
from gdcli.deadline import Deadline, DeadlineReached
from gdcli.model.assemble import make_problem
from gdcli.model.problem import Problem
from gdcli.records import dataclass

DIGITS = 60
SECONDS = 3.0
"""How long the components of a gradient are gone through, one by one; the others are compared
along `DIRECTIONS` random directions."""

DIRECTIONS = 4

_STEP = 1e-25
_NO_VALUE = "there is no point to check"


@dataclass(slots=True)
class Verified:
    """What came of a check.

    Attributes:
        wrong: Where result and recomputation disagree; empty if nowhere.
        checked: What was compared.
        notes: What could not be compared, and why.
    """

    name: str
    wrong: list[str] = field(default_factory=list)
    checked: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def verify(recalled: Recalled, given: Mapping[str, Any], deadline: Deadline) -> Verified:
    """Recompute value, gradient and bounds of a result.

    Raises:
        GdError: The problem is no longer there, or cannot be read.
        Interrupted: By the deadline.
    """
    result = recalled.result
    verified = Verified(recalled.name)
    if result["value"] is None or result["at"] is None:
        verified.notes.append(f"{result['status']}: {_NO_VALUE}")
        return verified
    again = recall(recalled, given)
    verified.notes.extend(again.notes)
    problem = make_problem(again.raw, again.overrides, deadline=deadline)
    point = _point(problem, result["at"], verified)
    if point is None:
        return verified
    _Check(problem, result, point, verified, deadline).run()
    return verified


def _point(problem: Problem, at: Mapping[str, Any], verified: Verified) -> Any:
    """Return the flat vector of the result's point, or note why it is none."""
    names = [variable.name for variable in problem.layout.variables]
    if sorted(at) != sorted(names):
        verified.wrong.append(
            f"`at` names {', '.join(sorted(at))}; the problem's variables are {', '.join(names)}"
        )
        return None
    try:
        return problem.layout.pack(at)
    except (ValueError, TypeError) as error:
        verified.wrong.append(f"`at`: {error}")
        return None


class _Check:
    """The comparisons at one point."""

    def __init__(
        self,
        problem: Problem,
        result: Mapping[str, Any],
        point: Any,
        verified: Verified,
        deadline: Deadline,
    ) -> None:
        self.problem = problem
        self.result = result
        self.point = point
        self.verified = verified
        self.precise = Precise(problem.constants, DIGITS, deadline)
        self.clock = Deadline(SECONDS)
        self.at = {
            variable.name: self.precise.number(value)
            for variable in problem.layout.variables
            for value in (problem.layout.unpack(point)[variable.name],)
        }

    def run(self) -> None:
        """Compare everything that can be."""
        self._bounds()
        try:
            value = self._value(self.at)
        except Undefined as why:
            self.verified.notes.append(f"the value cannot be recomputed: {why}")
            return
        if not self._compare_value(value):
            return
        norm = self.result["gradient_norm"]
        if norm is None:
            self.verified.notes.append("the result gives no gradient norm")
            return
        try:
            self._compare_gradient(float(norm), value)
        except Undefined as why:
            self.verified.notes.append(f"the gradient cannot be recomputed: {why}")

    def _value(self, at: Mapping[str, Any]) -> Any:
        for name, value in at.items():
            self.precise.put(name, value)
        return self.precise.value(self.problem.tree)

    def _bounds(self) -> None:
        inside = (self.problem.lower <= self.point) & (self.point <= self.problem.upper)
        feasible = bool(np.all(inside))
        told = self.result.get("feasible")
        if told is not None and told != feasible:
            outside = np.nonzero(~inside)[0]
            where = self.problem.layout.element_name(int(outside[0])) if outside.size else ""
            self.verified.wrong.append(
                f"feasible is {str(told).lower()}, but "
                + (f"`{where}` is outside its bounds" if where else "every bound holds")
            )
        else:
            self.verified.checked.append("bounds")

    def _compare_value(self, value: Any) -> bool:
        mp = self.precise.mp
        told = float(self.result["value"])
        if not mp.isfinite(value):
            self.verified.wrong.append(f"value is {told!r}, recomputed it is not finite")
            return False
        apart = abs(value - mp.mpf(told))
        noise = (self.result.get("stop") or {}).get("noise") or 0.0
        allowed = 1e-9 * max(1.0, abs(told)) + 10 * float(noise) + self._rounding(value)
        if apart > allowed:
            self.verified.wrong.append(
                f"value is {told!r}, recomputed {float(value)!r}: apart by {float(apart):.2g}"
            )
            return False
        self.verified.checked.append("value")
        return True

    def _rounding(self, value: Any) -> float:
        """Return what this formula loses in double precision here, seen by computing so."""
        mp = self.precise.mp
        digits = mp.dps
        mp.prec = 53
        try:
            rough = self._value(self.at)
        except Undefined:
            return 0.0
        finally:
            mp.dps = digits
        return float(100 * abs(rough - value)) if mp.isfinite(rough) else 0.0

    def _compare_gradient(self, told: float, value: Any) -> None:
        largest, blurred, done = 0.0, 0.0, 0
        size = self.problem.layout.size
        # Spread, so that what the clock leaves out is no block.
        order = np.argsort((np.arange(size) * 0.6180339887498949) % 1.0, kind="stable")
        where = ""
        for index in order:
            try:
                self.clock.check()
            except DeadlineReached:
                break
            slope, blur, kink = self._slope(int(index), value)
            if kink:
                self.verified.notes.append(
                    f"a kink at `{self.problem.layout.element_name(int(index))}`: "
                    "differences say nothing about the gradient there"
                )
                return
            done += 1
            if abs(slope) > largest:
                largest, where = abs(slope), self.problem.layout.element_name(int(index))
            blurred = max(blurred, blur)
        if done < size:
            self._compare_directions(told, value, blurred)
            self.verified.notes.append(
                f"{done:,} of {size:,} components of the gradient compared, and all of them along "
                f"{DIRECTIONS} random directions"
            )
        allowed = 1e-6 * max(1.0, told, abs(float(value))) + blurred
        over = largest > told + allowed
        under = done == size and largest < told - allowed
        if over or under:
            place = f", at `{where}`" if where else ""
            self.verified.wrong.append(f"gradient_norm is {told!r}, recomputed {largest!r}{place}")
            return
        self.verified.checked.append("gradient")

    def _compare_directions(self, told: float, value: Any, blurred: float) -> None:
        """Compare derivatives along random signs: |s·g| ≤ n·|g|, and |g| or more on average.

        Variables at a bound stay where they are, for the projected gradient is 0 there.
        """
        mp = self.precise.mp
        lower, upper = self.problem.lower, self.problem.upper
        free = (lower < self.point) & (self.point < upper)
        chance = np.random.default_rng(0)
        step = mp.mpf(_STEP)
        for _ in range(DIRECTIONS):
            signs = np.where(free, chance.choice((-1.0, 1.0), free.size), 0.0)
            moved = {
                name: elementwise(lambda x, s: x + step * s, self.at[name], part)
                for name, part in self.problem.layout.unpack(signs).items()
            }
            slope = (self._value(moved) - value) / step
            allowed = free.size * (told + 1e-6 * max(1.0, told, abs(float(value))) + blurred)
            if mp.isfinite(slope) and abs(slope) > allowed:
                self.verified.wrong.append(
                    f"gradient_norm is {told!r}, too small for the slope {float(abs(slope))!r} "
                    "along a direction of signs"
                )
                return

    def _slope(self, index: int, value: Any) -> tuple[float, float, bool]:
        """Return a component of the projected gradient, its blur by rounding of x, and a kink."""
        mp = self.precise.mp
        x = float(self.point[index])
        lower, upper = float(self.problem.lower[index]), float(self.problem.upper[index])
        if lower == upper:
            return 0.0, 0.0, False
        step = mp.mpf(_STEP) * max(1.0, abs(x))
        up = self._moved(index, step) if x < upper else None
        down = self._moved(index, -step) if x > lower else None
        forward = None if up is None else (up - value) / step
        backward = None if down is None else (value - down) / step
        if forward is None or not mp.isfinite(forward):
            slope = backward
        elif backward is None or not mp.isfinite(backward):
            slope = forward
        else:
            if abs(forward - backward) > 1e-9 * (1 + abs(forward) + abs(backward)):
                return 0.0, 0.0, True
            slope = (forward + backward) / 2
        if slope is None or not mp.isfinite(slope):
            raise Undefined(f"no slope at `{self.problem.layout.element_name(index)}`")
        sign = -1 if self.problem.sense == "maximize" else 1
        if (x <= lower and sign * slope >= 0) or (x >= upper and sign * slope <= 0):
            return 0.0, 0.0, False
        return float(slope), self._blur(index, x, slope), False

    def _blur(self, index: int, x: float, slope: Any) -> float:
        """Return how much the component changes when x moves by its rounding."""
        mp = self.precise.mp
        ulp = mp.mpf(float(np.spacing(max(abs(x), 1e-300)))) * 4
        step = mp.mpf(_STEP) * max(1.0, abs(x))
        high, low = self._moved(index, ulp + step), self._moved(index, ulp - step)
        change = abs((high - low) / (2 * step) - slope)
        return float(8 * change) if mp.isfinite(change) else 0.0

    def _moved(self, index: int, by: Any) -> Any:
        """Return the value with one component moved."""
        for variable in self.problem.layout.variables:
            if index < variable.offset + variable.size:
                break
        value = self.at[variable.name]
        if variable.shape:
            moved = value.copy()
            place = np.unravel_index(index - variable.offset, variable.shape)
            moved[place] = moved[place] + by
        else:
            moved = value + by
        self.precise.put(variable.name, moved)
        try:
            return self.precise.value(self.problem.tree)
        finally:
            self.precise.put(variable.name, value)
