"""What is stored of some kinds of types, where that is not what pydantic writes by default."""

from __future__ import annotations

from enum import Flag
from typing import Any, Final

# Of these, a serializer of the user's is for others to read: a validator that reverses it would be a schema of its own.
NATURAL: Final = {
    *("bool", "bytes", "date", "datetime", "decimal", "dict", "float", "int", "str", "time", "timedelta", "uuid"),
    *("dataclass", "frozenset", "list", "model", "nullable", "set", "tuple", "typed-dict"),
}
KEYS_IN_JSON: Final = {"str", "any"}
"""Schemas of keys that JSON has."""


def has_keys_in_json(schema: Any) -> bool:
    """Return whether a dict is an object in JSON. Another one is a list of pairs there."""
    keys = schema.get("keys_schema", {"type": "any"})
    if keys["type"] == "literal":
        return set(map(type, keys["expected"])) == {str}
    return keys["type"] in KEYS_IN_JSON


def is_simple_enum(schema: Any) -> bool:
    """Return whether the members of an enum are their values in JSON. Those of another one are their names."""
    values = {type(member.value) for member in schema["members"]}
    return values in ({str}, {int}) or issubclass(schema["cls"], Flag)
