"""A run of a random flow on a clock that jumps, and all that was seen of it."""

from __future__ import annotations

import math
import random
import threading
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import trio
import trio.testing
from trio._core import _run as trio_run
from typing_extensions import override

from tests.checks.random_runs.random_flow import UNTIDY, Attempt, RandomFlow, Step
from typedflow import (
    Event,
    FlowDefinition,
    InvalidOutputError,
    Options,
    Run,
    RunCancelledError,
    StepContext,
    StepFailedError,
    UndeclaredInputError,
)
from typedflow.engines._calls_elsewhere import calls_elsewhere
from typedflow.engines._local.runs import execute
from typedflow.listeners import inline
from typedflow.testing import RecordedEvents, VirtualClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sized

# Seconds after which every run has ended, unless it hangs.
FOREVER = 1_000_000.0


class LeaveContext(Exception):  # noqa: N818  no error
    """Raised in the context of a run."""


class _Clock(VirtualClock):
    """A clock that does not wait for threads that hang."""

    def __init__(self, hanging: Sized) -> None:
        super().__init__()
        self._hanging = hanging

    @override
    def stands_still(self) -> bool:
        busy = trio.to_thread.current_default_thread_limiter().borrowed_tokens > len(self._hanging)
        return busy or calls_elsewhere() > 0


class ObservedRun:
    """One run.

    Attributes:
        ended: ``completed``, ``failed``, ``cancelled``, or ``hung``.
        result: The outputs, or the exception.
        ended_at: When the caller had the result, in seconds.
        events: All events.
        given: What the handler of each task was given, in each attempt.
        most: How many handlers ran at once, those in threads left out.
    """

    def __init__(self, flow: RandomFlow) -> None:
        self.flow = flow
        self.ended = "hung"
        self.result: Any = None
        self.ended_at = 0.0
        self.events = RecordedEvents()
        self.given: list[tuple[Step, int, Any]] = []
        self.most = 0
        self._running: Counter[str] = Counter()
        self._is_over = False
        # Threads that do nothing until they are let go; and those that need not begin to, None for all.
        self._hanging: dict[tuple[str, int, int], threading.Event] = {}
        self._let_go_of: set[str | None] = set()
        # When each attempt began, and how many may have been left to themselves, which nobody waits for.
        self._began: dict[tuple[str, int, int], float] = {}
        self._late = 0
        # What trio leaves to chance is the same every time too, and so is the jitter.
        random.seed(flow.seed)
        trio_run._ALLOW_DETERMINISTIC_SCHEDULING = True  # type: ignore[misc]  # noqa: SLF001  as trio does for hypothesis
        trio_run._r.seed(flow.seed)  # noqa: SLF001  as above
        trio.run(self._main, clock=_Clock(self._hanging))
        assert not self._running.total(), "a handler has not left"

    async def _main(self) -> None:
        limiter = trio.to_thread.current_default_thread_limiter()
        limiter.total_tokens = 1000
        await trio.testing.wait_all_tasks_blocked()  # until the clock has its own task
        living = trio.lowlevel.current_statistics().tasks_living
        with trio.move_on_after(FOREVER):
            async with trio.open_nursery() as nursery:
                scope = trio.CancelScope()
                try:
                    with scope:
                        await self._run(nursery, scope)
                        self.ended = "completed"
                    if scope.cancelled_caught:
                        self.ended = "cancelled"
                except (RunCancelledError, LeaveContext):
                    self.ended = "cancelled"
                except StepFailedError as error:
                    self.ended, self.result = "failed", error
                self.ended_at = trio.current_time()
                self._is_over = True
                nursery.cancel_scope.cancel()
        assert limiter.borrowed_tokens <= self._late, "a thread was not waited for"
        self._let_go()
        while limiter.borrowed_tokens:
            await trio.lowlevel.checkpoint()
        await trio.testing.wait_all_tasks_blocked()
        assert trio.lowlevel.current_statistics().tasks_living == living, "a task was leaked"

    async def _run(self, nursery: trio.Nursery, scope: trio.CancelScope) -> None:
        flow, definition = self.flow, self._definition()
        how: dict[str, Any] = {"max_concurrency": flow.max_concurrency, "listeners": [inline(self._hear)]}
        if flow.runner == "execute":
            nursery.start_soon(self._cancel, scope.cancel)
            self.result = await execute(definition, flow.flow_input, **how)
            return
        async with Run.start(definition, flow.flow_input, **how) as run:
            if flow.cancelled_by != "context":
                nursery.start_soon(self._cancel, scope.cancel if flow.cancelled_by == "scope" else run.cancel)
            elif await self._outlasts(run):
                self._let_go()
                raise LeaveContext
            self.result = await run.outputs()
        assert run.status == "completed"
        assert [event async for event in run.events] == self.events
        last = {event.step: event.status for event in self.events if event.subject == "step"}
        assert run.steps == last

    async def _outlasts(self, run: Run[Any]) -> bool:
        """Whether the run still goes on when it is to be cancelled."""
        with trio.move_on_at(self.flow.cancelled_at):
            try:
                await run.outputs()
            except StepFailedError:
                return False
        return run.status == "started"

    async def _cancel(self, cancel: Callable[[], None]) -> None:
        await trio.sleep_until(self.flow.cancelled_at)
        cancel()
        self._let_go()

    def _hear(self, event: Event) -> None:
        self.events.append(event)
        if event.subject == "task":
            key = str(event.step), event.task_index or 0, event.attempt or 0
            self._began.setdefault(key, event.monotonic)
            step = self.flow.steps[key[0]]
            is_late = event.monotonic >= self._began[key] + step.options["timeout"] - 1e-6
            if event.status != "started" and step.way == "thread" and is_late:
                # The time of a thread is up. One that does not obey stays until the run has ended.
                self._late += 1
                if key in self._hanging and self._attempt(*key).obedience == "obeys":
                    self._hanging.pop(key).set()
        elif event.status in {"skipped", "failed", "cancelled"}:
            self._let_go(event.step if event.status == "skipped" else None)

    def _let_go(self, step: str | None = None) -> None:
        """Let the threads of a step go, or all of them."""
        self._let_go_of.add(step)
        for key in list(self._hanging):
            if step in {None, key[0]}:
                self._hanging.pop(key).set()

    def _hang(self, key: tuple[str, int, int], let_go: threading.Event) -> None:
        if self._let_go_of & {None, key[0]}:
            let_go.set()
        else:
            self._hanging[key] = let_go

    def _attempt(self, slug: str, index: int, number: int) -> Attempt:
        return self.flow.steps[slug].attempt(index, number)

    def _definition(self) -> FlowDefinition:
        flow = self.flow
        definition = FlowDefinition("random", Any, Options().updated("random", None, flow.defaults))
        for step in flow.steps.values():
            handler = self._handler(step)
            if step.over is None:
                definition = definition.with_step(step.slug, handler, step.depends_on, **step.given)
            else:
                limit = None if step.max_concurrency == math.inf else step.max_concurrency
                definition = definition.with_map(step.slug, handler, step.over, max_concurrency=limit, **step.given)
        return definition

    def _handler(self, step: Step) -> Any:
        """A handler that does what was decided for each attempt of each task."""

        async def handle(given: Any, context: StepContext) -> Any:
            with self._present(step, context, given):
                return await self._behave(step, context, given)

        async def handle_declared(given: Any, context: StepContext) -> dict[str, int]:
            output: dict[str, int] = await handle(given, context)
            return output

        def handle_in_place(given: Any, context: StepContext) -> Any:
            with self._present(step, context, given):
                return self._result(step, context, given)

        def handle_in_thread(given: Any, context: StepContext) -> Any:
            self.given.append((step, context.task_index, given))
            if self._attempt(step.slug, context.task_index, context.attempt).seconds:
                let_go = threading.Event()
                trio.from_thread.run_sync(self._hang, (step.slug, context.task_index, context.attempt), let_go)
                assert let_go.wait(30), "a thread was never let go"
                return "late"
            return self._result(step, context, given)

        handlers: dict[str, Any] = {
            "async": handle_declared if step.over is None and isinstance(step.output, dict) else handle,
            "awaited": lambda given, context: handle(given, context),  # noqa: PLW0108  a lambda is what is tested
            "in place": lambda given, context: handle_in_place(given, context),  # noqa: PLW0108  as above
            "thread": handle_in_thread,
        }
        return handlers[step.way]

    @contextmanager
    def _present(self, step: Step, context: StepContext, given: Any) -> Iterator[None]:
        assert not self._is_over, f"{step.slug} was called after the end"
        self.given.append((step, context.task_index, given))
        self._running[step.slug] += 1
        self.most = max(self.most, self._running.total())
        try:
            yield
        finally:
            self._running[step.slug] -= 1
            assert not self._is_over, f"{step.slug} ran after the end"

    async def _behave(self, step: Step, context: StepContext, given: Any) -> Any:
        attempt = self._attempt(step.slug, context.task_index, context.attempt)
        with trio.CancelScope(shield=attempt.obedience == "is shielded"):
            try:
                if attempt.obedience == "obeys in a nursery":
                    async with trio.open_nursery() as nursery:
                        nursery.start_soon(trio.sleep, attempt.seconds)
                elif attempt.seconds or attempt.suspends:
                    await trio.sleep(attempt.seconds)
            except BaseException:
                if attempt.obedience == "swallows":
                    return step.output_of(context.task_index, given)
                if attempt.obedience == "raises":
                    raise UNTIDY("it could not be finished") from None
                if attempt.obedience == "cleans up":
                    with trio.CancelScope(shield=True):
                        await trio.sleep(attempt.cleanup)
                raise
        return self._result(step, context, given)

    def _result(self, step: Step, context: StepContext, given: Any) -> Any:
        error = self._attempt(step.slug, context.task_index, context.attempt).error
        if error is UndeclaredInputError:
            return given["undeclared"]
        if error is InvalidOutputError:
            return "wrong"
        if error is not None:
            raise error(step.slug)
        return step.output_of(context.task_index, given)
