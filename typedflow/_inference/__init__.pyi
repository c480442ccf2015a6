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

    The first type parameter is the flow input. The second is a TypedDict of the outputs, with a key for each step.

    Attributes:
        definition: The flow as data, for engines and tools.
    """
    definition: FlowDefinition

    @overload
    def __init__(self: Flow[Input, NoSteps, Literal['run'], Never], slug: str, input_type: type[Input], **options: Unpack[FlowOptions]) -> None:
        """Create a flow without steps.

        Args:
            slug: Name of the flow: 1 to 128 letters, digits and underscores, no digit first, not ``run``.
            input_type: Type of the flow input: any type that pydantic can validate.
            **options: Default options of the steps. See `FlowOptions`.

        Raises:
            InvalidSlugError: The slug is not valid.
            InvalidStepOptionError: An option has an invalid value.
        """
        ...

    @overload
    def __init__(self: Flow[Any, NoSteps, Literal['run'], Never], slug: str, input_type: object, **options: Unpack[FlowOptions]) -> None:
        ...

    @overload
    def step(self: Flow[Input, Step[Step[Step[Step[Step[Step[Step[Step[Any, Slug7, Output7, Skipped7], Slug6, Output6, Skipped6], Slug5, Output5, Skipped5], Slug4, Output4, Skipped4], Slug3, Output3, Skipped3], Slug2, Output2, Skipped2], Slug1, Output1, Skipped1], Slug0, Output0, Skipped0], Slugs_contra, Cascaded_co], slug: NewSlug, handler: Callable[[Inputs[Input, Steps_co]], Output] | TakingContext[Inputs[Input, Steps_co], Input, Output] | Taking[Given, Output] | TakingContext[Any, Input, Output], *, depends_on: Sequence[Slugs_contra]=(), thread: bool=True, if_: Unset=..., if_not: Unset=..., when_unmet: None=None, when_exhausted: Literal['fail'] | None=None, **options: Unpack[FlowOptions]) -> Flow[Input, Step[Step[Step[Step[Step[Step[Step[Step[Any, Slug6, Output6, Skipped6], Slug5, Output5, Skipped5], Slug4, Output4, Skipped4], Slug3, Output3, Skipped3], Slug2, Output2, Skipped2], Slug1, Output1, Skipped1], Slug0, Output0, Skipped0], NewSlug, Output, Cascaded_co], Slugs_contra | NewSlug, Cascaded_co]:
        """Return a flow with one more step. This flow does not change.

        Args:
            slug: Name of the step, unique in the flow.
            handler: Takes the step input: a dict of the flow input, under ``"run"``, and of the output of each
                dependency. If it has a second parameter without a default, it also takes a `StepContext`. An ``async
                def`` is awaited in the run's nursery, a ``def`` is called in a worker thread, a lambda in place. An
                awaitable that it returns is awaited.
            depends_on: Slugs of earlier steps whose outputs the handler reads: a list or a tuple.
            thread: Whether a ``def`` is called in a worker thread. If not, it is called in place and must not block.
            **options: How the step is retried, timed out and skipped. See `StepOptions`.

        Raises:
            FlowDefinitionError: The step is not valid. The subclass says why.
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
        """Return a flow with one more map step, which calls its handler for each item of a list.

        The output is a list of the handler's outputs, in the order of the items. An empty list gives an empty list
        immediately. Each item has its own attempts and timeout. A skipped source counts as an empty list (pgflow).

        Args:
            slug: Name of the step, unique in the flow.
            handler: Takes one item. If it has a second parameter without a default, it also takes a `StepContext`,
                which has the flow input.
            over: Slug of the step whose output, a list or a tuple, has the items. ``run`` for the flow input.
            max_concurrency: How many items may be executed concurrently. Default: 100.
            thread: As in `step`.
            **options: As in `step`. The timeout and the attempts apply to each item.

        Raises:
            FlowDefinitionError: The step is not valid. The subclass says why.
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
        """Return a flow in which one step has another handler, such as a fake in a test.

        Args:
            slug: Slug of the step.
            handler: Takes and returns the same types as the handler that it replaces. The mypy plugin checks both.
            thread: As in `step`.

        Raises:
            UnknownStepError: The flow has no such step.
            InvalidHandlerError: The new handler is not valid.
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
        """Run the flow in this process, and return the outputs of all steps by slug.

        In trio, the steps run in a nursery. Cancelling the surrounding scope cancels every handler. A handler in a
        worker thread cannot be interrupted, so it is awaited. It may call ``trio.from_thread.check_cancelled`` to stop
        early.

        In asyncio, the run is a trio program in a thread of its own, which does not block the event loop. Cancelling
        the task cancels the run and waits until it has cleaned up.

        Args:
            flow_input: The flow input. pydantic validates it strictly before anything starts.
            **options: See `RunOptions`.

        Raises:
            InvalidInputError: The input is not of the flow's input type.
            InvalidOptionError: An option is not valid.
            FlowDefinitionError: pydantic cannot validate a declared type.
            StepFailedError: A step failed, and all others were cancelled. The cause is the handler's own exception.
            RuntimeError: Neither trio nor asyncio is running.
        """
        ...

    def start(self, flow_input: Input, **options: Unpack[RunOptions]) -> AbstractAsyncContextManager[Run[Steps_co]]:
        """Start a run in trio, and return a context manager that gives its handle.

        The ``async with`` block ends when the run has ended. An exception in the block cancels the run. The handle
        keeps all events.

        Args:
            flow_input: As in `run`.
            **options: As in `run`.

        Raises:
            InvalidInputError: The input is not of the flow's input type.
            InvalidOptionError: An option is not valid.
            FlowDefinitionError: pydantic cannot validate a declared type.
            StepFailedError: A step failed, and the block did not await the outputs. Raised where the block ends.
            RuntimeError: trio is not running.
        """
        ...

    def run_sync(self, flow_input: Input, **options: Unpack[RunOptions]) -> Steps_co:
        """Run the flow as `run` does, and block until the run has ended. For programs that are not async.

        It also works in asyncio and in a notebook cell, but blocks the event loop. Await `run` there.

        Raises:
            RuntimeError: It was called inside a trio program, which must await `run` instead.
        """
        ...

    def sealed(self, steps: type[Sealed]) -> Flow[Input, Sealed, Slugs_contra, Cascaded_co]:
        """Return this flow, whose outputs have the type of a TypedDict that you name.

        Use a TypedDict that ``typedflow stubs`` wrote, or write one. The mypy plugin checks that it has exactly the
        flow's steps. At run time nothing changes.

        Args:
            steps: The TypedDict, with the slug of each step as a key.
        """
        ...

    def leaf_outputs(self, outputs: Mapping[str, Any]) -> dict[str, Any]:
        """Return the outputs of the leaf steps only. In pgflow, they are the output of a run.

        Args:
            outputs: The outputs of a run of this flow.

        Raises:
            KeyError: The outputs are from another flow.
        """
        ...

    def get_step(self, slug: str) -> StepDefinition:
        """Return the definition of a step.

        Raises:
            KeyError: The flow has no such step.
        """
        ...
