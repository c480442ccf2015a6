"""Any object may pass between steps: where pydantic has no schema for a class, ``isinstance`` is asked."""

import asyncio
import collections
import dataclasses
import multiprocessing
import threading
import types
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator, Iterator
from typing import (
    IO,
    Annotated,
    Any,
    Generic,
    NewType,
    Optional,
    Protocol,
    TextIO,
    TypedDict,
    TypeVar,
    Union,
    runtime_checkable,
)

import numpy as np
import pydantic
import pytest
import trio
from pydantic_core import core_schema

from tests.unit.definition.declared_types import Plain
from typedflow import FlowDefinition, InvalidHandlerError, InvalidInputError, InvalidInputTypeError, InvalidOutputError
from typedflow._definition.validation import decode_input, output_validator, validate_input

T = TypeVar("T")
Json = dict[str, "Json"] | list["Json"] | str
Tree = Union[list["Tree"], Plain]  # noqa: UP007  the old spelling is in use
Wrapped = NewType("Wrapped", Plain)


class Frame:
    """Stands for a data frame or a client: pydantic knows nothing of it."""


class Wide(Frame):
    pass


class Box(Generic[T]):
    pass


class Frames(TypedDict):
    first: Frame
    others: list[Frame]


@dataclasses.dataclass
class Report:
    frame: Frame
    lock: threading.Lock = dataclasses.field(default_factory=threading.Lock)


class Model(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(arbitrary_types_allowed=True)
    frame: Frame


class Closing(Protocol):
    def close(self) -> None: ...


@runtime_checkable
class Counting(Protocol):
    def count(self) -> int: ...


class Counter:
    def count(self) -> int:
        return 1


class Closable(TypedDict):
    inner: Closing
    number: int


FRAME = Frame()
ARRAY = np.zeros(3)


def check(declared: Any, output: object) -> None:
    """Check an output of a handler that declares a type."""

    def handler(inputs: Any) -> Any:
        return output

    handler.__annotations__["return"] = declared
    definition = FlowDefinition("shop", int).with_step("only", handler)
    validate = output_validator(definition, definition.steps[0])
    assert validate is not None
    validate(output)


@pytest.mark.parametrize(
    ("declared", "output"),
    [
        (Frame, FRAME),
        (Frame, Wide()),
        (Optional[Frame], None),  # noqa: UP045  the old spelling is in use
        (Frame | int, 1),
        (list[Frame], [FRAME]),
        (dict[str, list[Frame | None]], {"a": [FRAME, None]}),
        (tuple[Frame, ...], (FRAME,)),
        (Frames, {"first": FRAME, "others": []}),
        (Report, Report(FRAME)),
        (Model, Model(frame=FRAME)),
        (Box[int], Box()),
        (np.ndarray[Any, np.dtype[np.float64]], ARRAY),
        (np.float64, np.float64(1)),
        (Wrapped, Wrapped(Plain())),
        (T, FRAME),
        (ValueError, ValueError("as an output")),
        (range, range(3)),
        (type[Frame], Wide),
        (Closing, FRAME),
        (Closable, {"inner": FRAME, "number": 1}),
        (Counting, Counter()),
        (pydantic.InstanceOf[Frame], FRAME),
        (pydantic.SkipValidation[Frame], 1),
        (Annotated[Frame, pydantic.SkipValidation], 1),
        (Annotated[Frame, "of sales"], FRAME),
        (Annotated[Frame, pydantic.GetPydanticSchema(lambda _, __: core_schema.any_schema())], FRAME),
        (Annotated[Frame, pydantic.PlainValidator(lambda value: value)], FRAME),
        (collections.defaultdict[str, Frame], collections.defaultdict(Frame)),
        (Json, {"a": ["b", {"c": "d"}]}),
        (list[Json], ["a"]),
        (Tree, [[Plain()]]),
    ],
)
def test_an_object_of_the_declared_class_passes(declared: Any, output: object) -> None:
    check(declared, output)


@pytest.mark.parametrize(
    ("declared", "output", "problem"),
    [
        (Frame, Plain, "Frame: Input should be an instance of Frame"),
        (Frame, None, "Frame: Input should be an instance of Frame (given None)"),
        (dict[str, Frame], {"a": 1}, "a: Input should be an instance of Frame (given 1)"),
        (Frames, {"first": FRAME, "others": [1]}, "others.0: Input should be an instance of Frame (given 1)"),
        (np.ndarray[Any, Any], [1], "Input should be an instance of ndarray (given [1])"),
        (Closable, {"inner": FRAME, "number": "1"}, "number: Input should be a valid integer (given '1')"),
        (Counting, FRAME, "Input should be an instance of Counting"),
        (collections.defaultdict[str, Frame], {}, "Input should be an instance of defaultdict (given {})"),
        (Json, {"a": [1]}, "dict.a.list.0.dict: Input should be a valid dictionary (given 1)"),
    ],
)
def test_another_one_is_refused(declared: Any, output: object, problem: str) -> None:
    with pytest.raises(InvalidOutputError) as caught:
        check(declared, output)
    assert problem in str(caught.value)


ITERATOR = "an iterator, which can be read only once: its return type is {}. Make it a list."
FUNCTION = "a function: its return type is {}. Return its result."
LOCK = "a lock: its return type is {}. Create it outside of the flow."


@pytest.mark.parametrize(
    ("declared", "problem"),
    [
        (Iterator[int], ITERATOR),
        (Generator[int, None, None], ITERATOR),
        (AsyncIterator[int], ITERATOR),
        (Optional[Iterator[int]], ITERATOR),  # noqa: UP045  so that its name is the same everywhere
        (dict[str, list[Iterator[int]]], ITERATOR),
        (Annotated[Iterator[int], "rows"], ITERATOR),
        (NewType("Rows", Iterator), ITERATOR),
        (map, ITERATOR),
        (TextIO, "a file, which can be read only once: its return type is {}. Return its content or its path."),
        (IO[str], "a file, which can be read only once: its return type is {}. Return its content or its path."),
        (list[Coroutine[Any, Any, int]], "a coroutine that was not awaited: its return type is {}. Await it."),
        (list[Awaitable[int]], "a coroutine that was not awaited: its return type is {}. Await it."),
        (Callable[[], int], FUNCTION),
        (types.FunctionType, FUNCTION),
        (types.ModuleType, "a module: its return type is {}. Return what is in it."),
        (threading.Lock, LOCK),
        (list[threading.Lock], LOCK),
        (threading.Semaphore, LOCK),
        (asyncio.Lock, LOCK),
        (trio.Lock, LOCK),
        (type(multiprocessing.Lock()), LOCK),
    ],
)
def test_a_type_that_no_step_can_use_is_refused_before_anything_runs(declared: Any, problem: str) -> None:
    with pytest.raises(InvalidHandlerError) as caught:
        check(declared, None)
    name = declared.__name__ if isinstance(declared, type) else str(declared).replace("typing.", "")
    assert str(caught.value) == f'flow "shop", step "only": the handler outputs {problem.format(name)}'


@pytest.mark.parametrize("declared", [Iterator[int] | str, Callable[[], int] | str, trio.Lock | str])
def test_a_union_is_not_refused_if_a_part_of_it_can_be_used(declared: Any) -> None:
    check(declared, "text")


def test_a_flow_input_may_be_such_an_object() -> None:
    assert validate_input(FlowDefinition("shop", Frame), FRAME) is FRAME
    with pytest.raises(InvalidInputError) as caught:
        validate_input(FlowDefinition("shop", Frame), 1)
    assert str(caught.value) == (
        'flow "shop": the input is not a valid Frame: Input should be an instance of Frame (given 1)'
    )


def test_json_gives_no_such_object() -> None:
    with pytest.raises(InvalidInputError, match="Frame: JSON has no objects of this class"):
        decode_input(FlowDefinition("shop", Frame), "{}")


def test_a_flow_input_that_no_step_can_use_is_refused() -> None:
    with pytest.raises(InvalidInputTypeError) as caught:
        validate_input(FlowDefinition("shop", Iterator[int]), iter([1]))
    assert str(caught.value) == (
        'flow "shop": the flow input is an iterator, which can be read only once: its type is '
        "collections.abc.Iterator[int]. Make it a list."
    )
