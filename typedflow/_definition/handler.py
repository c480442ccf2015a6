"""How the handler of a step is called, decided once, when the step is defined."""

from __future__ import annotations

import contextlib
import functools
import inspect
import sys
import typing
from collections.abc import Awaitable
from dataclasses import dataclass
from types import FunctionType, SimpleNamespace, UnionType
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin

from typedflow._definition.recursive_alias import recursive_aliases
from typedflow._definition.runs_in import check_can_be_sent, where
from typedflow.context import StepInput

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from typedflow._definition.runs_in import Kind, RunsIn


@dataclass(frozen=True, slots=True)
class Handler:
    """The callable of a step, how it is called, and its declared output type.

    Attributes:
        function: The callable as it was passed.
        runs_in: Where it is called.
        takes_context: Whether it takes a `StepContext` as its second argument.
    """

    function: Callable[..., Any]
    runs_in: RunsIn
    takes_context: bool

    @classmethod
    def of(cls, function: object, runs_in: RunsIn | None = None, default: RunsIn | None = None) -> Handler:
        """Inspect a callable, and decide how it is called.

        Args:
            function: The callable.
            runs_in: Where it must run; None if that follows from the default and the callable.
            default: Where it runs if it is a callable that can run there.

        Raises:
            TypeError: It cannot be a handler. The message says why and what to do.
        """
        if not callable(function):
            advice = "Pass a function that takes the step input, and do not call it."
            raise TypeError(f"the handler is not callable: {function!r}. {advice}")
        body = body_of(function)
        if inspect.isgeneratorfunction(body) or inspect.isasyncgenfunction(body):
            raise TypeError(
                f"the handler {name_of(function)} is a generator, but a step has one output. Return a list instead."
            )
        place = where(name_of(body), _kind(body), runs_in, default)
        if place == "process":
            check_can_be_sent(name_of(body), function)
        return cls(function, place, _takes_context(function))

    def output_type(self) -> Any:
        """Return the declared type of the output, once it is awaited; ``Any`` if no type is declared.

        Raises:
            NameError: A name in the annotation does not exist at run time.
        """
        body = inspect.unwrap(body_of(self.function))
        if isinstance(body, type):
            return body
        annotation = resolved(body, getattr(body, "__annotations__", {}).get("return", Any))
        if not inspect.iscoroutinefunction(body):
            annotation = _awaited(annotation)
        return type(None) if annotation is None else annotation

    def context_type(self) -> Any:
        """Return the declared type of the second parameter, which takes the context; ``Any`` if no type is declared.

        Raises:
            NameError: A name in the annotation does not exist at run time.
        """
        body = inspect.unwrap(body_of(self.function))
        parameters = inspect.signature(self.function).parameters.values()
        positional = [p for p in parameters if p.kind in {p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD}]
        taken = positional[1:2]  # none if it is one of *args
        declared = taken[0].annotation if taken else inspect.Parameter.empty
        return Any if declared is inspect.Parameter.empty else resolved(body, declared)


def body_of(function: Any) -> Any:
    """Return the function that runs when a partial or a callable object is called."""
    while isinstance(function, functools.partial):
        function = function.func
    if isinstance(function, type) or inspect.isroutine(function):
        return function
    return getattr(type(function), "__call__", function)  # noqa: B004  the method itself is wanted


def is_lambda(function: object) -> bool:
    """Return whether a function is a lambda. Lambdas are called in place: they adapt values, and do not block."""
    return isinstance(function, FunctionType) and function.__name__ == "<lambda>"


def _kind(body: Any) -> Kind:
    if inspect.iscoroutinefunction(body):
        return "async def"
    return "lambda" if is_lambda(body) else "def"


def dependency_parameter(function: Any, depends_on: Collection[str]) -> str | None:
    """Return the first parameter of a handler that is named as if it received a dependency; None if there is none."""
    parameters = list(inspect.signature(function).parameters.values())[:2]
    if any(each.name == "context" or "StepContext" in str(each.annotation) for each in parameters[1:]):
        return None
    return next((each.name for each in reversed(parameters) if each.name in depends_on), None)


def name_of(function: Any) -> str:
    """Return the name of a callable, for messages."""
    return getattr(function, "__qualname__", None) or repr(function)


def _takes_context(function: Callable[..., Any]) -> bool:
    try:
        # A wrapper may pass more arguments than it takes. Only if it takes *args does the wrapped signature count.
        parameters = list(inspect.signature(function, follow_wrapped=False).parameters.values())
        keywords = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY and p.default is p.empty]
        if any(p.kind is p.VAR_POSITIONAL for p in parameters):
            parameters = _from_step_input(list(inspect.signature(function).parameters.values()))
    except (TypeError, ValueError):  # some builtins and mocks have no signature: they receive the step input only
        return False
    required = [p for p in parameters if p.default is p.empty]
    if keywords:
        raise TypeError(
            f"the handler {name_of(function)} requires the keyword argument {keywords[0]!r}, which is never passed. "
            "Give it a default, or bind it with functools.partial."
        )
    positional = sum(p.kind in {p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD} for p in required)
    accepts_one = any(p.kind in {p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD, p.VAR_POSITIONAL} for p in parameters)
    if not accepts_one or positional > 2:
        count = "no parameter" if not accepts_one else f"{positional} parameters"
        raise TypeError(
            f"the handler {name_of(function)} takes {count}. It must take the step input, and may take a StepContext."
        )
    return positional == 2


def _from_step_input(wrapped: list[inspect.Parameter]) -> list[inspect.Parameter]:
    """Drop the parameters before the one that is annotated as the step input: the wrapper passes them."""
    for index, parameter in enumerate(wrapped):
        annotation = parameter.annotation
        if annotation is StepInput or (isinstance(annotation, str) and annotation.split(".")[-1] == StepInput.__name__):
            return wrapped[index:]
    return wrapped


def resolved(body: Any, annotation: Any) -> Any:
    """Return one annotation of a function. The names in its others may exist for type checkers only."""
    if not isinstance(annotation, str) and get_origin(annotation) is None:
        return annotation
    scope = getattr(sys.modules.get(getattr(body, "__module__", "")), "__dict__", {})
    only_this = SimpleNamespace(__annotations__={"return": annotation})
    known, free = getattr(body, "__globals__", scope), _free_variables(body)
    resolved = typing.get_type_hints(only_this, known, free, include_extras=True)["return"]
    aliases = recursive_aliases(resolved, {**known, **free})
    if not aliases:
        return resolved
    return typing.get_type_hints(only_this, known, {**free, **aliases}, include_extras=True)["return"]


def _free_variables(body: Any) -> dict[str, Any]:
    """Return the variables that a nested function closes over; its annotations may use them."""
    found = {}
    cells = zip(body.__code__.co_freevars, body.__closure__ or (), strict=True) if hasattr(body, "__code__") else ()
    for name, cell in cells:
        with contextlib.suppress(ValueError):  # nothing has been assigned to the variable yet
            found[name] = cell.cell_contents
    return found


def _awaited(annotation: Any) -> Any:
    origin = get_origin(annotation)
    if isinstance(origin, type) and issubclass(origin, Awaitable) and get_args(annotation):
        return get_args(annotation)[-1]
    if origin in {Union, UnionType}:  # a handler that returns an awaitable in some cases only
        return Union[tuple(_awaited(item) for item in get_args(annotation))]  # noqa: UP007  items known at run time
    return annotation
