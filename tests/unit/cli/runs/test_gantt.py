"""The chart of a run."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.unit.cli.runs.stored_runs import NO_ANSWER
from typedflow._cli.runs.gantt import Bar, Span, chart
from typedflow._cli.runs.run_chart import run_chart
from typedflow._cli.runs.run_view import RunView
from typedflow._cli.runs.stored_shape import StoredShape
from typedflow.stores import FailureRecord, RunRecord, StepRecord, StoredValue, TaskRecord

START = datetime(2026, 12, 1, 8, tzinfo=UTC)
DAY = 86_400.0


def after(seconds: float | None) -> datetime | None:
    return None if seconds is None else START + timedelta(seconds=seconds)


def view(tasks: dict[str, tuple[Any, ...]], failures: list[tuple[Any, ...]], now: float, **run: Any) -> RunView:
    """A run whose steps have a task each: status, attempt, start, end; and attempts that failed: step, kind, times."""
    shape = json.dumps({"steps": [{"slug": slug, "kind": "step", "depends_on": []} for slug in tasks]})
    record = RunRecord(
        **{
            "run_id": "r", "flow": "f", "status": "started", "created_at": START, "ended_at": None, "deadline": None,
            "cancel_requested_at": None, "owner": None, "is_interrupted": False, "retrying": 0, "waiting": (),
            "input": StoredValue("1"), "error": None, "fingerprint": "", "shape": shape, **run,
        }
    )  # fmt: skip
    found = {
        slug: TaskRecord(slug, 0, status, attempt, 0, None, after(start), after(end), None)
        for slug, (status, attempt, start, end) in tasks.items()
    }
    steps = {
        slug: StepRecord(slug, "completed", None, None, task.started_at, task.ended_at, {task.status: 1}, None)
        for slug, task in found.items()
    }
    failed = [
        FailureRecord(slug, 0, 1, kind, NO_ANSWER, after(start), after(end) or START)
        for slug, kind, start, end in failures
    ]
    return RunView(record, StoredShape.of(record), steps, found, failed, after(now) or START)


def test_days_between_an_interruption_and_the_resumption_are_shortened() -> None:
    """When it was interrupted is not known. The last sign of life before it was noticed is."""
    tasks = {
        "load": ("completed", 2, DAY, DAY + 8),
        "save": ("completed", 1, 4, 10),
        "mail": ("started", 1, DAY + 8, None),
    }
    failures = [("load", "interrupted", 2, DAY - 1), ("load", "failed", DAY - 1, DAY - 0.5)]
    assert run_chart(view(tasks, failures, now=DAY + 10), 60) == [
        "      0                                            1 d 0 h",
        "load      =================!:     =x==================",
        "save          ==============:",
        "mail                        :                        ====>",
        "= executed  x failed  ! interrupted  > still executed",
        ": a gap of 23 h 59 min",
    ]


def test_a_run_that_was_retried_did_not_wait_before() -> None:
    tasks = {"load": ("completed", 1, 90, 100)}
    assert run_chart(view(tasks, [("load", "failed", 0, 10)], now=100, ended_at=after(100)), 40) == [
        "      0                     1 min 40 s",
        "load  =============x:   ==============",
        "= executed  x failed",
        ": a gap of 1 min 20 s",
    ]


def test_a_run_that_does_nothing_now_ends_at_its_last_sign_of_life() -> None:
    tasks = {"load": ("started", 1, 2, None), "save": ("cancelled", 1, 0, 4), "later": ("queued", 0, None, None)}
    assert run_chart(view(tasks, [], now=99, is_interrupted=True), 30) == [
        "      0                4.0 s",
        "load             ==========!",
        "save  =====================c",
        "= executed  ! interrupted  c cancelled",
    ]


def test_what_was_too_short_for_a_column_is_still_seen() -> None:
    bars = [Bar("a", [Span(0, 0.001, "failed"), Span(0.002, 10, "completed")]), Bar("b", [Span(10, 10, "interrupted")])]
    assert chart(bars, 0, 10, 20) == [
        "   0             10.0 s",
        "a  x===================",
        "b                     !",
        "= executed  x failed  ! interrupted",
    ]


def test_a_run_in_which_nothing_has_started_has_no_chart() -> None:
    assert run_chart(view({"later": ("queued", 0, None, None)}, [], now=5), 60) == []
