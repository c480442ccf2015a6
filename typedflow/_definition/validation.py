"""Validates values against declared types, and converts them to and from JSON, with pydantic."""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Never, NoReturn, TypedDict

from pydantic import (
    BaseModel,
    PydanticUserError,
    TypeAdapter,
    ValidationError,
)
from pydantic_core import PydanticSerializationError, SchemaValidator, core_schema, from_json, to_json

from typedflow.exceptions import (
    InvalidHandlerError,
    InvalidInputError,
    InvalidInputTypeError,
    InvalidOutputError,
    NoJsonFormError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from typedflow._definition.flow import FlowDefinition, StepDefinition


class _Empty(TypedDict):
    pass


_patch_lock = threading.RLock()
# What evaluating an annotation raises if a name is missing, or is something else at run time than in a stub.
_UNRESOLVED = (NameError, AttributeError, SyntaxError, TypeError)


def validate_input(definition: FlowDefinition, value: object) -> Any:
    """Return the validated flow input. Validation is strict: ``"1"`` is not an ``int``.

    Raises:
        InvalidInputError: The value is not of the flow's input type.
        InvalidInputTypeError: pydantic cannot validate the flow's input type.
    """
    return _validated_input(definition, lambda adapter: adapter.validate_python(value, strict=True))


def decode_input(definition: FlowDefinition, text: str | bytes) -> Any:
    """Return the flow input that a JSON text stands for. Validation is as strict as JSON's types allow.

    Raises:
        InvalidInputError: The text is not JSON, or its value is not of the flow's input type.
        InvalidInputTypeError: pydantic cannot validate the flow's input type.
    """
    return _validated_input(definition, lambda adapter: adapter.validate_json(text, strict=True))


def encode_outputs(outputs: dict[str, Any]) -> str:
    """Return the outputs of a run as indented JSON. NaN and infinity become null.

    Raises:
        ValueError: An output has no JSON form. The message names its step.
    """
    for slug, output in outputs.items():
        try:
            to_json(output, inf_nan_mode="null")
        except PydanticSerializationError as error:
            raise ValueError(f'the output of step "{slug}" has no JSON form: {error}') from error
    return to_json(outputs, indent=2, inf_nan_mode="null").decode()


def json_form(flow: str, source: str, value: object) -> Any:
    """Return the JSON form of a value: dicts with string keys, lists, strings, numbers, booleans and None.

    pydantic converts the value by its actual type, not by the declared one. A model or a dataclass becomes a dict of
    its fields (those of a model under their aliases), a tuple or a set a list, a date a string in ISO 8601, and bytes
    the text that they encode. NaN and infinity become None.

    Args:
        flow: Slug of the flow, for messages.
        source: Where the value comes from, for messages: the slug of a step, or ``run`` for the flow input.
        value: An output or a flow input.

    Raises:
        NoJsonFormError: The value has no JSON form.
    """
    try:
        return from_json(to_json(value, inf_nan_mode="null"))
    except (ValueError, TypeError) as error:
        reason = str(error).removeprefix("Error serializing to JSON: ").partition("\n")[0].removesuffix(".")
        raise NoJsonFormError(flow, source, reason) from error


def output_validator(definition: FlowDefinition, step: StepDefinition) -> Callable[[object], None] | None:
    """Return a function that checks an output of the step; None if the handler declares no type.

    The check is strict, and does not change the value: dependents receive the output itself. The function raises
    `InvalidOutputError` if the value is not of the declared type.

    Raises:
        InvalidHandlerError: The declared type does not exist at run time, or pydantic cannot validate it.
    """
    declared: Any = None
    try:
        declared = step.handler.output_type()
        # A handler that never returns has no output to check.
        if declared in (Any, object, NoReturn, Never):
            return None
        if isinstance(declared, type) and issubclass(declared, BaseModel):
            # Even in strict mode, pydantic accepts a dict for a model; but dependents would receive the dict itself.
            validate = SchemaValidator(core_schema.is_instance_schema(declared)).validate_python
        else:
            validate = _adapter(declared).validator.validate_python
    except PydanticUserError as error:
        reason = (
            f"pydantic cannot validate the return type {_name(declared)}: {_first_sentence(error)}. "
            "Return a TypedDict, a dataclass, a pydantic model or plain data, or annotate the return type as Any."
        )
        raise InvalidHandlerError(definition.slug, step.slug, reason) from error
    except _UNRESOLVED as error:
        reason = (
            f"the return type cannot be found at run time: {_first_sentence(error)}. "
            "Define it at the module's top level, or import it there, outside `if TYPE_CHECKING:`."
        )
        raise InvalidHandlerError(definition.slug, step.slug, reason) from error
    flow, slug = definition.slug, step.slug

    def check(output: object) -> None:
        try:
            validate(output, strict=True)
        except ValidationError as error:
            raise InvalidOutputError(flow, slug, _name(declared), _problems(error)) from error

    return check


def _validated_input(definition: FlowDefinition, validate: Callable[[TypeAdapter[Any]], Any]) -> Any:
    try:
        adapter = _adapter(definition.input_type)
    except (PydanticUserError, *_UNRESOLVED) as error:
        reason = (
            f"pydantic cannot validate the input type {_name(definition.input_type)}: {_first_sentence(error)}. "
            "Use a TypedDict, a dataclass, a pydantic model or plain data."
        )
        raise InvalidInputTypeError(definition.slug, reason) from error
    try:
        return validate(adapter)
    except ValidationError as error:
        raise InvalidInputError(definition.slug, _name(definition.input_type), _problems(error)) from error


def _adapter(declared: Any) -> TypeAdapter[Any]:
    try:
        hash(declared)
    except TypeError:  # the metadata of an annotation may be unhashable, as in Annotated[int, {"unit": "cm"}]
        return _new_adapter(declared)
    return _cached_adapter(declared)


def _new_adapter(declared: Any) -> TypeAdapter[Any]:
    with _typing_typed_dicts():
        adapter = TypeAdapter(declared)
        adapter.rebuild()  # pydantic defers what it cannot resolve; a flow reports it immediately
        return adapter


_cached_adapter = lru_cache(maxsize=4096)(_new_adapter)


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


def _name(declared: Any) -> str:
    return declared.__name__ if isinstance(declared, type) else str(declared).replace("typing.", "")


def _first_sentence(error: Exception) -> str:
    """Return the first sentence of a message. The rest of pydantic's messages is advice for authors of models."""
    return str(error).partition("\n")[0].partition(". ")[0].removesuffix(".")


def _problems(error: ValidationError) -> tuple[str, ...]:
    problems = []
    for item in error.errors(include_url=False, include_context=False):
        place = ".".join(map(str, item["loc"]))
        given = "" if item["type"] == "missing" else f" (given {item['input']!r:.80})"
        problems.append(f"{place}: {item['msg']}{given}" if place else f"{item['msg']}{given}")
    return tuple(problems)
