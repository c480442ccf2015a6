"""What a handler may return: anything that can be used more than once."""

import csv
import io
import itertools
from collections.abc import AsyncIterator, Iterable
from typing import Any
from unittest.mock import AsyncMock, MagicMock, Mock

import pytest

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


@pytest.mark.parametrize(
    "output", [range(3), {1: 2}.keys(), {1: 2}.items(), "text", memoryview(b""), MagicMock(), Mock(), AsyncMock(), list]
)
def test_what_can_be_used_twice_is_handed_over_as_it_is(run: Runner, output: object) -> None:
    outcome = run(flow().with_step("a", lambda _: output).with_step("b", lambda i: i["a"], ["a"]))
    assert outcome.outputs["a"] is outcome.outputs["b"] is output
