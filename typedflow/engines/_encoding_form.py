"""`StoredForm`: how the values of one declared type are stored."""

from __future__ import annotations

import json
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError, SchemaSerializer, core_schema, from_json

from typedflow import codecs
from typedflow._definition.declared_type import built
from typedflow._text import first_joined, in_one_line
from typedflow.engines._encoding_difference import (
    CONVERT,
    Difference,
    codec_problem,
    difference,
    message_of,
    place_of,
    unencodable,
)
from typedflow.engines._encoding_proof import proof
from typedflow.engines._encoding_schema import MARKER, has_codec, has_pairs, packed, stored_schema
from typedflow.exceptions import CodecError
from typedflow.stores import StoredValue

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic_core import CoreConfig, CoreSchema, SchemaValidator

    from typedflow._definition.declared_type import DeclaredType

BYTES: Final = "bytes"
"""What stands for a codec where the value itself is bytes."""
_IN_JSON: Final = frozenset({str, int, float, bool, type(None), dict, list})
_CONFIGURATION: Final[CoreConfig] = {"ser_json_inf_nan": "strings", "ser_json_bytes": "base64"}
_OBJECTS: Final = f'"{MARKER}":'
_TOO_LONG: Final = b"0" * 4301
_DIGITS_AS_ZEROS: Final = bytes.maketrans(b"123456789", b"0" * 9)
_UNDECLARED: Final = (
    "Only what JSON has comes back where no type is declared. Make the handler a function with a return type, or "
    "convert the value"
)


class UnencodableError(Exception):
    """A value cannot be stored.

    Attributes:
        difference: What would come back as something else.
    """

    def __init__(self, found: Difference) -> None:
        super().__init__(found)
        self.difference = found


class UnreadableError(Exception):
    """What is stored cannot be decoded.

    Attributes:
        reason: All that is wrong.
        message: What is wrong first.
        place: Where that is, as pydantic names places.
    """

    def __init__(self, reason: str, message: str, place: tuple[int | str, ...] = ()) -> None:
        super().__init__(reason, message, place)
        self.reason = reason
        self.message = message
        self.place = place


class StoredForm:
    """How the values of a declared type are stored: as JSON, or by a codec.

    Attributes:
        is_proven: Returns whether a value is known to come back as it is, so that it need not be decoded.

    Args:
        declared: The type; None if none is declared.
    """

    def __init__(self, declared: DeclaredType | None) -> None:
        self._declared = declared
        self._schema: CoreSchema = core_schema.any_schema() if declared is None else declared.schema
        self.is_proven = proof(self._schema)
        self._to_json = _serializer(stored_schema(self._schema))

    def encode(self, value: Any, path: str) -> StoredValue:
        """Return a value as it is stored.

        Args:
            value: The value, which is of the type.
            path: What messages call it.

        Raises:
            UnencodableError: It would not come back as it is.
        """
        kind = type(value)
        if kind not in _IN_JSON:
            if kind is bytes:
                return StoredValue(value, BYTES)
            if has_codec(kind):
                return self._encoded_by_codec(value, path)
        try:
            data = self._to_json(value)
        except Exception as error:
            found = unencodable(value, path)
            found = found or Difference(path, f"it has no JSON form: {_reason(error)}", CONVERT)
            raise UnencodableError(self._advised(found)) from error
        stored = StoredValue(data.decode())
        if not self.is_proven(value) or _OBJECTS.encode() in data or _may_be_too_long(data):
            self._check(value, stored, path)
        return stored

    def decode(self, stored: StoredValue) -> Any:
        """Return the value of what is stored.

        Raises:
            UnreadableError: It is not of the type, or its codec is missing or cannot decode it.
        """
        try:
            return self._decoded(stored)
        except ValidationError as error:
            found = error.errors(include_url=False, include_context=False, include_input=False)
            listed = [f"{'.'.join(map(str, each['loc']))}: {message_of(each)}".removeprefix(": ") for each in found]
            reason = f"it is not of the declared type: {first_joined(listed)}"
            raise UnreadableError(reason, message_of(found[0]), found[0]["loc"]) from None
        except CodecError as error:
            raise UnreadableError(str(error), str(error)) from error.__cause__
        except Exception as error:  # a validator of the user's may raise anything
            raise UnreadableError(in_one_line(error), in_one_line(error)) from error

    def _decoded(self, stored: StoredValue) -> Any:
        if stored.codec is None:
            validator = self._restoring_validator if _OBJECTS in str(stored.data) else self._validator
            return validator.validate_json(stored.data, strict=True)
        value = stored.data if stored.codec == BYTES else codecs.decode(stored.codec, stored.data)  # type: ignore[arg-type]
        if self._declared is not None:
            self._declared.check(value)
        return value

    def canonical(self, stored: StoredValue) -> StoredValue:
        """Return what is stored in a form that is the same for equal values, in any order of their keys.

        Raises:
            UnreadableError: It is not of the type.
        """
        if stored.codec is not None:
            return stored
        data: str | bytes = stored.data
        if has_pairs(self._schema):
            data = self._to_sorted_json(self.decode(stored))
        return StoredValue(json.dumps(from_json(data), sort_keys=True, separators=(",", ":"), ensure_ascii=False))

    @cached_property
    def _to_sorted_json(self) -> Callable[[Any], bytes]:
        return _serializer(stored_schema(self._schema, sorts_pairs=True))

    @cached_property
    def _validator(self) -> SchemaValidator:
        return built(stored_schema(self._schema))

    @cached_property
    def _restoring_validator(self) -> SchemaValidator:
        return built(stored_schema(self._schema, restores_objects=True))

    def _encoded_by_codec(self, value: Any, path: str) -> StoredValue:
        try:
            name, data = codecs.encode(value)
        except CodecError as error:
            raise UnencodableError(codec_problem(value, path) or Difference(path, str(error), CONVERT)) from error
        return StoredValue(data, name)

    def _check(self, value: Any, stored: StoredValue, path: str) -> None:
        """Decode what is to be stored, and compare it with the value."""
        try:
            restored = self.decode(stored)
        except UnreadableError as error:
            problem = f"it could not be read back: {error.message.removesuffix('.')}"
            found = unencodable(value, path) or Difference(place_of(value, error.place, path), problem, CONVERT)
            raise UnencodableError(self._advised(found)) from error.__cause__
        if (different := difference(value, restored, path)) is not None:
            raise UnencodableError(self._advised(different))

    def _advised(self, found: Difference) -> Difference:
        return found._replace(fix=_UNDECLARED) if self._declared is None and found.fix == CONVERT else found


def _serializer(schema: CoreSchema) -> Callable[[Any], bytes]:
    """Return a function that writes JSON by a schema.

    As for validators, pydantic must not put the serializers that classes of models have in place of parts of the
    schema. Before pydantic 2.11 there are no such replacements; and objects with a codec are not encoded there where
    the type says nothing.
    """
    try:
        serializer = SchemaSerializer(schema, _CONFIGURATION, _use_prebuilt=False)
    except TypeError:
        serializer = SchemaSerializer(schema, _CONFIGURATION)
    try:
        serializer.to_json(None, warnings=False, fallback=packed)
    except TypeError:
        return partial(serializer.to_json, warnings=False)
    except PydanticSerializationError:
        pass
    return partial(serializer.to_json, warnings=False, fallback=packed)


def _reason(error: Exception) -> str:
    own = str(error).removeprefix("Error serializing to JSON: ").removeprefix("PydanticSerializationError: ")
    return own.removesuffix(".")


def _may_be_too_long(data: bytes) -> bool:
    """Return whether JSON may have a whole number of more digits than can be read.

    So many digits are also seen in every 32nd byte, which are looked at first: a mebibyte takes 1 ms otherwise.
    """
    if len(data) < len(_TOO_LONG):
        return False
    some = data[::32].translate(_DIGITS_AS_ZEROS)
    return _TOO_LONG[:: 32 + 1] in some and _TOO_LONG in data.translate(_DIGITS_AS_ZEROS)
