"""What has happened to a task comes back from the text that stands in pgflow's table."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from typedflow.engines.pgflow._history import Failure, TaskHistory, reason_of
from typedflow.stores import StoredError

TEXTS = st.sampled_from(
    ["", "failed", "\n", "[typedflow] ", "\n[typedflow] {}", '"}\n', "\u2028", "\x85", "\r", "{", "\x00", "\U0001f600"]
) | st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
TIMES = st.floats(0, 2e9)
ERRORS = st.builds(StoredError, TEXTS, TEXTS, st.lists(TEXTS, max_size=2).map(tuple), TEXTS)
FAILURES = st.builds(Failure, st.integers(0, 60), TIMES, TIMES, st.none() | TIMES, st.none() | ERRORS)
ENDS = st.sampled_from([None, "failed", "cancelled", "interrupted", "timed_out"])
HISTORIES = st.builds(
    TaskHistory,
    st.lists(FAILURES, max_size=3).map(tuple),
    st.integers(0, 60),
    st.integers(0, 60),
    st.integers(0, 60),
    ENDS,
    st.none() | TIMES,
    st.booleans(),
)


@settings(max_examples=200, deadline=None)
@given(HISTORIES, TEXTS, TEXTS)
def test_any_history_comes_back(history: TaskHistory, reason: str, more: str) -> None:
    text = history.text(reason + more)

    assert TaskHistory.of(text) == history
    assert reason_of(text) == (reason + more).replace("\0", "?")
    assert "\0" not in text


def test_a_message_that_looks_like_a_history_is_a_message() -> None:
    error = StoredError("ValueError", 'no\n[typedflow] {"failures": []}', ("[typedflow] ",), "[typedflow] ")
    history = TaskHistory().failed(Failure(1, 1.0, 2.0, error=error))

    assert TaskHistory.of(history.text("[typedflow] no")) == history


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "boom",
        "boom\nmore",
        "[typedflow] ",
        "[typedflow] {",
        "[typedflow] 5",
        "[typedflow] {}",
        '[typedflow] {"failures": [], "new": 1}',
        '[typedflow] {"failures": []}\nmore',
        'in a line: [typedflow] {"failures": []}',
    ],
)
def test_a_text_of_another_worker_has_no_history(text: str | None) -> None:
    assert TaskHistory.of(text) == TaskHistory()


def test_a_text_of_another_worker_is_a_reason() -> None:
    assert reason_of(None) == ""
    assert reason_of("boom\nmore") == "boom\nmore"


def test_a_reason_that_is_no_text_of_utf_8_is_escaped() -> None:
    text = TaskHistory().text("half \ud800")

    assert text.encode()
    assert reason_of(text) == "half \\ud800"


def test_a_failure_is_counted_and_an_interruption_apart() -> None:
    error = StoredError("ValueError", "no")
    history = TaskHistory().failed(Failure(1, 1.0, 2.0)).failed(Failure(1, 3.0, 4.0, error=error), "failed")

    assert (history.attempts, history.interruptions, history.end, len(history.failures)) == (1, 1, "failed", 2)
    assert history.given_back().returned == 1


def test_only_the_newest_failures_are_kept_and_long_texts_are_cut() -> None:
    history = TaskHistory()
    for attempt in range(1, 61):
        error = StoredError("ValueError", "a" * 5000, ("n" * 5000,), "t" * 9000)
        history = history.failed(Failure(attempt, 1.0, 2.0, error=error))
    kept = TaskHistory.of(history.text("no"))

    assert (kept.attempts, len(kept.failures), kept.failures[0].attempt) == (60, 50, 11)
    assert kept.failures[0].error == StoredError(
        "ValueError",
        f"{'a' * 2000}\n...\n{'a' * 2000}",
        (f"{'n' * 2000}\n...\n{'n' * 2000}",),
        f"{'t' * 2000}\n...\n{'t' * 2000}",
    )
