"""Exceptions in one line: short, without control characters, and with the exceptions of a group."""

from typing import Any

import pytest
from typing_extensions import override

from typedflow import RemoteError
from typedflow._text import escaped, in_one_line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text, ümläuts, 日本, 👩‍🔬 and \\ backslashes", "plain text, ümläuts, 日本, 👩‍🔬 and \\ backslashes"),
        ("\x1b[2J\x1b]0;title\x07", "\\x1b[2J\\x1b]0;title\\x07"),
        ("one\r\ntwo\tthree\x00", "one\\r\\ntwo\\tthree\\x00"),
        ("\x7f\x9b31m\x85", "\\x7f\\x9b31m\\x85"),
        ("\u2028\u2029\u202emoc.live\u2066", "\\u2028\\u2029\\u202emoc.live\\u2066"),
        ("\ud800 \udcff", "\\ud800 \\udcff"),
    ],
)
def test_control_characters_are_escaped_and_all_others_are_kept(text: str, shown: str) -> None:
    assert escaped(text) == shown
    assert escaped(shown) == shown


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("no"), "ValueError: no"),
        (ValueError(), "ValueError"),
        (ValueError(" \n "), "ValueError"),
        (ValueError("one\n\n  two\r\nthree\x0bfour"), "ValueError: one two three four"),
        (ValueError("\x1b[31mred\x1b[0m \x08"), "ValueError: \\x1b[31mred\\x1b[0m \\x08"),
        (type("Odd\x1b", (Exception,), {})("no"), "Odd\\x1b: no"),
        (KeyError("k"), "KeyError: 'k'"),
        (SystemExit(3), "SystemExit: 3"),
        (SystemExit(), "SystemExit"),
    ],
)
def test_an_exception_is_shown_in_one_line(error: BaseException, line: str) -> None:
    assert in_one_line(error) == line


@pytest.mark.parametrize("text", [RuntimeError("not me"), RecursionError(), 5, None, b"bytes"])
def test_an_exception_whose_text_cannot_be_had_is_shown_by_its_type(text: object) -> None:
    class OddError(Exception):
        @override
        def __str__(self) -> Any:
            if isinstance(text, Exception):
                raise text
            return text

    assert in_one_line(OddError()) == "OddError: (its message cannot be shown)"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("x" * 2_000, "ValueError: " + "x" * 2_000),
        ("x" * 2_001, "ValueError: " + "x" * 2_000 + "... (2,001 characters)"),
        ("x" * 5_000_000, "ValueError: " + "x" * 2_000 + "... (5,000,000 characters)"),
        ("\x1b" * 5_000, "ValueError: " + "\\x1b" * 2_000 + "... (5,000 characters)"),
        (" " * 5_000 + "no", "ValueError: no"),
    ],
)
def test_a_long_text_is_shortened(text: str, line: str) -> None:
    assert in_one_line(ValueError(text)) == line


def test_the_exceptions_in_a_group_are_listed() -> None:
    first, second, third = ConnectionError("host a is down"), ValueError("bad\nrow 7"), KeyError("k")
    group = ExceptionGroup("two of them", [first, ExceptionGroup("inner", [second, third])])
    assert in_one_line(group) == (
        "ExceptionGroup: two of them (2 sub-exceptions): ConnectionError: host a is down; ValueError: bad row 7; "
        "KeyError: 'k'"
    )


def test_the_only_exception_in_nested_groups_is_shown_as_it_is() -> None:
    error: Exception = ValueError("no")
    for _ in range(5_000):
        error = ExceptionGroup("outer", [error])
    assert in_one_line(error) == "ValueError: no"


def test_the_first_ten_exceptions_in_a_group_are_listed_and_the_others_counted() -> None:
    group = BaseExceptionGroup("many", [SystemExit("x" * 1_000), *(ValueError(number) for number in range(1, 100_000))])
    listed = "; ".join(f"ValueError: {number}" for number in range(1, 10))
    assert in_one_line(group) == (
        f"BaseExceptionGroup: many (100000 sub-exceptions): SystemExit: {'x' * 200}... (1,000 characters); {listed}; "
        "and 99990 more"
    )


def test_an_exception_of_another_process_is_called_what_it_was_there() -> None:
    assert in_one_line(RemoteError("ValueError", "no such city")) == "ValueError: no such city"
