"""Errors keep what they were given, say what to do, and survive pickling."""

import math
import pickle
from datetime import timedelta
from typing import Any

import pytest

import typedflow
from typedflow import (
    ConditionUnmetError,
    InvalidConditionError,
    InvalidHandlerError,
    InvalidInputError,
    InvalidInputTypeError,
    InvalidMapSourceError,
    InvalidOptionError,
    InvalidOutputError,
    InvalidRetryError,
    InvalidStepOptionError,
    NoJsonFormError,
    PermanentError,
    PredicateError,
    RetryAfter,
    RunCancelledError,
    RunTimeoutError,
    StepFailedError,
    StepTimeoutError,
    StoredValueError,
    TypedflowError,
    UndeclaredInputError,
    UnknownStepError,
    UnstorableValueError,
)

LONGER = "Give the step a longer timeout if it needs one."
PLAIN = "Make it plain data, a dataclass or a pydantic model, nested at most 200 levels deep."
ERRORS: list[tuple[TypedflowError, str]] = [
    (InvalidHandlerError("f", "a", "it is wrong."), 'flow "f", step "a": it is wrong.'),
    (InvalidInputTypeError("f", "it is wrong."), 'flow "f": it is wrong.'),
    (
        InvalidStepOptionError("f", "a", "jitter", 2, "a number from 0 to 1"),
        'flow "f", step "a": jitter must be a number from 0 to 1, not 2.',
    ),
    (
        InvalidStepOptionError("f", None, "jitter", "x" * 100, "a number from 0 to 1"),
        f'flow "f": jitter must be a number from 0 to 1, not \'{"x" * 79}.',
    ),
    (InvalidConditionError("f", "a", "if_", "if_[0] is wrong."), 'flow "f", step "a": if_[0] is wrong.'),
    (
        UnknownStepError("f", "b", ("a", "c")),
        'flow "f", step "b": the flow has no such step. Its steps are "a", "c".',
    ),
    (
        UnknownStepError("f", "pages", ("page", "c")),
        'flow "f", step "pages": the flow has no such step. Did you mean "page"?',
    ),
    (UnknownStepError("f", 1, ()), 'flow "f", step "1": the flow has no steps.'),
    (InvalidOptionError("flow", "limit", 0, "at least 1"), 'flow "flow": limit must be at least 1, not 0.'),
    (InvalidInputError("f", "Page", ("a: no", "b: no")), 'flow "f": the input is not a valid Page: a: no; b: no'),
    (
        InvalidOutputError("f", "a", "Page", ("a: no",)),
        'flow "f", step "a": the output is not a valid Page: a: no',
    ),
    (
        UnstorableValueError("f", "a", 'output["b"][3].c', "it is a set", "Make it a list"),
        'flow "f", step "a": output["b"][3].c cannot be stored: it is a set. Make it a list.',
    ),
    (
        UnstorableValueError("f", "run", "input", "it is\x07 a set", "Make it a list"),
        'flow "f": the input cannot be stored: it is\\x07 a set. Make it a list.',
    ),
    (StoredValueError("f", "run", "it is wrong"), 'flow "f": the stored input cannot be read: it is wrong'),
    (
        StoredValueError("f", "a", "it is wrong"),
        'flow "f": the stored output of step "a" cannot be read: it is wrong',
    ),
    (
        UndeclaredInputError("a", "b", ()),
        'step "a" reads "b", which it does not depend on; it has no dependencies. Add "b" to depends_on.',
    ),
    (
        InvalidInputError("f", "Page", ("a\x1b[2J: no.", "b: \u202eno.")),
        'flow "f": the input is not a valid Page: a\\x1b[2J: no; b: \\u202eno',
    ),
    (
        InvalidOutputError("f", "a", None, ("it is\x07 an iterator",)),
        'flow "f", step "a": the output is not valid: it is\\x07 an iterator',
    ),
    (
        UndeclaredInputError("a", "\x1b[2J", ("b",)),
        'step "a" reads "\\x1b[2J", which it does not depend on; it depends on "b". Add "\\x1b[2J" to depends_on.',
    ),
    (
        NoJsonFormError("f", "a", "\x1b"),
        f'flow "f": the output of step "a", which a condition tests, has no JSON form: \\x1b. {PLAIN}',
    ),
    (PermanentError("the page is gone"), "the page is gone"),
    (PermanentError(), ""),
    (
        StepTimeoutError("f", "a", 2, 0.5),
        f'flow "f", step "a": attempt 2 was cancelled after its timeout of 0.5 s. {LONGER}',
    ),
    (
        StepTimeoutError("f", "a", 1, 60.0),
        f'flow "f", step "a": attempt 1 was cancelled after its timeout of 60 s. {LONGER}',
    ),
    (
        ConditionUnmetError("f", "a", "if_", {"b": 1}),
        (
            'flow "f", step "a": the condition is unmet: the tested value does not contain if_={\'b\': 1}, '
            'and when_unmet is "fail".'
        ),
    ),
    (
        ConditionUnmetError("f", "a", "if_not", None),
        'flow "f", step "a": the condition is unmet: the tested value contains if_not=None, and when_unmet is "fail".',
    ),
    (
        ConditionUnmetError("f", "a", "if_", len),
        'flow "f", step "a": the condition is unmet: if_ returned False, and when_unmet is "fail".',
    ),
    (
        ConditionUnmetError("f", "a", "if_not", len),
        'flow "f", step "a": the condition is unmet: if_not returned True, and when_unmet is "fail".',
    ),
    (PredicateError("f", "a", "if_", "raised KeyError: 'x'"), 'flow "f", step "a": if_ raised KeyError: \'x\''),
    (
        InvalidMapSourceError("f", "a", "b", "dict", "Make it a list."),
        'flow "f", step "a": it maps over the output of step "b", which is a dict. Make it a list.',
    ),
    (
        InvalidMapSourceError("f", "a", "run", "str", "Make it a list."),
        'flow "f", step "a": it maps over the flow input, which is a str. Make it a list.',
    ),
    (
        NoJsonFormError("f", "a", "it is wrong"),
        f'flow "f": the output of step "a", which a condition tests, has no JSON form: it is wrong. {PLAIN}',
    ),
    (
        NoJsonFormError("f", "run", "it is wrong"),
        f'flow "f": the flow input, which a condition tests, has no JSON form: it is wrong. {PLAIN}',
    ),
    (RetryAfter(30), "retry after 30 s"),
    (RetryAfter(timedelta(minutes=1.5), "503: busy"), "503: busy"),
    (InvalidRetryError("f", "a", "retry_on", "it is wrong"), 'flow "f", step "a": it is wrong'),
    (
        RunTimeoutError("f", "1234", 2.5, ("a", "b")),
        'flow "f": run 1234 was cancelled after its timeout of 2.5 s; these steps were running: "a", "b".',
    ),
    (
        RunTimeoutError("f", "1234", 60, ()),
        'flow "f": run 1234 was cancelled after its timeout of 60 s; no step was running.',
    ),
    (RunCancelledError("f", "1234"), 'flow "f": run 1234 was cancelled, so it has no outputs.'),
    (StepFailedError("f", "a", 2, "ValueError: no"), 'flow "f": step "a" failed at attempt 2: ValueError: no'),
    (StepFailedError("f", "a", 0, "it is wrong."), 'flow "f": step "a" failed: it is wrong.'),
    (StepFailedError("f", "a", 2, "no", 7), 'flow "f": step "a" failed at item 7, at attempt 2: no'),
    (StepFailedError("f", "a", 0, "no", 7), 'flow "f": step "a" failed at item 7: no'),
]


@pytest.mark.parametrize(("error", "text"), ERRORS, ids=lambda value: type(value).__name__)
def test_an_error_says_everything_and_survives_pickling(error: TypedflowError, text: str) -> None:
    twin = pickle.loads(pickle.dumps(error))  # noqa: S301  its own data
    assert str(error) == str(twin) == text
    assert type(twin) is type(error)
    assert vars(twin) == vars(error)


@pytest.mark.parametrize("error", [StepFailedError("f", "a", 1, "no"), RunTimeoutError("f", "1", 2, ())])
def test_the_outputs_that_an_error_has_are_not_pickled(error: StepFailedError | RunTimeoutError) -> None:
    error.outputs = {"client": lambda: None}
    error.add_note("more")
    twin = pickle.loads(pickle.dumps(error))  # noqa: S301  its own data
    assert (str(twin), twin.outputs, twin.__notes__) == (str(error), {}, ["more"])


@pytest.mark.parametrize("delay", [-1, math.inf, math.nan, "30", None, True, timedelta(-1)])
def test_a_retry_after_takes_a_duration(delay: Any) -> None:
    with pytest.raises(ValueError, match=r"^RetryAfter: the delay must be a finite duration of at least 0 ") as caught:
        RetryAfter(delay)
    assert str(caught.value).endswith(f"(seconds or a timedelta), not {delay!r:.80}.")


def test_a_timeout_has_no_error_number_of_the_operating_system() -> None:
    error = StepTimeoutError("f", "a", 1, 60.0)
    assert (error.errno, error.strerror, error.filename) == (None, None, None)


def test_an_error_is_one_of_pythons_own_where_there_is_one() -> None:
    for error, kind in (
        (StepTimeoutError, TimeoutError),
        (InvalidMapSourceError, TypeError),
        (NoJsonFormError, TypeError),
        (InvalidStepOptionError, ValueError),
        (InvalidConditionError, ValueError),
        (UnknownStepError, ValueError),
        (UndeclaredInputError, KeyError),
    ):
        assert issubclass(error, kind)


def test_every_error_has_one_root_and_is_exported() -> None:
    errors = [value for value in vars(typedflow.exceptions).values() if isinstance(value, type)]
    for error in errors:
        assert issubclass(error, TypedflowError)
        assert error.__name__ in typedflow.__all__


def test_the_notes_of_a_failure_survive_pickling() -> None:
    error = StepFailedError("f", "a", 1, "ValueError: no")
    error.add_note("and another")
    assert pickle.loads(pickle.dumps(error)).__notes__ == ["and another"]  # noqa: S301  its own data
