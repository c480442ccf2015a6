"""What a handler may return: any object, unless no step can use it or only one reader can."""

import csv
import io
import itertools
import threading
from collections.abc import AsyncIterator, Iterable
from typing import Any
from unittest.mock import AsyncMock, MagicMock, Mock

import pytest
import trio

from tests.conformance.handlers import flow
from tests.conformance.runner import Runner


async def rows() -> AsyncIterator[int]:
    yield 1


class Pages:
    """An async iterator without a generator."""

    def __aiter__(self) -> "Pages":
        return self

    async def __anext__(self) -> int:
        raise StopAsyncIteration


SINGLE_USE = {
    "generator": lambda: (row for row in [1]),
    "async_generator": rows,
    "map": lambda: map(int, ["1"]),
    "filter": lambda: filter(None, [1]),
    "zip": lambda: zip([1], [2], strict=True),
    "enumerate": lambda: enumerate([1]),
    "list_iterator": lambda: iter([1]),
    "islice": lambda: itertools.islice([1], 1),
    "reader": lambda: csv.reader(["a"]),
    "DictReader": lambda: csv.DictReader(["a"]),
    "Pages": Pages,
}


@pytest.mark.parametrize("kind", SINGLE_USE)
@pytest.mark.parametrize("way", ["async", "thread", "lambda"])
def test_an_iterator_is_refused(run: Runner, kind: str, way: str) -> None:
    make: Any = SINGLE_USE[kind]

    async def in_nursery(_: object) -> object:
        return make()

    def in_thread(_: object) -> object:
        return make()

    handlers = {"async": in_nursery, "thread": in_thread, "lambda": lambda _: make()}
    outcome = run(flow(max_attempts=2, when_exhausted="skip").with_step("a", handlers[way]))
    assert str(outcome.error) == (
        'flow "f": step "a" failed at attempt 1: InvalidOutputError: the output is not valid: it is an iterator '
        f"({kind}), which can be read only once; make it a list"
    )
    assert outcome.events.attempts("a") == 1


def test_an_iterator_is_refused_where_a_type_allows_it(run: Runner) -> None:
    def rows(_: object) -> Iterable[int]:
        return (row for row in [1])

    outcome = run(flow().with_step("a", rows))
    assert outcome.error is not None
    assert outcome.error.reason.endswith("it is an iterator (generator), which can be read only once; make it a list")


def test_an_iterator_is_refused_as_the_output_of_an_item(run: Runner) -> None:
    outcome = run(flow().with_map("a", lambda item: iter([item]), "run"), [1, 2])
    assert outcome.error is not None
    assert outcome.error.item == 0
    assert outcome.error.reason.endswith("(list_iterator), which can be read only once; make it a list")


def test_a_file_is_refused(run: Runner) -> None:
    outcome = run(flow().with_step("a", lambda _: io.StringIO()))
    assert outcome.error is not None
    assert outcome.error.reason == (
        "InvalidOutputError: the output is not valid: it is a file (StringIO), which can be read only once; return its "
        "content or its path"
    )


def test_a_coroutine_that_was_not_awaited_is_refused(run: Runner) -> None:
    async def fetch() -> int:
        return 1

    async def forgetful(_: object) -> object:
        return fetch()

    outcome = run(flow().with_step("a", forgetful))
    assert outcome.error is not None
    assert outcome.error.reason == (
        "InvalidOutputError: the output is not valid: it is a coroutine that was not awaited; await it"
    )


UNUSABLE = {
    "a function (score); return its result": lambda: score,
    "a function (builtin_function_or_method); return its result": lambda: len,
    "a function (method); return its result": lambda: Pages().__aiter__,
    "a module (module); return what is in it": lambda: csv,
    "a lock (lock); create it outside of the flow": threading.Lock,
    "a lock (RLock); create it outside of the flow": threading.RLock,
    "a lock (Lock); create it outside of the flow": trio.Lock,
}


def score(row: int) -> int:
    return row


@pytest.mark.parametrize("problem", UNUSABLE)
def test_what_no_step_can_use_is_refused(run: Runner, problem: str) -> None:
    make: Any = UNUSABLE[problem]
    outcome = run(flow().with_step("a", lambda _: make()))
    assert outcome.error is not None
    assert outcome.error.reason == f"InvalidOutputError: the output is not valid: it is {problem}"


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (
            lambda: [1, iter([1])],
            "its item 1 is an iterator (list_iterator), which can be read only once; make it a list",
        ),
        (lambda: (score,), "its item 0 is a function (score); return its result"),
        (lambda: {map(int, "1")}, "its item 0 is an iterator (map), which can be read only once; make it a list"),
        (
            lambda: {"size": 1, "rows": (row for row in [1])},
            "its value of 'rows' is an iterator (generator), which can be read only once; make it a list",
        ),
    ],
)
def test_it_is_refused_in_a_container_too(run: Runner, make: Any, problem: str) -> None:
    outcome = run(flow().with_step("a", lambda _: make()))
    assert outcome.error is not None
    assert outcome.error.reason == f"InvalidOutputError: the output is not valid: {problem}"


def test_a_coroutine_in_a_list_is_refused_and_closed(run: Runner) -> None:
    async def fetch() -> int:
        return 1

    outcome = run(flow().with_step("a", lambda _: [fetch()]))
    assert outcome.error is not None
    assert outcome.error.reason.endswith("its item 0 is a coroutine that was not awaited; await it")


class Frame:
    """Stands for a data frame or a client: pydantic knows nothing of it."""


@pytest.mark.unstorable
def test_an_object_of_any_class_is_handed_over_as_it_is(run: Runner) -> None:
    frame = Frame()

    def load(_: object) -> Frame:
        return frame

    def held(inputs: Any) -> dict[str, list[Frame]]:
        return {"frames": [inputs["load"]]}

    outcome = run(flow().with_step("load", load).with_step("held", held, ["load"]))
    assert outcome.outputs["load"] is outcome.outputs["held"]["frames"][0] is frame


@pytest.mark.unstorable
def test_an_object_of_another_class_than_the_declared_one_is_refused(run: Runner) -> None:
    def load(_: object) -> Frame:
        return {}  # type: ignore[return-value]

    outcome = run(flow().with_step("load", load))
    assert outcome.error is not None
    assert outcome.error.reason == (
        "InvalidOutputError: the output is not a valid Frame: Input should be an instance of Frame (given {})"
    )


@pytest.mark.unstorable
@pytest.mark.parametrize(
    "output", [range(3), {1: 2}.keys(), {1: 2}.items(), "text", memoryview(b""), MagicMock(), Mock(), AsyncMock(), list]
)
def test_what_can_be_used_twice_is_handed_over_as_it_is(run: Runner, output: object) -> None:
    outcome = run(flow().with_step("a", lambda _: output).with_step("b", lambda i: i["a"], ["a"]))
    assert outcome.outputs["a"] is outcome.outputs["b"] is output
