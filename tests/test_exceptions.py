"""Errors keep what they were given, say what to do, and survive pickling."""

import pickle

import pytest

import typedflow
from typedflow import (
    InvalidHandlerError,
    InvalidInputError,
    InvalidInputTypeError,
    InvalidOptionError,
    InvalidOutputError,
    StepFailedError,
    TypedflowError,
    UndeclaredInputError,
)

ERRORS: list[tuple[TypedflowError, str]] = [
    (InvalidHandlerError("f", "a", "it is wrong."), 'flow "f", step "a": it is wrong.'),
    (InvalidInputTypeError("f", "it is wrong."), 'flow "f": it is wrong.'),
    (InvalidOptionError("limit", 0, "at least 1"), "limit must be at least 1, not 0."),
    (InvalidInputError("f", "Page", ("a: no", "b: no")), 'flow "f": the input is not a valid Page: a: no; b: no'),
    (
        InvalidOutputError("f", "a", "Page", ("a: no",)),
        'flow "f", step "a": the output is not a valid Page: a: no',
    ),
    (
        UndeclaredInputError("a", "b", ()),
        'step "a" reads "b", which it does not depend on; it has no dependencies. Add "b" to depends_on.',
    ),
    (StepFailedError("f", "a", 2, "ValueError: no"), 'flow "f": step "a" failed at attempt 2: ValueError: no'),
]


@pytest.mark.parametrize(("error", "text"), ERRORS, ids=lambda value: type(value).__name__)
def test_an_error_says_everything_and_survives_pickling(error: TypedflowError, text: str) -> None:
    twin = pickle.loads(pickle.dumps(error))  # noqa: S301  its own data
    assert str(error) == str(twin) == text
    assert type(twin) is type(error)
    assert vars(twin) == vars(error)


def test_every_error_has_one_root_and_is_exported() -> None:
    errors = [value for value in vars(typedflow.exceptions).values() if isinstance(value, type)]
    for error in errors:
        assert issubclass(error, TypedflowError)
        assert error.__name__ in typedflow.__all__


def test_the_notes_of_a_failure_survive_pickling() -> None:
    error = StepFailedError("f", "a", 1, "ValueError: no")
    error.add_note("and another")
    assert pickle.loads(pickle.dumps(error)).__notes__ == ["and another"]  # noqa: S301  its own data
