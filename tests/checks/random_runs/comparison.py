"""A run compared with the model of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.checks.random_runs.laws import EPSILON, Laws
from tests.checks.random_runs.model import Fate, Model, Try, ends
from tests.checks.random_runs.observed_run import ObservedRun
from tests.checks.random_runs.random_flow import OUTPUT, Maker, RandomFlow, Step

if TYPE_CHECKING:
    from collections.abc import Iterator


# So much earlier than an attempt ends it does not end by itself, whatever the last digit of a float is.
_JUST = EPSILON / 100


def check(seed: int) -> str:
    """Run the flow of a seed, and compare all of it; return how it ended.

    Raises:
        AssertionError: The run is not what it has to be.
    """
    flow = Maker(seed).flow()
    run = ObservedRun(flow)
    try:
        Comparison(flow, run).check()
    except AssertionError as error:
        error.add_note(_told(flow, run))
        raise
    return run.ended


@dataclass(frozen=True)
class _Seen:
    """An attempt as the events tell of it."""

    began: float
    ended: float
    status: str
    error: BaseException | None


class Comparison:
    """A run and what it has to be.

    What happens in the very moment in which the run is stopped, or a map step skipped, may happen or not: of that the
    model says nothing. Neither does it know the times of a run that has a limit of its own.
    """

    def __init__(self, flow: RandomFlow, run: ObservedRun) -> None:
        self._flow = flow
        self._run = run
        delays = {
            (str(event.step), event.task_index or 0, event.attempt or 0): event.delay
            for event in run.events
            if event.delay is not None
        }
        self._model = Model(flow, delays)
        self._fates = self._model.fates
        # When the run is stopped, if it has not ended by itself before.
        self._stop = min(self._model.fails_at, flow.cancelled_at)
        self._is_cancelled = flow.cancelled_at < math.inf and flow.cancelled_at <= self._stop + EPSILON

    def check(self) -> None:
        """Compare them.

        Raises:
            AssertionError: They differ.
        """
        run, flow = self._run, self._flow
        assert run.ended != "hung"
        told = run.events[-1].status
        if run.ended == "cancelled" and told != "cancelled":
            # Who is cancelled, or leaves the context of the run, need not learn that it has just ended.
            assert told == "completed" or flow.cancelled_by == "context"
        else:
            assert told == run.ended
        Laws(flow).check(run.events, told)
        assert run.most <= (flow.max_concurrency or math.inf)
        for step, index, given in run.given:
            self._check_given(step, index, given)
        if flow.max_concurrency is None:
            self._check_end()
            for slug, fate in self._fates.items():
                self._check_step(flow.steps[slug], fate)
        elif flow.cancelled_at == math.inf:
            failing = {slug for slug, fate in self._fates.items() if fate.status == "failed"}
            assert run.ended == ("failed" if failing else "completed")
            assert run.ended != "failed" or run.result.step in failing
        if run.ended == "completed":
            # Of a run that is cancelled, some handlers may have had an output nevertheless.
            sure = {slug: fate for slug, fate in self._fates.items() if not self._is_cancelled or self._has_ended(fate)}
            last = {event.step: event.status for event in run.events if event.subject == "step"}
            assert run.result.keys() == last.keys() == flow.steps.keys()
            assert {slug: run.result[slug] for slug in sure} == {slug: fate.output for slug, fate in sure.items()}
            assert {slug: last[slug] for slug in sure} == {slug: fate.status for slug, fate in sure.items()}

    def _has_ended(self, fate: Fate) -> bool:
        """Whether a step has ended when the run is stopped; unknown with a limit of the run."""
        return self._flow.max_concurrency is None and fate.ended < self._stop - EPSILON

    def _check_given(self, step: Step, index: int, given: Any) -> None:
        outputs = {slug: fate.output for slug, fate in self._fates.items()} | {"run": self._flow.flow_input}
        if step.over is not None:
            assert given == outputs[step.over][index]
        else:
            assert given == {slug: outputs[slug] for slug in ("run", *step.depends_on)}

    def _check_end(self) -> None:
        run = self._run
        earliest, latest = self._ends_at()
        assert earliest - EPSILON <= run.ended_at <= latest + EPSILON, f"{run.ended_at}, and not {earliest, latest}"
        failing = {slug: fate for slug, fate in self._fates.items() if fate.status == "failed"}
        failing = {slug: fate for slug, fate in failing.items() if _is_at(fate.ended, self._stop)}
        allowed = set()
        if failing:
            errors = {fate.error for fate in failing.values()}
            errors |= {
                step.attempt(each.index, each.number).error
                for step, each in self._tries()
                if _is_at(each.began + step.attempt(each.index, each.number).seconds, self._stop)
            }
            allowed |= {"failed" for error in errors if error}
        if self._is_cancelled:
            results = {result for pair in self._under_way() for _, result in self._when_stopped(*pair)}
            allowed |= {"cancelled"} if self._stop <= latest + EPSILON else {"completed"}
            allowed |= {"failed"} if any(isinstance(result, type) for result in results) else set()
            # All that is left may have had an output nevertheless.
            last = max((fate.ended for fate in self._fates.values()), default=0.0)
            allowed |= {"completed"} if OUTPUT in results or last <= self._stop + EPSILON else set()
        elif self._flow.cancelled_by == "context" and self._flow.cancelled_at <= latest + EPSILON:
            allowed |= {"cancelled"}  # it is left while the others clean up
        assert run.ended in (allowed or {"completed"}), f"{run.ended}, and not {allowed}"
        if run.ended == "failed" and not self._is_cancelled:
            assert run.result.step in failing, f"{run.result.step} failed, and not one of {list(failing)}"
            if self._flow.steps[run.result.step].over is None:
                assert type(run.result.__cause__) is failing[run.result.step].error

    def _ends_at(self) -> tuple[float, float]:
        """The earliest and the latest time at which the run may end: as soon as all have cleaned up."""
        fates, stop = self._fates.values(), self._stop
        ended = [fate.ended for fate in fates if fate.ended < stop]
        if stop < math.inf and any(fate.ended >= stop - EPSILON for fate in fates):
            ended.append(stop)
        certain = [
            min(ended for ended, _ in self._when_stopped(*each)) for each in self._tries() if self._is_certain(*each)
        ]
        may_begin = [each for each in self._tries() if each[1].began <= stop + EPSILON]
        possible = [ended for each in may_begin for ended, _ in self._when_stopped(*each)]
        return max([*ended, *certain], default=0.0), max([*ended, *possible], default=0.0)

    def _when_stopped(self, step: Step, each: Try) -> list[tuple[float, Any]]:
        """When an attempt may end, and with what, if it is stopped with the run, or dropped."""
        dropped = self._dropped_at(step)
        if self._is_tied(step, each):
            limits = [math.inf, dropped - each.began - _JUST, self._stop - each.began - _JUST]
        else:
            limits = [min(each.dropped, self._stop) - each.began]
        timeout = step.options["timeout"]
        found = (ends(step, each.index, each.number, min(timeout, max(limit, 0.0))) for limit in limits)
        return [(each.began + seconds, result) for seconds, result in found]

    def _is_tied(self, step: Step, each: Try) -> bool:
        """Whether an attempt begins or ends in the very moment in which it is stopped or dropped."""
        by_itself = each.began + ends(step, each.index, each.number, step.options["timeout"])[0]
        times, stops = (each.began, each.ended, by_itself), (self._stop, self._dropped_at(step))
        return any(_is_at(time, stop) for time in times for stop in stops)

    def _dropped_at(self, step: Step) -> float:
        fate = self._fates[step.slug]
        return fate.ended if fate.reason == "handler_failed" else math.inf

    def _tries(self) -> Iterator[tuple[Step, Try]]:
        return ((self._flow.steps[slug], each) for slug, fate in self._fates.items() for each in fate.tries)

    def _under_way(self) -> Iterator[tuple[Step, Try]]:
        """The attempts that may be under way when the run is stopped."""
        stop = self._stop
        return (pair for pair in self._tries() if pair[1].began - EPSILON <= stop <= pair[1].ended + EPSILON)

    def _is_certain(self, step: Step, each: Try) -> bool:
        """Whether an attempt must have begun."""
        return each.began < min(self._stop, self._dropped_at(step)) - EPSILON

    def _check_step(self, step: Step, fate: Fate) -> None:
        """Compare what became of a step, and of its tasks."""
        seen = [event for event in self._run.events if event.subject == "step" and event.step == step.slug]
        if self._has_ended(fate):
            assert _is_at(seen[0].monotonic, fate.began), f"{step.slug} began at {seen[0].monotonic}"
            assert _is_at(seen[-1].monotonic, fate.ended), f"{step.slug} ended at {seen[-1].monotonic}"
            assert (seen[-1].status, seen[-1].reason) == (fate.status, fate.reason)
        elif fate.began > self._stop + EPSILON:
            assert not seen, f"{step.slug} started after the run was stopped"
        tries = self._seen_tries(step)
        for each in fate.tries:
            found = tries.pop((each.index, each.number), None)
            if found is not None:
                self._check_try(step, each, found)
            else:
                assert not self._is_certain(step, each), f"{step.slug}: {each} was not made"
        for found in tries.values():
            assert _is_at(found.began, min(self._stop, fate.ended)), f"{step.slug}: {found} had not to be made"

    def _check_try(self, step: Step, each: Try, found: _Seen) -> None:
        assert _is_at(found.began, each.began), f"{step.slug}: {each} began at {found.began}"
        assert each.began <= self._stop + EPSILON, f"{step.slug}: {each} began after the run was stopped"
        if self._is_tied(step, each):
            return
        ((ended, _),) = self._when_stopped(step, each)
        assert _is_at(found.ended, ended), f"{step.slug}: {each} ended at {found.ended}"
        if each.ended < self._stop:
            assert found.status == each.status, f"{step.slug}: {each} was {found.status}"
            assert (None if found.error is None else type(found.error)) == each.error

    def _seen_tries(self, step: Step) -> dict[tuple[int, int], _Seen]:
        began: dict[tuple[int, int], float] = {}
        seen = {}
        for event in self._run.events:
            if event.subject == "task" and event.step == step.slug:
                key = event.task_index or 0, event.attempt or 0
                if event.status == "started":
                    began[key] = event.monotonic
                else:
                    seen[key] = _Seen(began[key], event.monotonic, event.status, event.error)
        return seen


def _is_at(time: float, other: float) -> bool:
    return abs(time - other) < EPSILON


def _told(flow: RandomFlow, run: ObservedRun) -> str:
    """All there is to know of a run that is not what it has to be."""
    about = {name: value for name, value in vars(flow).items() if name != "steps"}
    steps = "\n".join(map(str, flow.steps.values()))
    told = [f"{event.monotonic:9.4f} {word}" for event, word in zip(run.events, run.events.words, strict=True)]
    return "\n".join([str(about), steps, f"{run.ended} at {run.ended_at}: {run.result!r}", *told])
