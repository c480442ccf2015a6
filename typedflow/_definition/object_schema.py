"""The schema of a type with objects that pydantic has no schema for: data frames, clients, classes of users."""

from __future__ import annotations

import warnings
from contextlib import suppress
from typing import Annotated, Any, NewType, Unpack, cast, get_args, get_origin

from pydantic import ConfigDict, TypeAdapter
from pydantic.errors import PydanticSchemaGenerationError
from pydantic_core import CoreSchema, SchemaError, core_schema


def object_schema(declared: Any) -> CoreSchema | None:
    """Return a schema that checks such objects with ``isinstance``; None if the type is not one that can be checked.

    An instance of a ``Protocol`` that is not ``runtime_checkable`` cannot be known, so any value passes for it.
    """
    # A new name for the type, because pydantic refuses a configuration beside a TypedDict or a dataclass itself. It
    # reaches those within the type, as long as they have no configuration of their own. The alternative,
    # `__pydantic_config__` in each of these classes, would change classes of the user's.
    named = NewType("named", declared)  # type: ignore[valid-newtype]  # any type will do when a program runs
    configuration = ConfigDict(arbitrary_types_allowed=True, defer_build=True)
    try:
        with warnings.catch_warnings():
            # A part of it is not a type, such as the function that threading.Lock is before Python 3.13.
            warnings.simplefilter("ignore", UserWarning)
            adapter: TypeAdapter[Any] = TypeAdapter(named, config=configuration)
            with suppress(SchemaError):  # a protocol; the schema is there nevertheless
                adapter.rebuild()
    except PydanticSchemaGenerationError:
        return _schema_of_class(declared)
    if adapter.core_schema == core_schema.any_schema() or _has_unpacked(declared):
        return None
    return cast("CoreSchema", _without_protocols(adapter.core_schema))


def _schema_of_class(declared: Any) -> CoreSchema | None:
    """Return the schema of a container whose items pydantic cannot check, such as a ``defaultdict`` of frames."""
    plain = get_args(declared)[0] if get_origin(declared) is Annotated else declared
    origin = get_origin(plain) or plain
    return core_schema.is_instance_schema(origin) if isinstance(origin, type) and _is_checkable(origin) else None


def _has_unpacked(declared: Any) -> bool:
    """Return whether a type contains ``*tuple[str, ...]``, which pydantic would take for one item of any type."""
    return get_origin(declared) is Unpack or any(map(_has_unpacked, get_args(declared)))


def _is_checkable(kind: Any) -> bool:
    try:
        isinstance(None, kind)
    except TypeError:
        return False
    return True


def _without_protocols(schema: Any) -> Any:
    if isinstance(schema, list | tuple):
        return type(schema)(map(_without_protocols, schema))
    if not isinstance(schema, dict):
        return schema
    if schema.get("type") == "is-instance" and not _is_checkable(schema["cls"]):
        return core_schema.any_schema(ref=schema.get("ref"))
    return {key: _without_protocols(value) if key != "serialization" else value for key, value in schema.items()}
