"""A random flow, run in this process and on pgflow: both runs are the same, but for what pgflow forces."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tests.checks.random_runs.cut_off import may_hang
from tests.checks.random_runs.laws import EPSILON
from tests.checks.random_runs.observed_run import ObservedRun
from tests.checks.random_runs.random_flow import Maker, RandomFlow, Step
from tests.conformance.on_pgflow import on_pgflow
from tests.conformance.runner import by_execute
from typedflow import InvalidMapSourceError

if TYPE_CHECKING:
    from tests.conformance.runner import Outcome
    from typedflow import FlowDefinition

_DURATIONS = ("base_delay", "max_delay", "start_delay")


def check_on_pgflow(seed: int) -> str:
    """Run the flow of a seed in this process and on pgflow, compare all steps, and return how both have ended.

    Raises:
        AssertionError: They differ.
    """
    flow = _storable(Maker(seed).flow())
    if may_hang(flow):
        return "endless"
    expected = by_execute(_Handlers(flow).definition(), flow.flow_input)
    has_wrong_source = expected.error is not None and isinstance(expected.error.__cause__, InvalidMapSourceError)
    if has_wrong_source and flow.steps[expected.error.step].over == "run":  # type: ignore[union-attr]  # as it failed
        return "refused"  # pgflow starts no run whose map has no items
    found = on_pgflow(_Handlers(flow).definition(), flow.flow_input)
    try:
        _compare(flow, expected, found, has_wrong_source=has_wrong_source)
    except AssertionError as error:
        steps = "\n".join(map(str, flow.steps.values()))
        told = "\n".join(f"{ended.status}: {ended.error}\n  {_told(ended)}" for ended in (expected, found))
        error.add_note(f"{flow.defaults} {flow.flow_input}\n{steps}\n{told}")
        raise
    return found.status


def _compare(flow: RandomFlow, expected: Outcome, found: Outcome, *, has_wrong_source: bool) -> None:
    assert found.status == expected.status
    assert found.outputs == expected.outputs
    if expected.error is not None and found.error is not None:
        failing = [expected.error.step]
        if has_wrong_source:  # "A wrong map source fails the step before the map"
            failing.append(str(flow.steps[expected.error.step].over))
        end = expected.took - EPSILON
        tied = {each.step for each in expected.events if each.subject == "step" and each.monotonic >= end}
        assert found.error.step in {*failing, *tied}
        if found.error.step == expected.error.step:
            assert (found.error.attempt, found.error.reason) == (expected.error.attempt, expected.error.reason)
    last = {each.step: each for each in expected.events if each.subject == "step"}
    others = {each.step: each for each in found.events if each.subject == "step"}
    attempts, other_attempts = _attempts(expected), _attempts(found)
    for slug, event in last.items():
        is_tied = expected.status == "failed" and event.monotonic >= expected.took - EPSILON
        if is_tied or (event.reason == "dependency_skipped" and expected.status == "failed"):
            continue  # "A cascade waits for all dependencies", perhaps for longer than the run goes on
        other = others[slug]
        assert (other.status, other.reason) == (event.status, event.reason), slug
        if event.status == "completed" or flow.steps[str(slug)].over is None:
            mine = {key: count for key, count in attempts.items() if key[0] == slug}
            assert mine == {key: count for key, count in other_attempts.items() if key[0] == slug}, slug


def _attempts(outcome: Outcome) -> Counter[tuple[str | None, int | None]]:
    """How often each task was executed."""
    return Counter(
        (each.step, each.task_index) for each in outcome.events if (each.subject, each.status) == ("task", "started")
    )


def _told(outcome: Outcome) -> str:
    events = outcome.events
    return "\n  ".join(f"{each.monotonic:9.4f} {word}" for each, word in zip(events, events.words, strict=True))


def _storable(flow: RandomFlow) -> RandomFlow:
    """Let a flow be one that both run at the same times: "Delays are whole seconds"."""
    flow.cancelled_at, flow.max_concurrency = math.inf, None
    flow.defaults = _whole(flow.defaults)
    for slug, step in flow.steps.items():
        flow.steps[slug] = replace(
            step,
            given=_whole(step.given),
            options=_whole(step.options),
            way="async" if step.way == "thread" else step.way,  # a thread that hangs would have to be let go
            output=[*step.output] if isinstance(step.output, tuple) else step.output,
        )
    return flow


def _whole(options: dict[str, Any]) -> dict[str, Any]:
    whole = {
        name: math.ceil(options[name]) for name in _DURATIONS if options.get(name, math.inf) not in {None, math.inf}
    }
    return options | whole | ({"jitter": 0} if "jitter" in options else {})


class _Handlers(ObservedRun):
    """The handlers of a random flow, without a run of their own."""

    def __init__(self, flow: RandomFlow) -> None:
        self.flow = flow
        self.given: list[tuple[Step, int, Any]] = []
        self.most = 0
        self._running: Counter[str] = Counter()
        self._is_over = False

    def definition(self) -> FlowDefinition:
        """Return the flow with the handlers."""
        return self._definition()

    @override
    async def _main(self) -> None:
        raise NotImplementedError
