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

from typedflow._definition.assignable import assignable
from typedflow._definition.object_schema import object_schema
from typedflow._definition.usable import unusable_type

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic_core import CoreSchema


class _Empty(TypedDict):
    pass


_patch_lock = threading.RLock()


class DeclaredType:
    """The type of a flow input or of an output, as an annotation declares it.

    pydantic's strict mode is asked first, as it is fast. Only what it refuses is validated again by what a type checker
    would say. A class that pydantic has no schema for is checked with ``isinstance``.

    Attributes:
        unusable: Why no step can use any value of the type; None if some can be used.
    """

    def __init__(self, declared: Any) -> None:
        self.unusable = unusable_type(declared)
        with _typing_typed_dicts():
            # To mypy, LiteralString is str; pydantic does not know it.
            self._schema, self._strict = _built(
                Any if self.unusable is not None else str if declared is LiteralString else declared
            )
        self._class = None
        if isinstance(declared, type) and issubclass(declared, BaseModel):
            # Even in strict mode, pydantic accepts a dict for a model; but dependents would receive the dict itself.
            origin = getattr(declared, "__pydantic_generic_metadata__", {}).get("origin") or declared
            self._class = SchemaValidator(core_schema.is_instance_schema(origin, cls_repr=name_of(declared)))

    @classmethod
    def of(cls, declared: Any) -> DeclaredType:
        """Return the declared type of an annotation.

        Raises:
            PydanticUserError: pydantic cannot validate it.
            NameError: A name in the annotation does not exist at run time.
        """
        try:
            hash(declared)
        except TypeError:  # the metadata of an annotation may be unhashable, as in Annotated[int, {"unit": "cm"}]
            return cls(declared)
        return _cached(declared)

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
        return SchemaValidator(assignable(self._schema), {"title": title})


_cached = lru_cache(maxsize=4096)(DeclaredType)


def name_of(declared: Any) -> str:
    """Return the name of a declared type, for messages."""
    return declared.__name__ if isinstance(declared, type) else str(declared).replace("typing.", "")


def _built(declared: Any) -> tuple[CoreSchema, SchemaValidator]:
    try:
        adapter: TypeAdapter[Any] = TypeAdapter(declared)
        adapter.rebuild()  # pydantic defers what it cannot resolve; a flow reports it immediately
    except PydanticSchemaGenerationError:
        schema = object_schema(declared)
        if schema is None:
            raise
        return schema, SchemaValidator(schema)
    return adapter.core_schema, adapter.validator  # type: ignore[return-value]  # what plugins of pydantic see validates alike


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
