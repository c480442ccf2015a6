"""A random flow whose run is cut off at random commits, and resumed each time, ends as if nothing had happened."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest import mock

import trio
from typing_extensions import override

from tests.checks.random_runs.model import Model
from tests.checks.random_runs.observed_run import ObservedRun
from tests.checks.random_runs.random_flow import Maker, RandomFlow
from tests.conformance.cut_off import DyingStore
from typedflow.engines._local import clock
from typedflow.engines._local.runs import execute, resume
from typedflow.listeners import inline
from typedflow.stores import MemoryStore
from typedflow.testing import CutOffError

if TYPE_CHECKING:
    from collections.abc import Callable

    from typedflow import Event
    from typedflow.stores import TaskRecord

# How often a run is cut off at most.
_DEATHS = 6


def check_cut_off(seed: int) -> str:
    """Run the flow of a seed, cut the run off several times, and compare its end with the model; return how it ended.

    Raises:
        AssertionError: The run is not what it has to be.
    """
    flow = Maker(seed).flow()
    flow.cancelled_at, flow.cancelled_by = math.inf, "scope"
    for slug, step in flow.steps.items():
        if step.way == "thread":  # a thread that hangs would have to survive its process
            step = flow.steps[slug] = replace(step, way="async")  # noqa: PLW2901  as above
        if isinstance(step.output, tuple):  # it would come back as a list
            flow.steps[slug] = replace(step, output=[*step.output])
    with MemoryStore() as store:
        run = CutOffRun(flow, store)
        fates = Model(flow, run.delays).fates
        if any(fate.ended == math.inf for fate in fates.values()) or (flow.max_concurrency and may_hang(flow)):
            return "endless"
        failing = {slug for slug, fate in fates.items() if fate.status == "failed"}
        assert run.ended == ("failed" if failing else "completed"), f"{run.ended}: {run.result!r}"
        if failing:
            assert run.result.step in failing
        else:
            assert run.result == {slug: fate.output for slug, fate in fates.items()}
            statuses = {record.step: record.status for record in store.steps(run.run_id)}
            assert statuses == {slug: fate.status for slug, fate in fates.items()}
        tasks: list[TaskRecord] = [*store.tasks(run.run_id)]
        assert store.run(run.run_id).status == run.ended
        for task in tasks:
            calls = sum(step.slug == task.step and index == task.task_index for step, index, _ in run.given)
            assert calls <= task.attempt + task.interruptions + (task.status == "cancelled")
            assert task.status != "completed" or calls >= 1
    return run.ended


def may_hang(flow: RandomFlow) -> bool:
    """Whether an attempt may take for ever, and with it a place of the run. The model does not know the places."""
    return any(
        attempt.seconds == step.options["timeout"] == math.inf
        for step in flow.steps.values()
        for plan in step.plans
        for attempt in plan
    )


class CutOffRun(ObservedRun):
    """A run that is cut off several times.

    Attributes:
        run_id: Identifier of the run.
        deaths: How often it was cut off.
        delays: The retry delays, by step, index and attempt.
    """

    def __init__(self, flow: RandomFlow, store: MemoryStore) -> None:
        self.run_id = ""
        self.deaths = 0
        self.delays: dict[tuple[str, int, int], float] = {}
        self._store = store
        self._chance = random.Random(flow.seed)  # noqa: S311  not a secret
        super().__init__(flow)

    @override
    async def _run(self, nursery: trio.Nursery, scope: trio.CancelScope) -> None:
        definition = self._definition()
        with mock.patch.object(clock, "time", SimpleNamespace(time=trio.current_time)):
            while True:
                dying = DyingStore(self._store, self._commits())
                life = trio.CancelScope()
                hear = self._hear_until(dying, life)
                how: dict[str, Any] = {"max_concurrency": self.flow.max_concurrency, "listeners": [inline(hear)]}
                try:
                    with life:
                        if self.run_id:
                            self.result = await resume(definition, self.run_id, dying, **how)
                        else:
                            self.result = await execute(definition, self.flow.flow_input, **how, store=dying)
                        return
                except CutOffError:
                    pass
                self.run_id = dying.run_id
                self.deaths += 1

    def _commits(self) -> int:
        return self._chance.randint(1, 12) if self.deaths < _DEATHS else 1_000_000

    def _hear_until(self, dying: DyingStore, life: trio.CancelScope) -> Callable[[Event], None]:
        def hear(event: Event) -> None:
            self.run_id = event.run_id
            if dying.is_cut:
                life.cancel()
            if event.delay is not None:
                self.delays[str(event.step), event.task_index or 0, event.attempt or 0] = event.delay

        return hear
