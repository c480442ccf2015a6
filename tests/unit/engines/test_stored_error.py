"""An exception is stored as text, whatever it is."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
import trio

from typedflow import Flow, StepFailedError
from typedflow.engines._stored_error import stored_error
from typedflow.stores import StoredError


class BrokenError(Exception):
    __notes__: Any = 5

    def __str__(self) -> str:
        raise LookupError


class ShownError(Exception):
    class InnerError(Exception):
        pass


def of_step(handler: Any) -> StoredError:
    flow: Any = Flow("shop", int)
    with pytest.raises(StepFailedError) as caught:
        flow.step("rows", handler).run_sync(1)
    assert caught.value.__cause__ is not None
    return stored_error(caught.value.__cause__)


def test_an_exception_without_a_traceback_is_its_class_and_its_message() -> None:
    assert stored_error(KeyError("a")) == StoredError("KeyError", "'a'")
    assert stored_error(ShownError.InnerError()) == StoredError(f"{__name__}.ShownError.InnerError", "")


def test_the_traceback_begins_in_the_handler_and_has_causes_and_notes() -> None:
    async def handler(inputs: Any) -> int:
        try:
            return int("a")
        except ValueError as error:
            error.add_note("a note")
            failure = LookupError("no number")
            failure.add_note("first")
            failure.add_note("second\nline")
            raise failure from error

    stored = of_step(handler)
    assert stored[:3] == ("LookupError", "no number", ("first", "second\nline"))
    lines = [line for line in stored.traceback.splitlines() if "^" not in line and "File" not in line]
    assert lines == [
        "Traceback (most recent call last):",
        '    return int("a")',
        "ValueError: invalid literal for int() with base 10: 'a'",
        "a note",
        "",
        "The above exception was the direct cause of the following exception:",
        "",
        "Traceback (most recent call last):",
        "    raise failure from error",
        "LookupError: no number",
        "first",
        "second",
        "line",
    ]


def test_typedflows_own_frames_are_left_out() -> None:
    async def handler(inputs: Any) -> int:
        number: int = inputs["missing"]
        return number

    stored = of_step(handler)
    assert stored.type == "typedflow.exceptions.run.UndeclaredInputError"
    assert stored.traceback.count("File ") == 1
    assert 'number: int = inputs["missing"]' in stored.traceback


def test_a_group_has_the_tracebacks_of_its_members() -> None:
    async def fail() -> None:
        raise ValueError("inner")

    async def handler(inputs: Any) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(fail)
            nursery.start_soon(fail)

    stored = of_step(handler)
    assert stored.type == "ExceptionGroup"
    assert stored.traceback.count("    | ValueError: inner") == 2
    assert stored.traceback.count("raise ValueError") == 2


def test_what_a_terminal_obeys_and_what_has_no_encoding_is_escaped() -> None:
    error = ValueError("\x1b[31mred\ud800\nnext")
    error.add_note("\x07bell")
    error.__cause__ = KeyError("\x1b[2J")
    stored = stored_error(error)
    assert (stored.message, stored.notes) == ("\\x1b[31mred\\ud800\nnext", ("\\x07bell",))
    assert stored.traceback.isprintable() is False
    assert not {"\x1b", "\ud800", "\x07"} & set(stored.traceback)


def test_it_is_shortened() -> None:
    error = ValueError("a" * 10**6)
    for number in range(30):
        error.add_note(str(number))
    error.__cause__ = KeyError("b" * 10**6)
    stored = stored_error(error)
    assert stored.message == f"{'a' * 20_000}\n... (1,000,000 characters)\n{'a' * 20_000}"
    assert stored.notes == (*map(str, range(20)), "(10 more notes)")
    assert len(stored.traceback) < 50_000


def test_an_exception_that_cannot_be_shown_is_stored() -> None:
    stored = stored_error(BrokenError())
    assert stored[:3] == (f"{__name__}.BrokenError", "(its message cannot be shown)", ("(its notes cannot be shown)",))
    odd: Any = SyntaxError("odd")
    odd.lineno, odd.text, odd.offset = "x", 5, object()
    odd.__cause__ = odd
    assert stored_error(odd)[:3] == ("SyntaxError", "odd (line x)", ()) or stored_error(odd).type == "SyntaxError"


def test_exceptions_that_cause_each_other_are_shown_once() -> None:
    one, other = ValueError("one"), ValueError("other")
    one.__cause__, other.__cause__ = other, one
    assert stored_error(one).traceback.count("ValueError: other") == 1


def test_endless_recursion_is_short() -> None:
    def again() -> None:
        again()

    with contextlib.suppress(RecursionError):
        again()
    with pytest.raises(RecursionError) as caught:
        again()
    assert "[Previous line repeated" in stored_error(caught.value).traceback
