"""Which keys of its step input a handler is said to read."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Generic, NotRequired, TypedDict, TypeVar

import pytest
from typing_extensions import TypedDict as TypedDictWithExtras

from typedflow import StepContext, StepInput  # noqa: TC001  the annotations are read
from typedflow._definition.handler import Handler
from typedflow._definition.read_keys import read_keys

if TYPE_CHECKING:
    from collections.abc import Callable

    class Hidden(TypedDict):
        price: float


T = TypeVar("T")


class Price(TypedDict):
    price: float
    run: NotRequired[str]


class Box(TypedDict, Generic[T]):
    content: T


class Open(TypedDictWithExtras, extra_items=int):  # type: ignore[call-arg]  # mypy does not know it yet
    price: float


class Nothing(TypedDict):
    pass


def plain(inputs: Price) -> float:
    return inputs["price"]


def with_context(inputs: Box[int], context: StepContext[Any]) -> str:
    return f"{inputs}{context}"


def bound(factor: float, inputs: Price) -> float:
    return factor * inputs["price"]


def without_input(inputs: Nothing) -> None:
    del inputs


def anything(inputs: StepInput) -> object:
    return inputs


def hidden(inputs: Hidden) -> object:
    return inputs


def open_to_others(inputs: Open) -> object:
    return inputs


class Callables:
    def __call__(self, inputs: Price) -> float:
        return inputs["price"]

    def method(self, inputs: Price) -> float:
        return inputs["price"]


@functools.wraps(plain)
def wrapper(*args: Any) -> float:
    return plain(*args)


@pytest.mark.parametrize(
    ("function", "keys"),
    [
        (plain, {"price", "run"}),
        (with_context, {"content"}),
        (functools.partial(bound, 2.0), {"price", "run"}),
        (Callables(), {"price", "run"}),
        (Callables().method, {"price", "run"}),
        (without_input, set()),
    ],
)
def test_a_typed_dict_says_which_keys_a_handler_reads(function: Callable[..., Any], keys: set[str]) -> None:
    assert read_keys(Handler.of(function)) == frozenset(keys)


@pytest.mark.parametrize("function", [anything, lambda i: i, hidden, open_to_others, wrapper, len, dict])
def test_without_one_it_may_read_any_key(function: Callable[..., Any]) -> None:
    assert read_keys(Handler.of(function)) is None
