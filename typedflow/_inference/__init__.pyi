"""Written by ``python -m typedflow._inference``: see there. Do not edit."""

# mypy: ignore-errors

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Generic, Literal, Never, Protocol, SupportsIndex, overload

from typing_extensions import LiteralString, TypeVar, Unpack

from typedflow._definition.flow import FlowDefinition, StepDefinition
from typedflow._definition.options import FailOrSkip, FlowOptions, Unset
from typedflow.context import StepContext, StepInput
from typedflow.engines._local.run import Run
from typedflow.engines._run_options import RunOptions

# It is not really covariant, but the items of any list and any tuple are found only if it is.
Input = TypeVar("Input", covariant=True)
Input_co = TypeVar("Input_co", covariant=True)
Steps_co = TypeVar("Steps_co", covariant=True)
Slugs_contra = TypeVar("Slugs_contra", bound=str, contravariant=True, default=Any)
# Never, until a step may skip those that depend on it; from then on Any, because any later step may be one of them.
Cascaded_co = TypeVar("Cascaded_co", covariant=True, default=Any)
Before_co = TypeVar("Before_co", covariant=True)
# Invariant: of a covariant one some checkers forget the literal.
Slug = TypeVar("Slug", bound=str)
NewSlug = TypeVar("NewSlug", bound=LiteralString)
Key = TypeVar("Key", bound=LiteralString)
Value = TypeVar("Value")
Output = TypeVar("Output")
Output_co = TypeVar("Output_co", covariant=True)
Skipped = TypeVar("Skipped")
Skipped_co = TypeVar("Skipped_co", covariant=True)
Item = TypeVar("Item")
Item_co = TypeVar("Item_co", covariant=True)
Given = TypeVar("Given")
Given_contra = TypeVar("Given_contra", contravariant=True)
Sealed = TypeVar("Sealed", bound=Mapping[str, object])

Slug0 = TypeVar("Slug0", bound=str)
Output0 = TypeVar("Output0")
Skipped0 = TypeVar("Skipped0")
Slug1 = TypeVar("Slug1", bound=str)
Output1 = TypeVar("Output1")
Skipped1 = TypeVar("Skipped1")
Slug2 = TypeVar("Slug2", bound=str)
Output2 = TypeVar("Output2")
Skipped2 = TypeVar("Skipped2")
Slug3 = TypeVar("Slug3", bound=str)
Output3 = TypeVar("Output3")
Skipped3 = TypeVar("Skipped3")
Slug4 = TypeVar("Slug4", bound=str)
Output4 = TypeVar("Output4")
Skipped4 = TypeVar("Skipped4")
Slug5 = TypeVar("Slug5", bound=str)
Output5 = TypeVar("Output5")
Skipped5 = TypeVar("Skipped5")
Slug6 = TypeVar("Slug6", bound=str)
Output6 = TypeVar("Output6")
Skipped6 = TypeVar("Skipped6")
Slug7 = TypeVar("Slug7", bound=str)
Output7 = TypeVar("Output7")
Skipped7 = TypeVar("Skipped7")

class NoSteps:
    """The outputs of a flow that has no steps yet."""

    # A variable that holds a flow which grows may hold this one too, as far as a checker knows.
    def __getitem__(self, key: str, /) -> Any: ...
    def get(self, key: str, default: object = ..., /) -> Any: ...

class SealedSteps(Protocol):
    """The outputs of a sealed flow: any TypedDict, and no `Step`, which is refuted by one method without overloads."""

    def __contains__(self, key: object, /) -> bool: ...

class Listed(Protocol[Item_co]):
    """What a map step works on: a list, a tuple, or one of several; no other type of Python's has all of these."""

    def __iter__(self) -> Iterator[Item_co]: ...
    def __contains__(self, key: object, /) -> bool: ...
    def __rmul__(self, value: SupportsIndex, /) -> object: ...

class Mapped(Generic[Output_co]):
    """What a link holds of a map step: a list, of whose items it is not said yet whether they are awaited."""

    def __iter__(self) -> Iterator[Output_co]: ...

class Taking(Protocol[Given_contra, Output_co]):
    """A handler of one parameter. A protocol, because ty leaves a lambda's parameter open between two callables."""

    def __call__(self, inputs: Given_contra, /) -> Output_co: ...

class TakingContext(Protocol[Given_contra, Input, Output_co]):
    """A handler that takes the context too."""

    def __call__(self, inputs: Given_contra, context: StepContext[Input], /) -> Output_co: ...

class Step(Mapping[str, object], Generic[Before_co, Slug, Output_co, Skipped_co]):
    '''The outputs of a flow: those of the steps before, and one more.

    Never is what the output may be instead if the step cannot be skipped, None if it can, and Any if that is unknown.
    '''

    @overload
    def __getitem__(self: Step[Any, Key, Awaitable[Value], Skipped], key: Key, /) -> Value | Skipped: ...
    @overload
    def __getitem__(self: Step[Any, Key, Mapped[Awaitable[Value]], Skipped], key: Key, /) -> list[Value] | Skipped: ...
    @overload
    def __getitem__(self: Step[Any, Key, Mapped[Value], Skipped], key: Key, /) -> list[Value] | Skipped: ...
    @overload
    def __getitem__(self: Step[Any, Key, Value, Skipped], key: Key, /) -> Value | Skipped: ...
    @overload
    def __getitem__(self: Step[Step[Any, Key, Awaitable[Value], Skipped], Any, Any, Any], key: Key, /) -> Value | Skipped: ...
    @overload
    def __getitem__(self: Step[Step[Any, Key, Mapped[Awaitable[Value]], Skipped], Any, Any, Any], key: Key, /) -> list[Value] | Skipped: ...
    @overload
    def __getitem__(self: Step[Step[Any, Key, Mapped[Value], Skipped], Any, Any, Any], key: Key, /) -> list[Value] | Skipped: ...
    @overload
    def __getitem__(self: Step[Step[Any, Key, Value, Skipped], Any, Any, Any], key: Key, /) -> Value | Skipped: ...
    @overload
    def __getitem__(self: Step[Step[Step[Any, Key, Awaitable[Value], Skipped], Any, Any, Any], Any, Any, Any], key: Key, /) -> Value | Skipped: ...
    @overload
    def __getitem__(self: Step[Step[Step[Any, Key, Mapped[Awaitable[Value]], Skipped], Any, Any, Any], Any, Any, Any], key: Key, /) -> list[Value] | Skipped: ...
    @overload
    def __getitem__(self: Step[Step[Step[Any, Key, Mapped[Value], Skipped], Any, Any, Any], Any, Any, Any], key: Key, /) -> list[Value] | Skipped: ...
    @overload
    def __getitem__(self: Step[Step[Step[Any, Key, Value, Skipped], Any, Any, Any], Any, Any, Any], key: Key, /) -> Value | Skipped: ...
    @overload
    def __getitem__(self: Step[Step[Step[Step[Any, Key, Awaitable[Value], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: Key, /) -> Value | Skipped: ...
    @overload
    def __getitem__(self: Step[Step[Step[Step[Any, Key, Mapped[Awaitable[Value]], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: Key, /) -> list[Value] | Skipped: ...
    @overload
    def __getitem__(self: Step[Step[Step[Step[Any, Key, Mapped[Value], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: Key, /) -> list[Value] | Skipped: ...
    @overload
    def __getitem__(self: Step[Step[Step[Step[Any, Key, Value, Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: Key, /) -> Value | Skipped: ...
    @overload
    def __getitem__(self: Step[Step[Step[Step[Step[Any, Key, Awaitable[Value], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: Key, /) -> Value | Skipped: ...
    @overload
    def __getitem__(self: Step[Step[Step[Step[Step[Any, Key, Mapped[Awaitable[Value]], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: Key, /) -> list[Value] | Skipped: ...
    @overload
    def __getitem__(self: Step[Step[Step[Step[Step[Any, Key, Mapped[Value], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: Key, /) -> list[Value] | Skipped: ...
    @overload
    def __getitem__(self: Step[Step[Step[Step[Step[Any, Key, Value, Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: Key, /) -> Value | Skipped: ...
    @overload
    def __getitem__(self: Step[Step[Step[Step[Step[Step[Any, Key, Awaitable[Value], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: Key, /) -> Value | Skipped: ...
    @overload
    def __getitem__(self: Step[Step[Step[Step[Step[Step[Any, Key, Mapped[Awaitable[Value]], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: Key, /) -> list[Value] | Skipped: ...
    @overload
    def __getitem__(self: Step[Step[Step[Step[Step[Step[Any, Key, Mapped[Value], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: Key, /) -> list[Value] | Skipped: ...
    @overload
    def __getitem__(self: Step[Step[Step[Step[Step[Step[Any, Key, Value, Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: Key, /) -> Value | Skipped: ...
    @overload
    def __getitem__(self: Step[Step[Step[Step[Step[Step[Step[Any, Key, Awaitable[Value], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: Key, /) -> Value | Skipped: ...
    @overload
    def __getitem__(self: Step[Step[Step[Step[Step[Step[Step[Any, Key, Mapped[Awaitable[Value]], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: Key, /) -> list[Value] | Skipped: ...
    @overload
    def __getitem__(self: Step[Step[Step[Step[Step[Step[Step[Any, Key, Mapped[Value], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: Key, /) -> list[Value] | Skipped: ...
    @overload
    def __getitem__(self: Step[Step[Step[Step[Step[Step[Step[Any, Key, Value, Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: Key, /) -> Value | Skipped: ...
    @overload
    def __getitem__(self: Step[Step[Step[Step[Step[Step[Step[Step[Any, Key, Awaitable[Value], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: Key, /) -> Value | Skipped: ...
    @overload
    def __getitem__(self: Step[Step[Step[Step[Step[Step[Step[Step[Any, Key, Mapped[Awaitable[Value]], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: Key, /) -> list[Value] | Skipped: ...
    @overload
    def __getitem__(self: Step[Step[Step[Step[Step[Step[Step[Step[Any, Key, Mapped[Value], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: Key, /) -> list[Value] | Skipped: ...
    @overload
    def __getitem__(self: Step[Step[Step[Step[Step[Step[Step[Step[Any, Key, Value, Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: Key, /) -> Value | Skipped: ...
    @overload
    def __getitem__(self: Step[Step[Step[Step[Step[Step[Step[Step[Step[Any, Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: str, /) -> Any: ...
    @overload
    def __getitem__(self: Step[Any, str, Any, Any], key: str, /) -> Any: ...
    @overload
    def __getitem__(self: Step[Step[Any, str, Any, Any], Any, Any, Any], key: str, /) -> Any: ...
    @overload
    def __getitem__(self: Step[Step[Step[Any, str, Any, Any], Any, Any, Any], Any, Any, Any], key: str, /) -> Any: ...
    @overload
    def __getitem__(self: Step[Step[Step[Step[Any, str, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: str, /) -> Any: ...
    @overload
    def __getitem__(self: Step[Step[Step[Step[Step[Any, str, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: str, /) -> Any: ...
    @overload
    def __getitem__(self: Step[Step[Step[Step[Step[Step[Any, str, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: str, /) -> Any: ...
    @overload
    def __getitem__(self: Step[Step[Step[Step[Step[Step[Step[Any, str, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: str, /) -> Any: ...
    @overload
    def __getitem__(self: Step[Step[Step[Step[Step[Step[Step[Step[Any, str, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: str, /) -> Any: ...
    @overload
    def __getitem__(self: Step[SealedSteps, Any, Any, Any], key: str, /) -> Any: ...
    @overload
    def __getitem__(self: Step[Step[SealedSteps, Any, Any, Any], Any, Any, Any], key: str, /) -> Any: ...
    @overload
    def __getitem__(self: Step[Step[Step[SealedSteps, Any, Any, Any], Any, Any, Any], Any, Any, Any], key: str, /) -> Any: ...
    @overload
    def __getitem__(self: Step[Step[Step[Step[SealedSteps, Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: str, /) -> Any: ...
    @overload
    def __getitem__(self: Step[Step[Step[Step[Step[SealedSteps, Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: str, /) -> Any: ...
    @overload
    def __getitem__(self: Step[Step[Step[Step[Step[Step[SealedSteps, Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: str, /) -> Any: ...
    @overload
    def __getitem__(self: Step[Step[Step[Step[Step[Step[Step[SealedSteps, Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: str, /) -> Any: ...
    @overload
    def __getitem__(self: Step[Step[Step[Step[Step[Step[Step[Step[SealedSteps, Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: str, /) -> Any: ...
    @overload
    def get(self: Step[Any, Key, Awaitable[Value], Skipped], key: Key, default: object = ..., /) -> Value | Skipped: ...
    @overload
    def get(self: Step[Any, Key, Mapped[Awaitable[Value]], Skipped], key: Key, default: object = ..., /) -> list[Value] | Skipped: ...
    @overload
    def get(self: Step[Any, Key, Mapped[Value], Skipped], key: Key, default: object = ..., /) -> list[Value] | Skipped: ...
    @overload
    def get(self: Step[Any, Key, Value, Skipped], key: Key, default: object = ..., /) -> Value | Skipped: ...
    @overload
    def get(self: Step[Step[Any, Key, Awaitable[Value], Skipped], Any, Any, Any], key: Key, default: object = ..., /) -> Value | Skipped: ...
    @overload
    def get(self: Step[Step[Any, Key, Mapped[Awaitable[Value]], Skipped], Any, Any, Any], key: Key, default: object = ..., /) -> list[Value] | Skipped: ...
    @overload
    def get(self: Step[Step[Any, Key, Mapped[Value], Skipped], Any, Any, Any], key: Key, default: object = ..., /) -> list[Value] | Skipped: ...
    @overload
    def get(self: Step[Step[Any, Key, Value, Skipped], Any, Any, Any], key: Key, default: object = ..., /) -> Value | Skipped: ...
    @overload
    def get(self: Step[Step[Step[Any, Key, Awaitable[Value], Skipped], Any, Any, Any], Any, Any, Any], key: Key, default: object = ..., /) -> Value | Skipped: ...
    @overload
    def get(self: Step[Step[Step[Any, Key, Mapped[Awaitable[Value]], Skipped], Any, Any, Any], Any, Any, Any], key: Key, default: object = ..., /) -> list[Value] | Skipped: ...
    @overload
    def get(self: Step[Step[Step[Any, Key, Mapped[Value], Skipped], Any, Any, Any], Any, Any, Any], key: Key, default: object = ..., /) -> list[Value] | Skipped: ...
    @overload
    def get(self: Step[Step[Step[Any, Key, Value, Skipped], Any, Any, Any], Any, Any, Any], key: Key, default: object = ..., /) -> Value | Skipped: ...
    @overload
    def get(self: Step[Step[Step[Step[Any, Key, Awaitable[Value], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: Key, default: object = ..., /) -> Value | Skipped: ...
    @overload
    def get(self: Step[Step[Step[Step[Any, Key, Mapped[Awaitable[Value]], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: Key, default: object = ..., /) -> list[Value] | Skipped: ...
    @overload
    def get(self: Step[Step[Step[Step[Any, Key, Mapped[Value], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: Key, default: object = ..., /) -> list[Value] | Skipped: ...
    @overload
    def get(self: Step[Step[Step[Step[Any, Key, Value, Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: Key, default: object = ..., /) -> Value | Skipped: ...
    @overload
    def get(self: Step[Step[Step[Step[Step[Any, Key, Awaitable[Value], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: Key, default: object = ..., /) -> Value | Skipped: ...
    @overload
    def get(self: Step[Step[Step[Step[Step[Any, Key, Mapped[Awaitable[Value]], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: Key, default: object = ..., /) -> list[Value] | Skipped: ...
    @overload
    def get(self: Step[Step[Step[Step[Step[Any, Key, Mapped[Value], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: Key, default: object = ..., /) -> list[Value] | Skipped: ...
    @overload
    def get(self: Step[Step[Step[Step[Step[Any, Key, Value, Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: Key, default: object = ..., /) -> Value | Skipped: ...
    @overload
    def get(self: Step[Step[Step[Step[Step[Step[Any, Key, Awaitable[Value], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: Key, default: object = ..., /) -> Value | Skipped: ...
    @overload
    def get(self: Step[Step[Step[Step[Step[Step[Any, Key, Mapped[Awaitable[Value]], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: Key, default: object = ..., /) -> list[Value] | Skipped: ...
    @overload
    def get(self: Step[Step[Step[Step[Step[Step[Any, Key, Mapped[Value], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: Key, default: object = ..., /) -> list[Value] | Skipped: ...
    @overload
    def get(self: Step[Step[Step[Step[Step[Step[Any, Key, Value, Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: Key, default: object = ..., /) -> Value | Skipped: ...
    @overload
    def get(self: Step[Step[Step[Step[Step[Step[Step[Any, Key, Awaitable[Value], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: Key, default: object = ..., /) -> Value | Skipped: ...
    @overload
    def get(self: Step[Step[Step[Step[Step[Step[Step[Any, Key, Mapped[Awaitable[Value]], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: Key, default: object = ..., /) -> list[Value] | Skipped: ...
    @overload
    def get(self: Step[Step[Step[Step[Step[Step[Step[Any, Key, Mapped[Value], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: Key, default: object = ..., /) -> list[Value] | Skipped: ...
    @overload
    def get(self: Step[Step[Step[Step[Step[Step[Step[Any, Key, Value, Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: Key, default: object = ..., /) -> Value | Skipped: ...
    @overload
    def get(self: Step[Step[Step[Step[Step[Step[Step[Step[Any, Key, Awaitable[Value], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: Key, default: object = ..., /) -> Value | Skipped: ...
    @overload
    def get(self: Step[Step[Step[Step[Step[Step[Step[Step[Any, Key, Mapped[Awaitable[Value]], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: Key, default: object = ..., /) -> list[Value] | Skipped: ...
    @overload
    def get(self: Step[Step[Step[Step[Step[Step[Step[Step[Any, Key, Mapped[Value], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: Key, default: object = ..., /) -> list[Value] | Skipped: ...
    @overload
    def get(self: Step[Step[Step[Step[Step[Step[Step[Step[Any, Key, Value, Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: Key, default: object = ..., /) -> Value | Skipped: ...
    @overload
    def get(self: Step[Step[Step[Step[Step[Step[Step[Step[Step[Any, Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: str, default: object = ..., /) -> Any: ...
    @overload
    def get(self: Step[Any, str, Any, Any], key: str, default: object = ..., /) -> Any: ...
    @overload
    def get(self: Step[Step[Any, str, Any, Any], Any, Any, Any], key: str, default: object = ..., /) -> Any: ...
    @overload
    def get(self: Step[Step[Step[Any, str, Any, Any], Any, Any, Any], Any, Any, Any], key: str, default: object = ..., /) -> Any: ...
    @overload
    def get(self: Step[Step[Step[Step[Any, str, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: str, default: object = ..., /) -> Any: ...
    @overload
    def get(self: Step[Step[Step[Step[Step[Any, str, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: str, default: object = ..., /) -> Any: ...
    @overload
    def get(self: Step[Step[Step[Step[Step[Step[Any, str, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: str, default: object = ..., /) -> Any: ...
    @overload
    def get(self: Step[Step[Step[Step[Step[Step[Step[Any, str, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: str, default: object = ..., /) -> Any: ...
    @overload
    def get(self: Step[Step[Step[Step[Step[Step[Step[Step[Any, str, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: str, default: object = ..., /) -> Any: ...
    @overload
    def get(self: Step[SealedSteps, Any, Any, Any], key: str, default: object = ..., /) -> Any: ...
    @overload
    def get(self: Step[Step[SealedSteps, Any, Any, Any], Any, Any, Any], key: str, default: object = ..., /) -> Any: ...
    @overload
    def get(self: Step[Step[Step[SealedSteps, Any, Any, Any], Any, Any, Any], Any, Any, Any], key: str, default: object = ..., /) -> Any: ...
    @overload
    def get(self: Step[Step[Step[Step[SealedSteps, Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: str, default: object = ..., /) -> Any: ...
    @overload
    def get(self: Step[Step[Step[Step[Step[SealedSteps, Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: str, default: object = ..., /) -> Any: ...
    @overload
    def get(self: Step[Step[Step[Step[Step[Step[SealedSteps, Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: str, default: object = ..., /) -> Any: ...
    @overload
    def get(self: Step[Step[Step[Step[Step[Step[Step[SealedSteps, Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: str, default: object = ..., /) -> Any: ...
    @overload
    def get(self: Step[Step[Step[Step[Step[Step[Step[Step[SealedSteps, Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], key: str, default: object = ..., /) -> Any: ...
    def __contains__(self, key: str, /) -> bool: ...
    def __iter__(self) -> Iterator[str]: ...
    def __len__(self) -> int: ...

class Inputs(StepInput, Generic[Input_co, Steps_co]):
    '''The step input of a lambda: the flow input, and the output of any step so far.'''

    @overload
    def __getitem__(self: Inputs[Value, Any], key: Literal['run'], /) -> Value: ...
    @overload
    def __getitem__(self: Inputs[Any, SealedSteps], key: str, /) -> Any: ...
    @overload
    def __getitem__(self: Inputs[Any, Step[Any, Key, Awaitable[Value], Skipped]], key: Key, /) -> Value | Skipped: ...
    @overload
    def __getitem__(self: Inputs[Any, Step[Any, Key, Mapped[Awaitable[Value]], Skipped]], key: Key, /) -> list[Value] | Skipped: ...
    @overload
    def __getitem__(self: Inputs[Any, Step[Any, Key, Mapped[Value], Skipped]], key: Key, /) -> list[Value] | Skipped: ...
    @overload
    def __getitem__(self: Inputs[Any, Step[Any, Key, Value, Skipped]], key: Key, /) -> Value | Skipped: ...
    @overload
    def __getitem__(self: Inputs[Any, Step[Step[Any, Key, Awaitable[Value], Skipped], Any, Any, Any]], key: Key, /) -> Value | Skipped: ...
    @overload
    def __getitem__(self: Inputs[Any, Step[Step[Any, Key, Mapped[Awaitable[Value]], Skipped], Any, Any, Any]], key: Key, /) -> list[Value] | Skipped: ...
    @overload
    def __getitem__(self: Inputs[Any, Step[Step[Any, Key, Mapped[Value], Skipped], Any, Any, Any]], key: Key, /) -> list[Value] | Skipped: ...
    @overload
    def __getitem__(self: Inputs[Any, Step[Step[Any, Key, Value, Skipped], Any, Any, Any]], key: Key, /) -> Value | Skipped: ...
    @overload
    def __getitem__(self: Inputs[Any, Step[Step[Step[Any, Key, Awaitable[Value], Skipped], Any, Any, Any], Any, Any, Any]], key: Key, /) -> Value | Skipped: ...
    @overload
    def __getitem__(self: Inputs[Any, Step[Step[Step[Any, Key, Mapped[Awaitable[Value]], Skipped], Any, Any, Any], Any, Any, Any]], key: Key, /) -> list[Value] | Skipped: ...
    @overload
    def __getitem__(self: Inputs[Any, Step[Step[Step[Any, Key, Mapped[Value], Skipped], Any, Any, Any], Any, Any, Any]], key: Key, /) -> list[Value] | Skipped: ...
    @overload
    def __getitem__(self: Inputs[Any, Step[Step[Step[Any, Key, Value, Skipped], Any, Any, Any], Any, Any, Any]], key: Key, /) -> Value | Skipped: ...
    @overload
    def __getitem__(self: Inputs[Any, Step[Step[Step[Step[Any, Key, Awaitable[Value], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: Key, /) -> Value | Skipped: ...
    @overload
    def __getitem__(self: Inputs[Any, Step[Step[Step[Step[Any, Key, Mapped[Awaitable[Value]], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: Key, /) -> list[Value] | Skipped: ...
    @overload
    def __getitem__(self: Inputs[Any, Step[Step[Step[Step[Any, Key, Mapped[Value], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: Key, /) -> list[Value] | Skipped: ...
    @overload
    def __getitem__(self: Inputs[Any, Step[Step[Step[Step[Any, Key, Value, Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: Key, /) -> Value | Skipped: ...
    @overload
    def __getitem__(self: Inputs[Any, Step[Step[Step[Step[Step[Any, Key, Awaitable[Value], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: Key, /) -> Value | Skipped: ...
    @overload
    def __getitem__(self: Inputs[Any, Step[Step[Step[Step[Step[Any, Key, Mapped[Awaitable[Value]], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: Key, /) -> list[Value] | Skipped: ...
    @overload
    def __getitem__(self: Inputs[Any, Step[Step[Step[Step[Step[Any, Key, Mapped[Value], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: Key, /) -> list[Value] | Skipped: ...
    @overload
    def __getitem__(self: Inputs[Any, Step[Step[Step[Step[Step[Any, Key, Value, Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: Key, /) -> Value | Skipped: ...
    @overload
    def __getitem__(self: Inputs[Any, Step[Step[Step[Step[Step[Step[Any, Key, Awaitable[Value], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: Key, /) -> Value | Skipped: ...
    @overload
    def __getitem__(self: Inputs[Any, Step[Step[Step[Step[Step[Step[Any, Key, Mapped[Awaitable[Value]], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: Key, /) -> list[Value] | Skipped: ...
    @overload
    def __getitem__(self: Inputs[Any, Step[Step[Step[Step[Step[Step[Any, Key, Mapped[Value], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: Key, /) -> list[Value] | Skipped: ...
    @overload
    def __getitem__(self: Inputs[Any, Step[Step[Step[Step[Step[Step[Any, Key, Value, Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: Key, /) -> Value | Skipped: ...
    @overload
    def __getitem__(self: Inputs[Any, Step[Step[Step[Step[Step[Step[Step[Any, Key, Awaitable[Value], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: Key, /) -> Value | Skipped: ...
    @overload
    def __getitem__(self: Inputs[Any, Step[Step[Step[Step[Step[Step[Step[Any, Key, Mapped[Awaitable[Value]], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: Key, /) -> list[Value] | Skipped: ...
    @overload
    def __getitem__(self: Inputs[Any, Step[Step[Step[Step[Step[Step[Step[Any, Key, Mapped[Value], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: Key, /) -> list[Value] | Skipped: ...
    @overload
    def __getitem__(self: Inputs[Any, Step[Step[Step[Step[Step[Step[Step[Any, Key, Value, Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: Key, /) -> Value | Skipped: ...
    @overload
    def __getitem__(self: Inputs[Any, Step[Step[Step[Step[Step[Step[Step[Step[Any, Key, Awaitable[Value], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: Key, /) -> Value | Skipped: ...
    @overload
    def __getitem__(self: Inputs[Any, Step[Step[Step[Step[Step[Step[Step[Step[Any, Key, Mapped[Awaitable[Value]], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: Key, /) -> list[Value] | Skipped: ...
    @overload
    def __getitem__(self: Inputs[Any, Step[Step[Step[Step[Step[Step[Step[Step[Any, Key, Mapped[Value], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: Key, /) -> list[Value] | Skipped: ...
    @overload
    def __getitem__(self: Inputs[Any, Step[Step[Step[Step[Step[Step[Step[Step[Any, Key, Value, Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: Key, /) -> Value | Skipped: ...
    @overload
    def __getitem__(self: Inputs[Any, Step[Step[Step[Step[Step[Step[Step[Step[Step[Any, Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: str, /) -> Any: ...
    @overload
    def __getitem__(self: Inputs[Any, Step[Any, str, Any, Any]], key: str, /) -> Any: ...
    @overload
    def __getitem__(self: Inputs[Any, Step[Step[Any, str, Any, Any], Any, Any, Any]], key: str, /) -> Any: ...
    @overload
    def __getitem__(self: Inputs[Any, Step[Step[Step[Any, str, Any, Any], Any, Any, Any], Any, Any, Any]], key: str, /) -> Any: ...
    @overload
    def __getitem__(self: Inputs[Any, Step[Step[Step[Step[Any, str, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: str, /) -> Any: ...
    @overload
    def __getitem__(self: Inputs[Any, Step[Step[Step[Step[Step[Any, str, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: str, /) -> Any: ...
    @overload
    def __getitem__(self: Inputs[Any, Step[Step[Step[Step[Step[Step[Any, str, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: str, /) -> Any: ...
    @overload
    def __getitem__(self: Inputs[Any, Step[Step[Step[Step[Step[Step[Step[Any, str, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: str, /) -> Any: ...
    @overload
    def __getitem__(self: Inputs[Any, Step[Step[Step[Step[Step[Step[Step[Step[Any, str, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: str, /) -> Any: ...
    @overload
    def __getitem__(self: Inputs[Any, Step[SealedSteps, Any, Any, Any]], key: str, /) -> Any: ...
    @overload
    def __getitem__(self: Inputs[Any, Step[Step[SealedSteps, Any, Any, Any], Any, Any, Any]], key: str, /) -> Any: ...
    @overload
    def __getitem__(self: Inputs[Any, Step[Step[Step[SealedSteps, Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: str, /) -> Any: ...
    @overload
    def __getitem__(self: Inputs[Any, Step[Step[Step[Step[SealedSteps, Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: str, /) -> Any: ...
    @overload
    def __getitem__(self: Inputs[Any, Step[Step[Step[Step[Step[SealedSteps, Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: str, /) -> Any: ...
    @overload
    def __getitem__(self: Inputs[Any, Step[Step[Step[Step[Step[Step[SealedSteps, Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: str, /) -> Any: ...
    @overload
    def __getitem__(self: Inputs[Any, Step[Step[Step[Step[Step[Step[Step[SealedSteps, Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: str, /) -> Any: ...
    @overload
    def __getitem__(self: Inputs[Any, Step[Step[Step[Step[Step[Step[Step[Step[SealedSteps, Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: str, /) -> Any: ...
    @overload
    def get(self: Inputs[Value, Any], key: Literal['run'], default: object = ..., /) -> Value: ...
    @overload
    def get(self: Inputs[Any, SealedSteps], key: str, default: object = ..., /) -> Any: ...
    @overload
    def get(self: Inputs[Any, Step[Any, Key, Awaitable[Value], Skipped]], key: Key, default: object = ..., /) -> Value | Skipped: ...
    @overload
    def get(self: Inputs[Any, Step[Any, Key, Mapped[Awaitable[Value]], Skipped]], key: Key, default: object = ..., /) -> list[Value] | Skipped: ...
    @overload
    def get(self: Inputs[Any, Step[Any, Key, Mapped[Value], Skipped]], key: Key, default: object = ..., /) -> list[Value] | Skipped: ...
    @overload
    def get(self: Inputs[Any, Step[Any, Key, Value, Skipped]], key: Key, default: object = ..., /) -> Value | Skipped: ...
    @overload
    def get(self: Inputs[Any, Step[Step[Any, Key, Awaitable[Value], Skipped], Any, Any, Any]], key: Key, default: object = ..., /) -> Value | Skipped: ...
    @overload
    def get(self: Inputs[Any, Step[Step[Any, Key, Mapped[Awaitable[Value]], Skipped], Any, Any, Any]], key: Key, default: object = ..., /) -> list[Value] | Skipped: ...
    @overload
    def get(self: Inputs[Any, Step[Step[Any, Key, Mapped[Value], Skipped], Any, Any, Any]], key: Key, default: object = ..., /) -> list[Value] | Skipped: ...
    @overload
    def get(self: Inputs[Any, Step[Step[Any, Key, Value, Skipped], Any, Any, Any]], key: Key, default: object = ..., /) -> Value | Skipped: ...
    @overload
    def get(self: Inputs[Any, Step[Step[Step[Any, Key, Awaitable[Value], Skipped], Any, Any, Any], Any, Any, Any]], key: Key, default: object = ..., /) -> Value | Skipped: ...
    @overload
    def get(self: Inputs[Any, Step[Step[Step[Any, Key, Mapped[Awaitable[Value]], Skipped], Any, Any, Any], Any, Any, Any]], key: Key, default: object = ..., /) -> list[Value] | Skipped: ...
    @overload
    def get(self: Inputs[Any, Step[Step[Step[Any, Key, Mapped[Value], Skipped], Any, Any, Any], Any, Any, Any]], key: Key, default: object = ..., /) -> list[Value] | Skipped: ...
    @overload
    def get(self: Inputs[Any, Step[Step[Step[Any, Key, Value, Skipped], Any, Any, Any], Any, Any, Any]], key: Key, default: object = ..., /) -> Value | Skipped: ...
    @overload
    def get(self: Inputs[Any, Step[Step[Step[Step[Any, Key, Awaitable[Value], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: Key, default: object = ..., /) -> Value | Skipped: ...
    @overload
    def get(self: Inputs[Any, Step[Step[Step[Step[Any, Key, Mapped[Awaitable[Value]], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: Key, default: object = ..., /) -> list[Value] | Skipped: ...
    @overload
    def get(self: Inputs[Any, Step[Step[Step[Step[Any, Key, Mapped[Value], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: Key, default: object = ..., /) -> list[Value] | Skipped: ...
    @overload
    def get(self: Inputs[Any, Step[Step[Step[Step[Any, Key, Value, Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: Key, default: object = ..., /) -> Value | Skipped: ...
    @overload
    def get(self: Inputs[Any, Step[Step[Step[Step[Step[Any, Key, Awaitable[Value], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: Key, default: object = ..., /) -> Value | Skipped: ...
    @overload
    def get(self: Inputs[Any, Step[Step[Step[Step[Step[Any, Key, Mapped[Awaitable[Value]], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: Key, default: object = ..., /) -> list[Value] | Skipped: ...
    @overload
    def get(self: Inputs[Any, Step[Step[Step[Step[Step[Any, Key, Mapped[Value], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: Key, default: object = ..., /) -> list[Value] | Skipped: ...
    @overload
    def get(self: Inputs[Any, Step[Step[Step[Step[Step[Any, Key, Value, Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: Key, default: object = ..., /) -> Value | Skipped: ...
    @overload
    def get(self: Inputs[Any, Step[Step[Step[Step[Step[Step[Any, Key, Awaitable[Value], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: Key, default: object = ..., /) -> Value | Skipped: ...
    @overload
    def get(self: Inputs[Any, Step[Step[Step[Step[Step[Step[Any, Key, Mapped[Awaitable[Value]], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: Key, default: object = ..., /) -> list[Value] | Skipped: ...
    @overload
    def get(self: Inputs[Any, Step[Step[Step[Step[Step[Step[Any, Key, Mapped[Value], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: Key, default: object = ..., /) -> list[Value] | Skipped: ...
    @overload
    def get(self: Inputs[Any, Step[Step[Step[Step[Step[Step[Any, Key, Value, Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: Key, default: object = ..., /) -> Value | Skipped: ...
    @overload
    def get(self: Inputs[Any, Step[Step[Step[Step[Step[Step[Step[Any, Key, Awaitable[Value], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: Key, default: object = ..., /) -> Value | Skipped: ...
    @overload
    def get(self: Inputs[Any, Step[Step[Step[Step[Step[Step[Step[Any, Key, Mapped[Awaitable[Value]], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: Key, default: object = ..., /) -> list[Value] | Skipped: ...
    @overload
    def get(self: Inputs[Any, Step[Step[Step[Step[Step[Step[Step[Any, Key, Mapped[Value], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: Key, default: object = ..., /) -> list[Value] | Skipped: ...
    @overload
    def get(self: Inputs[Any, Step[Step[Step[Step[Step[Step[Step[Any, Key, Value, Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: Key, default: object = ..., /) -> Value | Skipped: ...
    @overload
    def get(self: Inputs[Any, Step[Step[Step[Step[Step[Step[Step[Step[Any, Key, Awaitable[Value], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: Key, default: object = ..., /) -> Value | Skipped: ...
    @overload
    def get(self: Inputs[Any, Step[Step[Step[Step[Step[Step[Step[Step[Any, Key, Mapped[Awaitable[Value]], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: Key, default: object = ..., /) -> list[Value] | Skipped: ...
    @overload
    def get(self: Inputs[Any, Step[Step[Step[Step[Step[Step[Step[Step[Any, Key, Mapped[Value], Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: Key, default: object = ..., /) -> list[Value] | Skipped: ...
    @overload
    def get(self: Inputs[Any, Step[Step[Step[Step[Step[Step[Step[Step[Any, Key, Value, Skipped], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: Key, default: object = ..., /) -> Value | Skipped: ...
    @overload
    def get(self: Inputs[Any, Step[Step[Step[Step[Step[Step[Step[Step[Step[Any, Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: str, default: object = ..., /) -> Any: ...
    @overload
    def get(self: Inputs[Any, Step[Any, str, Any, Any]], key: str, default: object = ..., /) -> Any: ...
    @overload
    def get(self: Inputs[Any, Step[Step[Any, str, Any, Any], Any, Any, Any]], key: str, default: object = ..., /) -> Any: ...
    @overload
    def get(self: Inputs[Any, Step[Step[Step[Any, str, Any, Any], Any, Any, Any], Any, Any, Any]], key: str, default: object = ..., /) -> Any: ...
    @overload
    def get(self: Inputs[Any, Step[Step[Step[Step[Any, str, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: str, default: object = ..., /) -> Any: ...
    @overload
    def get(self: Inputs[Any, Step[Step[Step[Step[Step[Any, str, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: str, default: object = ..., /) -> Any: ...
    @overload
    def get(self: Inputs[Any, Step[Step[Step[Step[Step[Step[Any, str, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: str, default: object = ..., /) -> Any: ...
    @overload
    def get(self: Inputs[Any, Step[Step[Step[Step[Step[Step[Step[Any, str, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: str, default: object = ..., /) -> Any: ...
    @overload
    def get(self: Inputs[Any, Step[Step[Step[Step[Step[Step[Step[Step[Any, str, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: str, default: object = ..., /) -> Any: ...
    @overload
    def get(self: Inputs[Any, Step[SealedSteps, Any, Any, Any]], key: str, default: object = ..., /) -> Any: ...
    @overload
    def get(self: Inputs[Any, Step[Step[SealedSteps, Any, Any, Any], Any, Any, Any]], key: str, default: object = ..., /) -> Any: ...
    @overload
    def get(self: Inputs[Any, Step[Step[Step[SealedSteps, Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: str, default: object = ..., /) -> Any: ...
    @overload
    def get(self: Inputs[Any, Step[Step[Step[Step[SealedSteps, Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: str, default: object = ..., /) -> Any: ...
    @overload
    def get(self: Inputs[Any, Step[Step[Step[Step[Step[SealedSteps, Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: str, default: object = ..., /) -> Any: ...
    @overload
    def get(self: Inputs[Any, Step[Step[Step[Step[Step[Step[SealedSteps, Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: str, default: object = ..., /) -> Any: ...
    @overload
    def get(self: Inputs[Any, Step[Step[Step[Step[Step[Step[Step[SealedSteps, Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: str, default: object = ..., /) -> Any: ...
    @overload
    def get(self: Inputs[Any, Step[Step[Step[Step[Step[Step[Step[Step[SealedSteps, Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any]], key: str, default: object = ..., /) -> Any: ...
    def __contains__(self, key: str, /) -> bool: ...

class Flow(Generic[Input, Steps_co, Slugs_contra, Cascaded_co]):
    """An immutable, typed graph of steps.

    The first type parameter is the flow input, the second a TypedDict from the slug of every step to its output.

    Attributes:
        definition: The flow as plain data, for executors, stores and tools.
    """
    definition: FlowDefinition

    @overload
    def __init__(self: Flow[Input, NoSteps, Literal['run'], Never], slug: str, input_type: type[Input], **options: Unpack[FlowOptions]) -> None:
        """Begin a flow.

        Args:
            slug: Its name: 1 to 128 letters, digits and underscores, no digit first, not ``run``.
            input_type: What its runs are given; any type that pydantic can validate.
            **options: What its steps do where they do not say otherwise; see `FlowOptions`.

        Raises:
            InvalidSlugError: The slug is none.
            InvalidStepOptionError: An option has a value that makes no sense.
        """
        ...

    @overload
    def __init__(self: Flow[Any, NoSteps, Literal['run'], Never], slug: str, input_type: object, **options: Unpack[FlowOptions]) -> None:
        ...

    @overload
    def step(self: Flow[Input, Step[Step[Step[Step[Step[Step[Step[Step[Any, Slug7, Output7, Skipped7], Slug6, Output6, Skipped6], Slug5, Output5, Skipped5], Slug4, Output4, Skipped4], Slug3, Output3, Skipped3], Slug2, Output2, Skipped2], Slug1, Output1, Skipped1], Slug0, Output0, Skipped0], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Inputs[Input, Steps_co]], Output] | TakingContext[Inputs[Input, Steps_co], Input, Output] | Taking[Given, Output] | TakingContext[Any, Input, Output], *, depends_on: Sequence[Slugs_contra]=(), thread: bool=True, if_: Unset=..., if_not: Unset=..., when_unmet: None=None, when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Step[Step[Step[Step[Step[Step[Step[Any, Slug6, Output6, Skipped6], Slug5, Output5, Skipped5], Slug4, Output4, Skipped4], Slug3, Output3, Skipped3], Slug2, Output2, Skipped2], Slug1, Output1, Skipped1], Slug0, Output0, Skipped0], NewSlug, Output, Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        """Return a flow that has one step more; this one stays as it is and can be extended another way.

        Args:
            slug: The step's name, unique in the flow.
            handler: Takes the step input, a dict of the flow input (under ``"run"``) and of the output of each
                dependency, and if it has a second parameter without a default, a `StepContext`. An ``async def``
                runs in the run's nursery, a ``def`` in a worker thread, a lambda in place; an awaitable result is
                awaited.
            depends_on: A list or tuple of slugs of steps defined before.
            thread: Whether a ``def`` runs in a worker thread; if not, it runs in place and must not block.
            **options: How it is retried, timed out and skipped; see `StepOptions`.

        Raises:
            FlowDefinitionError: The step is wired wrongly; the subclass says how.
        """
        ...

    @overload
    def step(self, slug: NewSlug, handler: Callable[[Inputs[Input, Steps_co]], Output] | TakingContext[Inputs[Input, Steps_co], Input, Output] | Taking[Given, Output] | TakingContext[Any, Input, Output], *, depends_on: Sequence[Slugs_contra]=(), thread: bool=True, if_: Unset=..., if_not: Unset=..., when_unmet: None=None, when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Output, Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def step(self, slug: NewSlug, handler: Callable[[Inputs[Input, Steps_co]], Output] | TakingContext[Inputs[Input, Steps_co], Input, Output] | Taking[Given, Output] | TakingContext[Any, Input, Output], *, depends_on: Sequence[Slugs_contra]=(), thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: Literal['fail'], when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Output, Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def step(self, slug: NewSlug, handler: Callable[[Inputs[Input, Steps_co]], Output] | TakingContext[Inputs[Input, Steps_co], Input, Output] | Taking[Given, Output] | TakingContext[Any, Input, Output], *, depends_on: Sequence[Slugs_contra]=(), thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: Literal['fail', 'skip'] | None=None, when_exhausted: Literal['fail', 'skip'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Output, Cascaded_co | None], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def step(self, slug: NewSlug, handler: Callable[[Inputs[Input, Steps_co]], Output] | TakingContext[Inputs[Input, Steps_co], Input, Output] | Taking[Given, Output] | TakingContext[Any, Input, Output], *, depends_on: Sequence[Slugs_contra]=(), thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: FailOrSkip | None=None, when_exhausted: FailOrSkip | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Output, Any], Slugs_contra | NewSlug, Any]:
        ...

    @overload
    def map(self: Flow[Input, Step[Any, Key, Mapped[Awaitable[Item]], Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Unset=..., if_not: Unset=..., when_unmet: None=None, when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        """Return a flow that has one map step more: a task for each item of a list, whose outputs are a list again.

        The outputs are in the order of the items; an empty list gives an empty list at once. Each item has its own
        attempts and timeout. A source that was skipped counts as an empty list (pgflow).

        Args:
            slug: The step's name, unique in the flow.
            handler: Takes one item, and if it has a second parameter without a default, a `StepContext`, which also
                has the flow input.
            over: Slug of the step whose output, a list or a tuple, has the items; ``run`` for the flow input.
            max_concurrency: How many items are worked on at once; 100 unless given.
            thread: As in `step`.
            **options: As in `step`; the timeout and the attempts are those of each item.

        Raises:
            FlowDefinitionError: The step is wired wrongly; the subclass says how.
        """
        ...

    @overload
    def map(self: Flow[Input, Step[Any, Key, Listed[Item] | Mapped[Awaitable[Item] | Item] | Awaitable[Listed[Item] | None] | None, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Unset=..., if_not: Unset=..., when_unmet: None=None, when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Any, Key, Mapped[Awaitable[Item]], Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Unset=..., if_not: Unset=..., when_unmet: None=None, when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Any, Key, Listed[Item] | Mapped[Awaitable[Item] | Item] | Awaitable[Listed[Item] | None] | None, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Unset=..., if_not: Unset=..., when_unmet: None=None, when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Any, Key, Mapped[Awaitable[Item]], Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Unset=..., if_not: Unset=..., when_unmet: None=None, when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Any, Key, Listed[Item] | Mapped[Awaitable[Item] | Item] | Awaitable[Listed[Item] | None] | None, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Unset=..., if_not: Unset=..., when_unmet: None=None, when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Any, Key, Mapped[Awaitable[Item]], Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Unset=..., if_not: Unset=..., when_unmet: None=None, when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Any, Key, Listed[Item] | Mapped[Awaitable[Item] | Item] | Awaitable[Listed[Item] | None] | None, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Unset=..., if_not: Unset=..., when_unmet: None=None, when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Step[Any, Key, Mapped[Awaitable[Item]], Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Unset=..., if_not: Unset=..., when_unmet: None=None, when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Step[Any, Key, Listed[Item] | Mapped[Awaitable[Item] | Item] | Awaitable[Listed[Item] | None] | None, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Unset=..., if_not: Unset=..., when_unmet: None=None, when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Step[Step[Any, Key, Mapped[Awaitable[Item]], Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Unset=..., if_not: Unset=..., when_unmet: None=None, when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Step[Step[Any, Key, Listed[Item] | Mapped[Awaitable[Item] | Item] | Awaitable[Listed[Item] | None] | None, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Unset=..., if_not: Unset=..., when_unmet: None=None, when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Step[Step[Step[Any, Key, Mapped[Awaitable[Item]], Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Unset=..., if_not: Unset=..., when_unmet: None=None, when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Step[Step[Step[Any, Key, Listed[Item] | Mapped[Awaitable[Item] | Item] | Awaitable[Listed[Item] | None] | None, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Unset=..., if_not: Unset=..., when_unmet: None=None, when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Step[Step[Step[Step[Any, Key, Mapped[Awaitable[Item]], Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Unset=..., if_not: Unset=..., when_unmet: None=None, when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Step[Step[Step[Step[Any, Key, Listed[Item] | Mapped[Awaitable[Item] | Item] | Awaitable[Listed[Item] | None] | None, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Unset=..., if_not: Unset=..., when_unmet: None=None, when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Listed[Item], Steps_co, Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Literal['run'], max_concurrency: int | None=None, thread: bool=True, if_: Unset=..., if_not: Unset=..., when_unmet: None=None, when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Step[Step[Step[Step[Step[Any, Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Any], Output] | TakingContext[Any, Input, Output], *, over: str, max_concurrency: int | None=None, thread: bool=True, if_: Unset=..., if_not: Unset=..., when_unmet: None=None, when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Any, str, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Any], Output] | TakingContext[Any, Input, Output], *, over: str, max_concurrency: int | None=None, thread: bool=True, if_: Unset=..., if_not: Unset=..., when_unmet: None=None, when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Any, str, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Any], Output] | TakingContext[Any, Input, Output], *, over: str, max_concurrency: int | None=None, thread: bool=True, if_: Unset=..., if_not: Unset=..., when_unmet: None=None, when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Any, str, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Any], Output] | TakingContext[Any, Input, Output], *, over: str, max_concurrency: int | None=None, thread: bool=True, if_: Unset=..., if_not: Unset=..., when_unmet: None=None, when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Any, str, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Any], Output] | TakingContext[Any, Input, Output], *, over: str, max_concurrency: int | None=None, thread: bool=True, if_: Unset=..., if_not: Unset=..., when_unmet: None=None, when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Step[Any, str, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Any], Output] | TakingContext[Any, Input, Output], *, over: str, max_concurrency: int | None=None, thread: bool=True, if_: Unset=..., if_not: Unset=..., when_unmet: None=None, when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Step[Step[Any, str, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Any], Output] | TakingContext[Any, Input, Output], *, over: str, max_concurrency: int | None=None, thread: bool=True, if_: Unset=..., if_not: Unset=..., when_unmet: None=None, when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Step[Step[Step[Any, str, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Any], Output] | TakingContext[Any, Input, Output], *, over: str, max_concurrency: int | None=None, thread: bool=True, if_: Unset=..., if_not: Unset=..., when_unmet: None=None, when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Step[Step[Step[Step[Any, str, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Any], Output] | TakingContext[Any, Input, Output], *, over: str, max_concurrency: int | None=None, thread: bool=True, if_: Unset=..., if_not: Unset=..., when_unmet: None=None, when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[SealedSteps, Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Any], Output] | TakingContext[Any, Input, Output], *, over: str, max_concurrency: int | None=None, thread: bool=True, if_: Unset=..., if_not: Unset=..., when_unmet: None=None, when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[SealedSteps, Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Any], Output] | TakingContext[Any, Input, Output], *, over: str, max_concurrency: int | None=None, thread: bool=True, if_: Unset=..., if_not: Unset=..., when_unmet: None=None, when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[SealedSteps, Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Any], Output] | TakingContext[Any, Input, Output], *, over: str, max_concurrency: int | None=None, thread: bool=True, if_: Unset=..., if_not: Unset=..., when_unmet: None=None, when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[SealedSteps, Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Any], Output] | TakingContext[Any, Input, Output], *, over: str, max_concurrency: int | None=None, thread: bool=True, if_: Unset=..., if_not: Unset=..., when_unmet: None=None, when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Step[SealedSteps, Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Any], Output] | TakingContext[Any, Input, Output], *, over: str, max_concurrency: int | None=None, thread: bool=True, if_: Unset=..., if_not: Unset=..., when_unmet: None=None, when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Step[Step[SealedSteps, Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Any], Output] | TakingContext[Any, Input, Output], *, over: str, max_concurrency: int | None=None, thread: bool=True, if_: Unset=..., if_not: Unset=..., when_unmet: None=None, when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Step[Step[Step[SealedSteps, Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Any], Output] | TakingContext[Any, Input, Output], *, over: str, max_concurrency: int | None=None, thread: bool=True, if_: Unset=..., if_not: Unset=..., when_unmet: None=None, when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Step[Step[Step[Step[SealedSteps, Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Any], Output] | TakingContext[Any, Input, Output], *, over: str, max_concurrency: int | None=None, thread: bool=True, if_: Unset=..., if_not: Unset=..., when_unmet: None=None, when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, SealedSteps, Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Any], Output] | TakingContext[Any, Input, Output], *, over: str, max_concurrency: int | None=None, thread: bool=True, if_: Unset=..., if_not: Unset=..., when_unmet: None=None, when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Any, Key, Mapped[Awaitable[Item]], Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: Literal['fail'], when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Any, Key, Listed[Item] | Mapped[Awaitable[Item] | Item] | Awaitable[Listed[Item] | None] | None, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: Literal['fail'], when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Any, Key, Mapped[Awaitable[Item]], Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: Literal['fail'], when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Any, Key, Listed[Item] | Mapped[Awaitable[Item] | Item] | Awaitable[Listed[Item] | None] | None, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: Literal['fail'], when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Any, Key, Mapped[Awaitable[Item]], Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: Literal['fail'], when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Any, Key, Listed[Item] | Mapped[Awaitable[Item] | Item] | Awaitable[Listed[Item] | None] | None, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: Literal['fail'], when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Any, Key, Mapped[Awaitable[Item]], Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: Literal['fail'], when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Any, Key, Listed[Item] | Mapped[Awaitable[Item] | Item] | Awaitable[Listed[Item] | None] | None, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: Literal['fail'], when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Step[Any, Key, Mapped[Awaitable[Item]], Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: Literal['fail'], when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Step[Any, Key, Listed[Item] | Mapped[Awaitable[Item] | Item] | Awaitable[Listed[Item] | None] | None, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: Literal['fail'], when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Step[Step[Any, Key, Mapped[Awaitable[Item]], Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: Literal['fail'], when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Step[Step[Any, Key, Listed[Item] | Mapped[Awaitable[Item] | Item] | Awaitable[Listed[Item] | None] | None, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: Literal['fail'], when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Step[Step[Step[Any, Key, Mapped[Awaitable[Item]], Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: Literal['fail'], when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Step[Step[Step[Any, Key, Listed[Item] | Mapped[Awaitable[Item] | Item] | Awaitable[Listed[Item] | None] | None, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: Literal['fail'], when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Step[Step[Step[Step[Any, Key, Mapped[Awaitable[Item]], Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: Literal['fail'], when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Step[Step[Step[Step[Any, Key, Listed[Item] | Mapped[Awaitable[Item] | Item] | Awaitable[Listed[Item] | None] | None, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: Literal['fail'], when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Listed[Item], Steps_co, Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Literal['run'], max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: Literal['fail'], when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Any, Key, Mapped[Awaitable[Item]], Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: Literal['fail', 'skip'] | None=None, when_exhausted: Literal['fail', 'skip'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co | None], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Any, Key, Listed[Item] | Mapped[Awaitable[Item] | Item] | Awaitable[Listed[Item] | None] | None, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: Literal['fail', 'skip'] | None=None, when_exhausted: Literal['fail', 'skip'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co | None], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Any, Key, Mapped[Awaitable[Item]], Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: Literal['fail', 'skip'] | None=None, when_exhausted: Literal['fail', 'skip'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co | None], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Any, Key, Listed[Item] | Mapped[Awaitable[Item] | Item] | Awaitable[Listed[Item] | None] | None, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: Literal['fail', 'skip'] | None=None, when_exhausted: Literal['fail', 'skip'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co | None], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Any, Key, Mapped[Awaitable[Item]], Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: Literal['fail', 'skip'] | None=None, when_exhausted: Literal['fail', 'skip'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co | None], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Any, Key, Listed[Item] | Mapped[Awaitable[Item] | Item] | Awaitable[Listed[Item] | None] | None, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: Literal['fail', 'skip'] | None=None, when_exhausted: Literal['fail', 'skip'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co | None], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Any, Key, Mapped[Awaitable[Item]], Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: Literal['fail', 'skip'] | None=None, when_exhausted: Literal['fail', 'skip'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co | None], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Any, Key, Listed[Item] | Mapped[Awaitable[Item] | Item] | Awaitable[Listed[Item] | None] | None, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: Literal['fail', 'skip'] | None=None, when_exhausted: Literal['fail', 'skip'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co | None], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Step[Any, Key, Mapped[Awaitable[Item]], Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: Literal['fail', 'skip'] | None=None, when_exhausted: Literal['fail', 'skip'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co | None], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Step[Any, Key, Listed[Item] | Mapped[Awaitable[Item] | Item] | Awaitable[Listed[Item] | None] | None, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: Literal['fail', 'skip'] | None=None, when_exhausted: Literal['fail', 'skip'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co | None], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Step[Step[Any, Key, Mapped[Awaitable[Item]], Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: Literal['fail', 'skip'] | None=None, when_exhausted: Literal['fail', 'skip'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co | None], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Step[Step[Any, Key, Listed[Item] | Mapped[Awaitable[Item] | Item] | Awaitable[Listed[Item] | None] | None, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: Literal['fail', 'skip'] | None=None, when_exhausted: Literal['fail', 'skip'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co | None], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Step[Step[Step[Any, Key, Mapped[Awaitable[Item]], Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: Literal['fail', 'skip'] | None=None, when_exhausted: Literal['fail', 'skip'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co | None], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Step[Step[Step[Any, Key, Listed[Item] | Mapped[Awaitable[Item] | Item] | Awaitable[Listed[Item] | None] | None, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: Literal['fail', 'skip'] | None=None, when_exhausted: Literal['fail', 'skip'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co | None], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Step[Step[Step[Step[Any, Key, Mapped[Awaitable[Item]], Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: Literal['fail', 'skip'] | None=None, when_exhausted: Literal['fail', 'skip'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co | None], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Step[Step[Step[Step[Any, Key, Listed[Item] | Mapped[Awaitable[Item] | Item] | Awaitable[Listed[Item] | None] | None, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: Literal['fail', 'skip'] | None=None, when_exhausted: Literal['fail', 'skip'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co | None], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Listed[Item], Steps_co, Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Literal['run'], max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: Literal['fail', 'skip'] | None=None, when_exhausted: Literal['fail', 'skip'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Cascaded_co | None], Slugs_contra | NewSlug, Cascaded_co]:
        ...

    @overload
    def map(self: Flow[Input, Step[Any, Key, Mapped[Awaitable[Item]], Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: FailOrSkip | None=None, when_exhausted: FailOrSkip | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Any], Slugs_contra | NewSlug, Any]:
        ...

    @overload
    def map(self: Flow[Input, Step[Any, Key, Listed[Item] | Mapped[Awaitable[Item] | Item] | Awaitable[Listed[Item] | None] | None, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: FailOrSkip | None=None, when_exhausted: FailOrSkip | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Any], Slugs_contra | NewSlug, Any]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Any, Key, Mapped[Awaitable[Item]], Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: FailOrSkip | None=None, when_exhausted: FailOrSkip | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Any], Slugs_contra | NewSlug, Any]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Any, Key, Listed[Item] | Mapped[Awaitable[Item] | Item] | Awaitable[Listed[Item] | None] | None, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: FailOrSkip | None=None, when_exhausted: FailOrSkip | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Any], Slugs_contra | NewSlug, Any]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Any, Key, Mapped[Awaitable[Item]], Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: FailOrSkip | None=None, when_exhausted: FailOrSkip | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Any], Slugs_contra | NewSlug, Any]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Any, Key, Listed[Item] | Mapped[Awaitable[Item] | Item] | Awaitable[Listed[Item] | None] | None, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: FailOrSkip | None=None, when_exhausted: FailOrSkip | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Any], Slugs_contra | NewSlug, Any]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Any, Key, Mapped[Awaitable[Item]], Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: FailOrSkip | None=None, when_exhausted: FailOrSkip | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Any], Slugs_contra | NewSlug, Any]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Any, Key, Listed[Item] | Mapped[Awaitable[Item] | Item] | Awaitable[Listed[Item] | None] | None, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: FailOrSkip | None=None, when_exhausted: FailOrSkip | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Any], Slugs_contra | NewSlug, Any]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Step[Any, Key, Mapped[Awaitable[Item]], Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: FailOrSkip | None=None, when_exhausted: FailOrSkip | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Any], Slugs_contra | NewSlug, Any]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Step[Any, Key, Listed[Item] | Mapped[Awaitable[Item] | Item] | Awaitable[Listed[Item] | None] | None, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: FailOrSkip | None=None, when_exhausted: FailOrSkip | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Any], Slugs_contra | NewSlug, Any]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Step[Step[Any, Key, Mapped[Awaitable[Item]], Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: FailOrSkip | None=None, when_exhausted: FailOrSkip | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Any], Slugs_contra | NewSlug, Any]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Step[Step[Any, Key, Listed[Item] | Mapped[Awaitable[Item] | Item] | Awaitable[Listed[Item] | None] | None, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: FailOrSkip | None=None, when_exhausted: FailOrSkip | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Any], Slugs_contra | NewSlug, Any]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Step[Step[Step[Any, Key, Mapped[Awaitable[Item]], Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: FailOrSkip | None=None, when_exhausted: FailOrSkip | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Any], Slugs_contra | NewSlug, Any]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Step[Step[Step[Any, Key, Listed[Item] | Mapped[Awaitable[Item] | Item] | Awaitable[Listed[Item] | None] | None, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: FailOrSkip | None=None, when_exhausted: FailOrSkip | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Any], Slugs_contra | NewSlug, Any]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Step[Step[Step[Step[Any, Key, Mapped[Awaitable[Item]], Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: FailOrSkip | None=None, when_exhausted: FailOrSkip | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Any], Slugs_contra | NewSlug, Any]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Step[Step[Step[Step[Any, Key, Listed[Item] | Mapped[Awaitable[Item] | Item] | Awaitable[Listed[Item] | None] | None, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Key, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: FailOrSkip | None=None, when_exhausted: FailOrSkip | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Any], Slugs_contra | NewSlug, Any]:
        ...

    @overload
    def map(self: Flow[Listed[Item], Steps_co, Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Item], Output] | TakingContext[Item, Input, Output], *, over: Literal['run'], max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: FailOrSkip | None=None, when_exhausted: FailOrSkip | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Any], Slugs_contra | NewSlug, Any]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Step[Step[Step[Step[Step[Any, Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Any], Output] | TakingContext[Any, Input, Output], *, over: str, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: FailOrSkip | None=None, when_exhausted: FailOrSkip | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Any], Slugs_contra | NewSlug, Any]:
        ...

    @overload
    def map(self: Flow[Input, Step[Any, str, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Any], Output] | TakingContext[Any, Input, Output], *, over: str, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: FailOrSkip | None=None, when_exhausted: FailOrSkip | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Any], Slugs_contra | NewSlug, Any]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Any, str, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Any], Output] | TakingContext[Any, Input, Output], *, over: str, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: FailOrSkip | None=None, when_exhausted: FailOrSkip | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Any], Slugs_contra | NewSlug, Any]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Any, str, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Any], Output] | TakingContext[Any, Input, Output], *, over: str, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: FailOrSkip | None=None, when_exhausted: FailOrSkip | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Any], Slugs_contra | NewSlug, Any]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Any, str, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Any], Output] | TakingContext[Any, Input, Output], *, over: str, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: FailOrSkip | None=None, when_exhausted: FailOrSkip | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Any], Slugs_contra | NewSlug, Any]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Step[Any, str, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Any], Output] | TakingContext[Any, Input, Output], *, over: str, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: FailOrSkip | None=None, when_exhausted: FailOrSkip | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Any], Slugs_contra | NewSlug, Any]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Step[Step[Any, str, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Any], Output] | TakingContext[Any, Input, Output], *, over: str, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: FailOrSkip | None=None, when_exhausted: FailOrSkip | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Any], Slugs_contra | NewSlug, Any]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Step[Step[Step[Any, str, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Any], Output] | TakingContext[Any, Input, Output], *, over: str, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: FailOrSkip | None=None, when_exhausted: FailOrSkip | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Any], Slugs_contra | NewSlug, Any]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Step[Step[Step[Step[Any, str, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Any], Output] | TakingContext[Any, Input, Output], *, over: str, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: FailOrSkip | None=None, when_exhausted: FailOrSkip | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Any], Slugs_contra | NewSlug, Any]:
        ...

    @overload
    def map(self: Flow[Input, Step[SealedSteps, Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Any], Output] | TakingContext[Any, Input, Output], *, over: str, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: FailOrSkip | None=None, when_exhausted: FailOrSkip | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Any], Slugs_contra | NewSlug, Any]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[SealedSteps, Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Any], Output] | TakingContext[Any, Input, Output], *, over: str, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: FailOrSkip | None=None, when_exhausted: FailOrSkip | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Any], Slugs_contra | NewSlug, Any]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[SealedSteps, Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Any], Output] | TakingContext[Any, Input, Output], *, over: str, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: FailOrSkip | None=None, when_exhausted: FailOrSkip | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Any], Slugs_contra | NewSlug, Any]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[SealedSteps, Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Any], Output] | TakingContext[Any, Input, Output], *, over: str, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: FailOrSkip | None=None, when_exhausted: FailOrSkip | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Any], Slugs_contra | NewSlug, Any]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Step[SealedSteps, Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Any], Output] | TakingContext[Any, Input, Output], *, over: str, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: FailOrSkip | None=None, when_exhausted: FailOrSkip | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Any], Slugs_contra | NewSlug, Any]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Step[Step[SealedSteps, Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Any], Output] | TakingContext[Any, Input, Output], *, over: str, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: FailOrSkip | None=None, when_exhausted: FailOrSkip | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Any], Slugs_contra | NewSlug, Any]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Step[Step[Step[SealedSteps, Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Any], Output] | TakingContext[Any, Input, Output], *, over: str, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: FailOrSkip | None=None, when_exhausted: FailOrSkip | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Any], Slugs_contra | NewSlug, Any]:
        ...

    @overload
    def map(self: Flow[Input, Step[Step[Step[Step[Step[Step[Step[Step[SealedSteps, Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Any], Output] | TakingContext[Any, Input, Output], *, over: str, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: FailOrSkip | None=None, when_exhausted: FailOrSkip | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Any], Slugs_contra | NewSlug, Any]:
        ...

    @overload
    def map(self: Flow[Input, SealedSteps, Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Any], Output] | TakingContext[Any, Input, Output], *, over: str, max_concurrency: int | None=None, thread: bool=True, if_: Any=..., if_not: Any=..., when_unmet: FailOrSkip | None=None, when_exhausted: FailOrSkip | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Steps_co, NewSlug, Mapped[Output], Any], Slugs_contra | NewSlug, Any]:
        ...

    @overload
    def replace(self: Flow[Input, Step[Any, Key, Mapped[Any], Any], Slugs_contra, Cascaded_co], slug: Key, handler: Callable[[Any], object] | TakingContext[Any, Input, object], *, thread: bool=True) -> Flow[Input, Steps_co, Slugs_contra, Cascaded_co]:
        """Return this flow with another handler for one of its steps, such as a fake in a test.

        Args:
            slug: Slug of a step of the flow.
            handler: Takes what the step's handler takes and returns what it returns; the mypy plugin checks both.
            thread: As in `step`.

        Raises:
            UnknownStepError: The flow has no such step.
            InvalidHandlerError: It cannot be a handler.
        """
        ...

    @overload
    def replace(self: Flow[Input, Step[Step[Any, Key, Mapped[Any], Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: Key, handler: Callable[[Any], object] | TakingContext[Any, Input, object], *, thread: bool=True) -> Flow[Input, Steps_co, Slugs_contra, Cascaded_co]:
        ...

    @overload
    def replace(self: Flow[Input, Step[Step[Step[Any, Key, Mapped[Any], Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: Key, handler: Callable[[Any], object] | TakingContext[Any, Input, object], *, thread: bool=True) -> Flow[Input, Steps_co, Slugs_contra, Cascaded_co]:
        ...

    @overload
    def replace(self: Flow[Input, Step[Step[Step[Step[Any, Key, Mapped[Any], Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: Key, handler: Callable[[Any], object] | TakingContext[Any, Input, object], *, thread: bool=True) -> Flow[Input, Steps_co, Slugs_contra, Cascaded_co]:
        ...

    @overload
    def replace(self: Flow[Input, Step[Step[Step[Step[Step[Any, Key, Mapped[Any], Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: Key, handler: Callable[[Any], object] | TakingContext[Any, Input, object], *, thread: bool=True) -> Flow[Input, Steps_co, Slugs_contra, Cascaded_co]:
        ...

    @overload
    def replace(self: Flow[Input, Step[Step[Step[Step[Step[Step[Any, Key, Mapped[Any], Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: Key, handler: Callable[[Any], object] | TakingContext[Any, Input, object], *, thread: bool=True) -> Flow[Input, Steps_co, Slugs_contra, Cascaded_co]:
        ...

    @overload
    def replace(self: Flow[Input, Step[Step[Step[Step[Step[Step[Step[Any, Key, Mapped[Any], Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: Key, handler: Callable[[Any], object] | TakingContext[Any, Input, object], *, thread: bool=True) -> Flow[Input, Steps_co, Slugs_contra, Cascaded_co]:
        ...

    @overload
    def replace(self: Flow[Input, Step[Step[Step[Step[Step[Step[Step[Step[Any, Key, Mapped[Any], Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: Key, handler: Callable[[Any], object] | TakingContext[Any, Input, object], *, thread: bool=True) -> Flow[Input, Steps_co, Slugs_contra, Cascaded_co]:
        ...

    @overload
    def replace(self: Flow[Input, Step[Any, Key, Any, Any], Slugs_contra, Cascaded_co], slug: Key, handler: Callable[[Inputs[Input, Steps_co]], object] | TakingContext[Inputs[Input, Steps_co], Input, object] | Taking[Any, object] | TakingContext[Any, Input, object], *, thread: bool=True) -> Flow[Input, Steps_co, Slugs_contra, Cascaded_co]:
        ...

    @overload
    def replace(self: Flow[Input, Step[Step[Any, Key, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: Key, handler: Callable[[Inputs[Input, Steps_co]], object] | TakingContext[Inputs[Input, Steps_co], Input, object] | Taking[Any, object] | TakingContext[Any, Input, object], *, thread: bool=True) -> Flow[Input, Steps_co, Slugs_contra, Cascaded_co]:
        ...

    @overload
    def replace(self: Flow[Input, Step[Step[Step[Any, Key, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: Key, handler: Callable[[Inputs[Input, Steps_co]], object] | TakingContext[Inputs[Input, Steps_co], Input, object] | Taking[Any, object] | TakingContext[Any, Input, object], *, thread: bool=True) -> Flow[Input, Steps_co, Slugs_contra, Cascaded_co]:
        ...

    @overload
    def replace(self: Flow[Input, Step[Step[Step[Step[Any, Key, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: Key, handler: Callable[[Inputs[Input, Steps_co]], object] | TakingContext[Inputs[Input, Steps_co], Input, object] | Taking[Any, object] | TakingContext[Any, Input, object], *, thread: bool=True) -> Flow[Input, Steps_co, Slugs_contra, Cascaded_co]:
        ...

    @overload
    def replace(self: Flow[Input, Step[Step[Step[Step[Step[Any, Key, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: Key, handler: Callable[[Inputs[Input, Steps_co]], object] | TakingContext[Inputs[Input, Steps_co], Input, object] | Taking[Any, object] | TakingContext[Any, Input, object], *, thread: bool=True) -> Flow[Input, Steps_co, Slugs_contra, Cascaded_co]:
        ...

    @overload
    def replace(self: Flow[Input, Step[Step[Step[Step[Step[Step[Any, Key, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: Key, handler: Callable[[Inputs[Input, Steps_co]], object] | TakingContext[Inputs[Input, Steps_co], Input, object] | Taking[Any, object] | TakingContext[Any, Input, object], *, thread: bool=True) -> Flow[Input, Steps_co, Slugs_contra, Cascaded_co]:
        ...

    @overload
    def replace(self: Flow[Input, Step[Step[Step[Step[Step[Step[Step[Any, Key, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: Key, handler: Callable[[Inputs[Input, Steps_co]], object] | TakingContext[Inputs[Input, Steps_co], Input, object] | Taking[Any, object] | TakingContext[Any, Input, object], *, thread: bool=True) -> Flow[Input, Steps_co, Slugs_contra, Cascaded_co]:
        ...

    @overload
    def replace(self: Flow[Input, Step[Step[Step[Step[Step[Step[Step[Step[Any, Key, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: Key, handler: Callable[[Inputs[Input, Steps_co]], object] | TakingContext[Inputs[Input, Steps_co], Input, object] | Taking[Any, object] | TakingContext[Any, Input, object], *, thread: bool=True) -> Flow[Input, Steps_co, Slugs_contra, Cascaded_co]:
        ...

    @overload
    def replace(self: Flow[Input, Step[Step[Step[Step[Step[Step[Step[Step[Step[Any, Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: str, handler: Callable[[Any], object] | TakingContext[Any, Input, object], *, thread: bool=True) -> Flow[Input, Steps_co, Slugs_contra, Cascaded_co]:
        ...

    @overload
    def replace(self: Flow[Input, Step[Any, str, Any, Any], Slugs_contra, Cascaded_co], slug: str, handler: Callable[[Any], object] | TakingContext[Any, Input, object], *, thread: bool=True) -> Flow[Input, Steps_co, Slugs_contra, Cascaded_co]:
        ...

    @overload
    def replace(self: Flow[Input, Step[Step[Any, str, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: str, handler: Callable[[Any], object] | TakingContext[Any, Input, object], *, thread: bool=True) -> Flow[Input, Steps_co, Slugs_contra, Cascaded_co]:
        ...

    @overload
    def replace(self: Flow[Input, Step[Step[Step[Any, str, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: str, handler: Callable[[Any], object] | TakingContext[Any, Input, object], *, thread: bool=True) -> Flow[Input, Steps_co, Slugs_contra, Cascaded_co]:
        ...

    @overload
    def replace(self: Flow[Input, Step[Step[Step[Step[Any, str, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: str, handler: Callable[[Any], object] | TakingContext[Any, Input, object], *, thread: bool=True) -> Flow[Input, Steps_co, Slugs_contra, Cascaded_co]:
        ...

    @overload
    def replace(self: Flow[Input, Step[Step[Step[Step[Step[Any, str, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: str, handler: Callable[[Any], object] | TakingContext[Any, Input, object], *, thread: bool=True) -> Flow[Input, Steps_co, Slugs_contra, Cascaded_co]:
        ...

    @overload
    def replace(self: Flow[Input, Step[Step[Step[Step[Step[Step[Any, str, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: str, handler: Callable[[Any], object] | TakingContext[Any, Input, object], *, thread: bool=True) -> Flow[Input, Steps_co, Slugs_contra, Cascaded_co]:
        ...

    @overload
    def replace(self: Flow[Input, Step[Step[Step[Step[Step[Step[Step[Any, str, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: str, handler: Callable[[Any], object] | TakingContext[Any, Input, object], *, thread: bool=True) -> Flow[Input, Steps_co, Slugs_contra, Cascaded_co]:
        ...

    @overload
    def replace(self: Flow[Input, Step[Step[Step[Step[Step[Step[Step[Step[Any, str, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: str, handler: Callable[[Any], object] | TakingContext[Any, Input, object], *, thread: bool=True) -> Flow[Input, Steps_co, Slugs_contra, Cascaded_co]:
        ...

    @overload
    def replace(self: Flow[Input, Step[SealedSteps, Any, Any, Any], Slugs_contra, Cascaded_co], slug: str, handler: Callable[[Any], object] | TakingContext[Any, Input, object], *, thread: bool=True) -> Flow[Input, Steps_co, Slugs_contra, Cascaded_co]:
        ...

    @overload
    def replace(self: Flow[Input, Step[Step[SealedSteps, Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: str, handler: Callable[[Any], object] | TakingContext[Any, Input, object], *, thread: bool=True) -> Flow[Input, Steps_co, Slugs_contra, Cascaded_co]:
        ...

    @overload
    def replace(self: Flow[Input, Step[Step[Step[SealedSteps, Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: str, handler: Callable[[Any], object] | TakingContext[Any, Input, object], *, thread: bool=True) -> Flow[Input, Steps_co, Slugs_contra, Cascaded_co]:
        ...

    @overload
    def replace(self: Flow[Input, Step[Step[Step[Step[SealedSteps, Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: str, handler: Callable[[Any], object] | TakingContext[Any, Input, object], *, thread: bool=True) -> Flow[Input, Steps_co, Slugs_contra, Cascaded_co]:
        ...

    @overload
    def replace(self: Flow[Input, Step[Step[Step[Step[Step[SealedSteps, Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: str, handler: Callable[[Any], object] | TakingContext[Any, Input, object], *, thread: bool=True) -> Flow[Input, Steps_co, Slugs_contra, Cascaded_co]:
        ...

    @overload
    def replace(self: Flow[Input, Step[Step[Step[Step[Step[Step[SealedSteps, Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: str, handler: Callable[[Any], object] | TakingContext[Any, Input, object], *, thread: bool=True) -> Flow[Input, Steps_co, Slugs_contra, Cascaded_co]:
        ...

    @overload
    def replace(self: Flow[Input, Step[Step[Step[Step[Step[Step[Step[SealedSteps, Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: str, handler: Callable[[Any], object] | TakingContext[Any, Input, object], *, thread: bool=True) -> Flow[Input, Steps_co, Slugs_contra, Cascaded_co]:
        ...

    @overload
    def replace(self: Flow[Input, Step[Step[Step[Step[Step[Step[Step[Step[SealedSteps, Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Any, Any, Any], Slugs_contra, Cascaded_co], slug: str, handler: Callable[[Any], object] | TakingContext[Any, Input, object], *, thread: bool=True) -> Flow[Input, Steps_co, Slugs_contra, Cascaded_co]:
        ...

    @overload
    def replace(self: Flow[Input, SealedSteps, Slugs_contra, Cascaded_co], slug: str, handler: Callable[[Any], object] | TakingContext[Any, Input, object], *, thread: bool=True) -> Flow[Input, Steps_co, Slugs_contra, Cascaded_co]:
        ...

    async def run(self, flow_input: Input, **options: Unpack[RunOptions]) -> Steps_co:
        """Run the flow in this process, in a trio nursery, and return the outputs of all steps by slug.

        Awaited in asyncio, it runs in a trio program in a thread of its own. The event loop is not blocked, and
        cancelling the task cancels the run and waits until it has cleaned up.

        Cancelling the surrounding scope cancels every handler. A handler in a worker thread cannot be interrupted and
        is awaited; it may call ``trio.from_thread.check_cancelled`` to leave early.

        Args:
            flow_input: Validated by pydantic, strictly, before anything starts.
            **options: See `RunOptions`.

        Raises:
            InvalidInputError: The input is not of the flow's input type.
            InvalidOptionError: An option is not valid.
            FlowDefinitionError: pydantic cannot validate a declared type.
            StepFailedError: A step failed; its cause is the handler's own exception. All others were cancelled.
            RuntimeError: It was awaited neither in trio nor in asyncio.
        """
        ...

    def start(self, flow_input: Input, **options: Unpack[RunOptions]) -> AbstractAsyncContextManager[Run[Steps_co]]:
        """Start a run and return a handle on it. ``async with`` waits for the end of the run where its block ends.

        An exception in the block cancels the run. The handle keeps all events.

        Args:
            flow_input: As in `run`.
            **options: As in `run`.

        Raises:
            InvalidInputError: The input is not of the flow's input type.
            InvalidOptionError: An option is not valid.
            FlowDefinitionError: pydantic cannot validate a declared type.
            StepFailedError: A step failed, and the handle was not asked for the outputs; raised where the block ends.
            RuntimeError: It was called outside of trio, where only `run` and `run_sync` work.
        """
        ...

    def run_sync(self, flow_input: Input, **options: Unpack[RunOptions]) -> Steps_co:
        """Run the flow as `run` does, in a program that is not async; it blocks until the run has ended.

        It works in a program of asyncio and in a cell of a notebook, too, but blocks the event loop: await `run` there.

        Raises:
            RuntimeError: It was called inside a trio program, which must await `run` instead.
        """
        ...

    def sealed(self, steps: type[Sealed]) -> Flow[Input, Sealed, Slugs_contra, Cascaded_co]:
        """Return this flow, of which a type checker knows the outputs by the name of a TypedDict.

        The TypedDict is one that ``typedflow stubs`` wrote, or one of your own; the mypy plugin checks that it has
        exactly the flow's steps. At run time nothing changes.

        Args:
            steps: The TypedDict, from the slug of every step to its output.
        """
        ...

    def leaf_outputs(self, outputs: Mapping[str, Any]) -> dict[str, Any]:
        """Return the outputs of the leaf steps alone, on which no step depends; in pgflow, the output of a run.

        Args:
            outputs: What a run of this flow returned.

        Raises:
            KeyError: The outputs are not those of this flow.
        """
        ...

    def get_step(self, slug: str) -> StepDefinition:
        """Return the definition of a step.

        Raises:
            KeyError: The flow has no such step.
        """
        ...
