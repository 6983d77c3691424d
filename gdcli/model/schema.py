"""The JSON Schema of problem files, from the same table that reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gdcli.model.keys import KEYS, OBJECTIVES, Key

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """Return the schema (draft 2020-12) of a problem file: one problem, or many with defaults."""
    properties = {row.name: _property(row) for row in KEYS.values() if row.in_files}
    problem: dict[str, Any] = {
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "oneOf": [{"required": [key]} for key in OBJECTIVES],
    }
    table = {key: value for key, value in problem.items() if key != "oneOf"}
    # a problem may leave its objective to [defaults], so inside a list none is required
    many = {
        "type": "object",
        "additionalProperties": False,
        "required": ["problem"],
        "properties": {
            "$schema": {"type": "string"},
            "defaults": {"$ref": "#/$defs/defaults"},
            "problem": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/table"}},
        },
    }
    defaults = {
        **table,
        "properties": {key: part for key, part in properties.items() if key != "name"},
    }
    return {
        "$schema": DIALECT,
        "title": "gd problem file",
        "description": "A formula to minimise or maximise, with its constants, start and bounds.",
        "anyOf": [{"$ref": "#/$defs/problem"}, {"$ref": "#/$defs/many"}],
        "$defs": {
            "problem": problem,
            "table": table,
            "many": many,
            "defaults": defaults,
            "value": _VALUE,
        },
    }


_VALUE: Mapping[str, Any] = {
    "anyOf": [
        {"type": "number"},
        {"type": "string", "minLength": 1},
        {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/value"}},
    ]
}


def _property(row: Key) -> dict[str, Any]:
    if row.table == "open":
        return {
            "type": "object",
            "description": row.summary,
            "additionalProperties": dict(row.kind.schema),
        }
    if row.table == "closed":
        return {
            "type": "object",
            "description": row.summary,
            "additionalProperties": False,
            "properties": {key.name: _property(key) for key in row.keys.values()},
        }
    return {**row.kind.schema, "description": row.summary}
