"""What holds of the events of every run: the states that the run, each step and each task may go through, and when."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Final, TypeAlias

from tests.checks.random_runs.model import longest_delay

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.checks.random_runs.random_flow import RandomFlow
    from typedflow import Event

Key: TypeAlias = "tuple[str, int | None]"

EPSILON: Final = 1e-6
# What a step, and a task, may become next.
OF_STEP: Final = {
    "created": {"started", "skipped", "failed"},
    "started": {"completed", "failed", "skipped", "cancelled"},
}
OF_TASK: Final = {
    "created": {"started"},
    "started": {"completed", "failed", "retrying", "cancelled"},
    "retrying": {"started"},
}


class Laws:
    """The state of a run, as one event after another tells it."""

    def __init__(self, flow: RandomFlow) -> None:
        self._flow = flow
        self._state: dict[Key, str] = {}
        self._attempt: Counter[Key] = Counter()
        self._due: dict[Key, float] = {}
        self._running: Counter[str] = Counter()

    def check(self, events: Sequence[Event], ended: str) -> None:
        """Go through all events of a run that ended so, as the last one says.

        Raises:
            AssertionError: It was against the law.
        """
        first, *between, last = events
        assert (first.subject, first.status) == ("run", "started")
        assert (last.subject, last.status, last.error is not None) == ("run", ended, ended == "failed")
        assert {(event.flow, event.run_id) for event in events} == {(first.flow, first.run_id)}
        for clock in ([event.monotonic for event in events], [event.time for event in events]):
            assert clock == sorted(clock)
        for event in between:
            assert event.step is not None, "only a run starts and ends"
            if event.subject == "step":
                self._step(event)
            else:
                self._task(event)
            self._state[event.step, event.task_index] = event.status
        for (slug, index), status in self._state.items():
            assert status != "started", f"{slug}[{index}] has not ended"

    def _step(self, event: Event) -> None:
        step = str(event.step)
        before = self._state.get((step, None), "created")
        assert event.status in OF_STEP.get(before, ()), f"{step} was {before}, and then {event.status}"
        assert (event.subject, event.task_index, event.attempt, event.delay) == ("step", None, None, None)
        assert (event.reason is not None) == (event.status == "skipped")
        assert event.items is None or event.status == "started"
        has_error = event.status == "failed" or event.reason == "handler_failed"
        assert (event.error is not None) == has_error
        if event.status == "started" or event.reason == "condition_unmet":
            above = {slug: self._state.get((slug, None)) for slug in self._flow.steps[step].depends_on}
            assert set(above.values()) <= {"completed", "skipped"}, f"{step} went on when {above}"
        if event.status == "skipped":
            assert (before == "started") == (event.reason == "handler_failed")
        if event.reason == "dependency_skipped":
            assert "skipped" in {self._state.get((slug, None)) for slug in self._flow.steps[step].depends_on}
        if event.status == "completed":
            tasks = {status for (slug, index), status in self._state.items() if slug == step and index is not None}
            assert tasks <= {"completed"}

    def _task(self, event: Event) -> None:
        assert event.attempt is not None
        assert event.task_index is not None
        step, key = self._flow.steps[str(event.step)], (str(event.step), event.task_index)
        before, of_step = self._state.get(key, "created"), self._state.get((step.slug, None), "created")
        assert event.status in OF_TASK.get(before, ()), f"{key} was {before}, and then {event.status}"
        assert (event.subject, event.reason, event.items) == ("task", None, None)
        has_error = event.status in {"failed", "retrying"}
        assert (event.error is not None) == has_error
        assert (event.delay is not None) == (event.status == "retrying")
        self._running[step.slug] += 1 if event.status == "started" else -1
        self._attempt[key] += event.status == "started"
        assert event.attempt == self._attempt[key] <= step.options["max_attempts"]
        assert self._running[step.slug] <= (1 if step.over is None else step.max_concurrency)
        assert self._running.total() <= (self._flow.max_concurrency or math.inf)
        if event.status in {"started", "retrying", "completed"}:
            assert of_step == "started", f"{key} {event.status} when its step was {of_step}"
        if event.status == "started":
            assert event.monotonic >= self._due.get(key, 0.0) - EPSILON
        if event.delay is not None:
            self._due[key] = event.monotonic + event.delay
            longest = longest_delay(step, event.attempt)
            assert longest * (1 - step.options["jitter"]) - EPSILON <= event.delay <= longest + EPSILON
