"""From a raw problem to a `Problem`: the one way, for command line, files and Python."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

import numpy as np

from gdcli.deadline import Deadline
from gdcli.diagnostics import Diagnostic, Source
from gdcli.errors import FormulaError, GdError
from gdcli.language.parse import parse
from gdcli.language.tree import Tree
from gdcli.model.constants import evaluate_constants
from gdcli.model.data import load_data
from gdcli.model.declared import check_size, read_declared
from gdcli.model.expectation import read_expectation
from gdcli.model.expressions import Value, prepare
from gdcli.model.faults import raise_all
from gdcli.model.fields import Fields, Given, is_harmless, read_fields
from gdcli.model.kinds import Path
from gdcli.model.names import Names, sort_names
from gdcli.model.problem import InputFile, Layout, Problem, Sense
from gdcli.model.raw import RawProblem, layers_of
from gdcli.model.settings import check_condition, read_settings
from gdcli.model.shapes import Inferred, infer
from gdcli.model.start import move_inside, read_limits, read_starts, reversed_limits
from gdcli.records import dataclass

_LATER = {
    "subject_to": "constraints are not part of this version of gd",
    "fit": "fitting a model is not part of this version of gd",
}
_INSTEAD = {
    "subject_to": "bounds on variables are: `bounds = { x = [0, 1] }`",
    "fit": 'minimise the squares: `minimize = "sum((y - MODEL)**2)"`',
}

Starts = dict[str, "tuple[Given, Any]"]
"""By variable: where its start was given, and the start, or a `Value` that waits for a size."""


def make_problem(
    raw: RawProblem,
    overrides: RawProblem | Mapping[str, Any] | None = None,
    *,
    deadline: Deadline | None = None,
) -> Problem:
    """Return the checked problem that `raw` describes.

    Args:
        raw: What a file, the command line or Python gave.
        overrides: What the command line gives on top of a file; it overrides `raw`, tables
            key by key.
        deadline: Asked between the steps.

    Raises:
        GdError: With all faults: a `FormulaError`, `FileError` or `UsageError` by what they are.
        DeadlineReached, Interrupted: By `deadline`.
    """
    layers = layers_of(raw, overrides)
    return _Assembly(read_fields(layers), layers, deadline or Deadline()).problem()


@dataclass(frozen=True, slots=True)
class _Objective:
    sense: Sense
    source: Source
    tree: Tree


class _Assembly:
    """The steps of `make_problem`; faults gather until the next step has nothing to stand on."""

    def __init__(self, fields: Fields, layers: list[RawProblem], deadline: Deadline) -> None:
        self.fields = fields
        self.layers = layers
        self.raw = next((layer for layer in layers if layer.file is not None), layers[-1])
        self.deadline = deadline
        self.faults = fields.faults
        self.warnings: list[Diagnostic] = []

    def problem(self) -> Problem:
        """Take all steps.

        Raises:
            GdError: With all faults.
        """
        objective = self._objective()
        self.deadline.check()
        data = load_data(self.fields.plain.get("data"), self.faults)
        self.deadline.check()
        constants, used = evaluate_constants(self.fields.table("set"), data.constants, self.faults)
        if objective is None:
            self._give_up(constants)
        names = sort_names(objective.tree, objective.source, self.fields, constants, used, data)
        self.faults.extend(names.faults)
        self.warnings.extend(names.warnings)
        self._name_the_nameless(names)
        starts = self._starts(names, constants)
        declared = read_declared(self.fields.table("variables"), names, constants, self.faults)
        if self._unsound():
            self._give_up(constants)
        inferred = self._shapes(objective, names, constants, starts, declared)
        self.deadline.check()
        return self._finished(objective, constants, starts, inferred)

    def _unsound(self) -> bool:
        """Return whether what is wrong would bring errors that are only its consequences."""
        return not all(is_harmless(fault) for fault in self.faults)

    def _give_up(self, constants: Mapping[str, Any]) -> NoReturn:
        """Stop, with what can be said of the bounds without knowing the variables."""
        self.faults.extend(reversed_limits(self.fields.table("bounds"), constants))
        raise_all(self.faults, self.raw)

    def _stop_if_unsound(self) -> None:
        if self._unsound():
            raise_all(self.faults, self.raw)

    def _stop_if_faulty(self) -> None:
        if self.faults:
            raise_all(self.faults, self.raw)

    def _objective(self) -> _Objective | None:
        """Parse the objective; None where it is missing or wrong."""
        for key, message in _LATER.items():
            given = self.fields.plain.get(key)
            if given is not None:
                place: Path = (key,)
                self.faults.append(
                    given.raw.fault(
                        place, "not-supported", message, hint=_INSTEAD[key], at_key=True
                    )
                )
        senses: tuple[Sense, Sense] = ("minimize", "maximize")
        sense = next((s for s in senses if s in self.fields.plain), None)
        if sense is None:
            if not any(k in layer.fields for layer in self.layers for k in (*senses, "fit")):
                hint = 'give `minimize = "…"` or `maximize = "…"`'
                message = "the problem has no objective"
                self.faults.append(self.raw.fault((), "no-objective", message, hint=hint))
            return None
        given = self.fields.plain[sense]
        source = given.source(given.value)
        known = {name for key in ("set", "start", "variables") for name in self.fields.table(key)}
        try:
            parsed = parse(source, known)
        except FormulaError as error:
            self.faults.extend(error.diagnostics)
            return None
        self.warnings.extend(parsed.warnings)
        return _Objective(sense, source, parsed.tree)

    def _name_the_nameless(self, names: Names) -> None:
        """Give `--start 3` and `--bounds 0:1` to the only variable there is."""
        for key in ("start", "bounds"):
            table = self.fields.table(key)
            if "" not in table:
                continue
            given = table.pop("")
            if len(names.variables) == 1:
                table.setdefault(next(iter(names.variables)), given)
            elif names.variables:
                message = f"`--{key}` needs a name: there are {len(names.variables)} variables"
                first = next(iter(names.variables))
                hint = f"write `--{key} {first}=…`"
                self.faults.append(given.fault("name-needed", message, hint=hint))

    def _starts(self, names: Names, constants: Mapping[str, Any]) -> Starts:
        """Evaluate the starts; those that use a size which is not bound yet wait."""
        starts: Starts = {}
        failed = set(self.fields.table("set")) - set(constants)
        for name, given in self.fields.table("start").items():
            if name not in names.variables:
                continue
            try:
                value = prepare(given)
                if failed & set(value.names):
                    continue  # the cause has been reported
                waits = any(size in value.names for size in names.sizes)
                starts[name] = (given, value if waits else value.evaluate(constants))
            except GdError as error:
                self.faults.extend(error.diagnostics)
        return starts

    def _shapes(
        self,
        objective: _Objective,
        names: Names,
        constants: dict[str, Any],
        starts: Starts,
        declared: Mapping[str, tuple[int | str, ...]],
    ) -> Inferred:
        """Find the shapes and sizes; evaluate the starts that waited for a size."""
        inferred = self._inferred(objective, names, constants, starts, declared)
        constants.update({name: float(size) for name, size in inferred.sizes.items()})
        waiting = [name for name, (_, value) in starts.items() if isinstance(value, Value)]
        ready = 0
        for name in waiting:
            given, value = starts[name]
            if any(size in value.names and size not in constants for size in names.sizes):
                continue
            ready += 1
            try:
                starts[name] = (given, value.evaluate(constants))
            except GdError as error:
                self.faults.extend(error.diagnostics)
        self._stop_if_unsound()
        if ready:
            inferred = self._inferred(objective, names, constants, starts, declared)
            constants.update({name: float(size) for name, size in inferred.sizes.items()})
        self.faults.extend(inferred.faults)
        self._stop_if_unsound()
        self.warnings.extend(inferred.notes)
        return inferred

    def _inferred(
        self,
        objective: _Objective,
        names: Names,
        constants: Mapping[str, Any],
        starts: Starts,
        declared: Mapping[str, tuple[int | str, ...]],
    ) -> Inferred:
        evaluated = {n: v for n, (_, v) in starts.items() if not isinstance(v, Value)}
        shaped = {name: np.shape(value) for name, value in evaluated.items() if np.ndim(value)}
        try:
            return infer(
                objective.tree,
                objective.source,
                {**shaped, **declared},
                constants,
                variables=names.variables,
                sizes=[size for size in names.sizes if size not in constants],
                numbers={name for name, value in evaluated.items() if not np.ndim(value)},
                scopes=names.scopes,
            )
        except FormulaError as error:
            raise_all([*self.faults, *error.diagnostics], self.raw)

    def _finished(
        self,
        objective: _Objective,
        constants: Mapping[str, Any],
        starts: Starts,
        inferred: Inferred,
    ) -> Problem:
        """Lay the variables out; fit starts, bounds, expectation and settings to them."""
        fields = self.fields
        layout = Layout.of(inferred.shapes)
        check_size(layout, self.faults)
        self._stop_if_unsound()
        start = read_starts(starts, layout, self.faults)
        lower, upper = read_limits(fields.table("bounds"), layout, constants, self.faults)
        expectation = read_expectation(fields.table("expect"), layout, constants, self.faults)
        check_condition(fields.plain.get("stop_when"), layout, constants, self.faults)
        self._stop_if_faulty()
        given = {name: place for name, (place, _) in starts.items()}
        self.warnings.extend(move_inside(start, given, layout, lower, upper))
        raw = self.raw
        return Problem(
            sense=objective.sense,
            objective=objective.source.text,
            source=objective.source,
            tree=objective.tree,
            constants=constants,
            layout=layout,
            lower=lower,
            upper=upper,
            start=start,
            settings=read_settings(fields),
            name=fields.value("name", raw.default_name),
            description=fields.value("description"),
            reference=fields.value("source"),
            tags=fields.value("tags", ()),
            expectation=expectation,
            input=None if raw.file is None else InputFile(raw.file, raw.line, raw.sha256),
            warnings=tuple(self.warnings),
        )
