"""A declared type, and the values that are of it."""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, LiteralString, TypedDict

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.errors import PydanticSchemaGenerationError
from pydantic_core import SchemaValidator, core_schema

from typedflow._definition.annotation_name import name_of
from typedflow._definition.assignable import assignable
from typedflow._definition.object_schema import object_schema
from typedflow._definition.unknown_keys import forbidding, known_keys, meant
from typedflow._definition.usable import unusable_type

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pydantic_core import CoreConfig, CoreSchema

    from typedflow._definition.unknown_keys import UnknownKeys


class _Empty(TypedDict):
    pass


_patch_lock = threading.RLock()


class DeclaredType:
    """The type of a flow input or of an output, as an annotation declares it.

    pydantic's strict mode is asked first, as it is fast. Only what it refuses is validated again by what a type checker
    would say. A class that pydantic has no schema for is checked with ``isinstance``.

    Attributes:
        name: Name of the type, for messages.
        schema: What pydantic knows of the type.
        unusable: Why no step can use any value of the type; None if some can be used.

    Args:
        declared: The annotation.
        unknown_keys: Whether keys that the type does not have are refused.
    """

    def __init__(self, declared: Any, unknown_keys: UnknownKeys = "ignore") -> None:
        self.name = name_of(declared)
        self.unusable = unusable_type(declared)
        if self.unusable is not None:
            declared = Any
        elif declared is LiteralString:  # to mypy, it is str; pydantic does not know it
            declared = str
        with _typing_typed_dicts():
            self.schema, self._strict = _schema_and_validator(declared)
        if unknown_keys == "forbid" and (closed := forbidding(self.schema)) != self.schema:
            self.schema = closed
            self._strict = built(closed)
        self._class = None
        if isinstance(declared, type) and issubclass(declared, BaseModel):
            # Even in strict mode, pydantic accepts a dict for a model; but dependents would receive the dict itself.
            origin = getattr(declared, "__pydantic_generic_metadata__", {}).get("origin") or declared
            self._class = SchemaValidator(core_schema.is_instance_schema(origin, cls_repr=self.name))

    @classmethod
    def of(cls, declared: Any, unknown_keys: UnknownKeys = "ignore") -> DeclaredType:
        """Return the declared type of an annotation.

        Args:
            declared: The annotation.
            unknown_keys: Whether keys that the type does not have are refused.

        Raises:
            PydanticUserError: pydantic cannot validate it.
            NameError: A name in the annotation does not exist at run time.
        """
        try:
            hash(declared)
        except TypeError:  # the metadata of an annotation may be unhashable, as in Annotated[int, {"unit": "cm"}]
            return cls(declared, unknown_keys)
        return _cached(declared, unknown_keys)

    def validate(self, value: object) -> Any:
        """Return a value as pydantic validates it. Validation is strict: ``"1"`` is not an ``int``.

        Raises:
            ValidationError: The value is not of the type.
        """
        try:
            return self._strict.validate_python(value, strict=True)
        except ValidationError:
            pass  # outside of this block, so that the next error does not name this one as its context
        return self._assignable.validate_python(value, strict=True)

    def decode(self, text: str | bytes) -> Any:
        """Return the value that a JSON text stands for. Validation is as strict as JSON's types allow.

        Raises:
            ValidationError: The text is not JSON, or its value is not of the type.
        """
        return self._strict.validate_json(text, strict=True)

    @property
    def keys(self) -> set[str]:
        """The keys that a value has in JSON, if the type is a class with keys."""
        return known_keys(self.schema, ())

    def meant(self, place: Sequence[int | str]) -> str:
        """Return a suggestion for an unknown key, whose place is the last part of one that pydantic's error names."""
        return meant(self.schema, place)

    def check(self, value: object) -> None:
        """Check that a value is of the type, without changing it.

        Raises:
            ValidationError: The value is not of the type.
        """
        if self._class is not None:
            self._class.validate_python(value)
        self.validate(value)

    @cached_property
    def _assignable(self) -> SchemaValidator:
        title = self._strict.title
        return built(assignable(self.schema), {"title": title})


_cached = lru_cache(maxsize=4096)(DeclaredType)


def _schema_and_validator(declared: Any) -> tuple[CoreSchema, Any]:
    try:
        adapter: TypeAdapter[Any] = TypeAdapter(declared)
        adapter.rebuild()  # pydantic defers what it cannot resolve; a flow reports it immediately
    except PydanticSchemaGenerationError:
        schema = object_schema(declared)
        if schema is None:
            raise
        return schema, built(schema)
    return adapter.core_schema, adapter.validator


def built(schema: CoreSchema, config: CoreConfig | None = None) -> SchemaValidator:
    """Return a validator of a schema, also of the parts that are classes of models.

    pydantic would put the validator that such a class has in place of the schema's part, which is changed here. There
    is no public way to say so, and no such replacement before pydantic 2.11.
    tests/unit/definition/test_unknown_keys.py shows it.
    """
    try:
        return SchemaValidator(schema, config, _use_prebuilt=False)
    except TypeError:
        return SchemaValidator(schema, config)


@contextmanager
def _typing_typed_dicts() -> Iterator[None]:
    """Make pydantic accept ``typing.TypedDict`` on Python 3.11.

    Before Python 3.12, pydantic refuses it and asks for ``typing_extensions.TypedDict``, because typing's classes do
    not keep their generic bases (``__orig_bases__``). A flow does not need those, only the keys and their types. The
    alternative is to ask all users for typing_extensions, as pydantic does. But most programs import the one from
    typing, and mypy accepts both. So we keep it working. pydantic recognises the class by the module name of its
    metaclass, which is changed here while pydantic builds an adapter.

    The lock guards against other threads that build an adapter here: without it, the first to finish would change the
    name back too early for the second. It does not guard other code. A thread that builds a model with pydantic itself
    in that moment finds the changed name, and has its ``typing.TypedDict`` accepted instead of refused.
    tests/unit/definition/test_validation.py shows that both kinds are validated and the name is changed back.
    """
    if sys.version_info >= (3, 12):
        yield
        return
    metaclass = type(_Empty)
    with _patch_lock:
        metaclass.__module__ = "typing_extensions"
        try:
            yield
        finally:
            metaclass.__module__ = "typing"
