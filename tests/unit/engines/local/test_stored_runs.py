"""A run with a store: what is committed when, and how it goes on in another process."""

# mypy: disable-error-code="typedflow-any-output"

from __future__ import annotations

import threading
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import trio
import trio.testing

from typedflow import (
    DifferentInputError,
    Flow,
    InvalidOptionError,
    RunCancelledError,
    RunClaimedError,
    RunEndedError,
    RunExistsError,
    RunLostError,
    RunTimeoutError,
    StepContext,
    StepFailedError,
    StepInput,
    StoreError,
    UnknownRunError,
    UnstorableValueError,
)
from typedflow.engines._local.execution import Execution
from typedflow.stores import MemoryStore
from typedflow.testing import RecordedEvents, VirtualClock, cut_off

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from typedflow.stores import Claim, ClaimedRun, NewRun, Store, Transition


class Calls(list[str]):
    """What handlers did."""

    def handler(self, name: str, output: Any = None) -> Callable[[Any], Any]:
        async def handle(_: Any) -> Any:
            self.append(name)
            await trio.lowlevel.checkpoint()
            if isinstance(output, Exception):
                raise output
            return output

        return handle


class SlowStore:
    """A store whose commits end when they are let through."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.waiting: list[tuple[Callable[[], Future[Any]], Future[Any]]] = []
        self.written: list[Transition] = []
        self.is_slow = True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def create(self, run: NewRun, transitions: Sequence[Transition] = ()) -> Future[ClaimedRun]:
        return self._hold(lambda: self._store.create(run, transitions), transitions)

    def commit(self, claim: Claim, transitions: Sequence[Transition]) -> Future[None]:
        return self._hold(lambda: self._store.commit(claim, transitions), transitions)

    def claim(self, run_id: str) -> Future[ClaimedRun]:
        return self._store.claim(run_id)

    def release(self, claim: Claim) -> Future[None]:
        return self._store.release(claim)

    def _hold(self, write: Callable[[], Future[Any]], transitions: Sequence[Transition]) -> Future[Any]:
        self.written += transitions
        if not self.is_slow:
            return write()
        future: Future[Any] = Future()
        self.waiting.append((write, future))
        return future

    async def let_through(self) -> None:
        """End the commit that is under way."""
        ((write, future),) = self.waiting
        self.waiting.clear()
        future.set_result(write().result())
        await trio.testing.wait_all_tasks_blocked()


@pytest.fixture
def store() -> Iterator[MemoryStore]:
    with MemoryStore() as opened:
        yield opened


@pytest.fixture
def virtual_clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def calls() -> Calls:
    return Calls()


def words(changes: Sequence[Transition]) -> list[str]:
    return [f"{change.step or 'run'} {change.status}" for change in changes]


class TestCommits:
    async def test_nothing_shows_before_it_is_committed(
        self, store: MemoryStore, calls: Calls, nursery: trio.Nursery
    ) -> None:
        slow, events = SlowStore(store), RecordedEvents()
        flow = Flow("f", int).step("a", calls.handler("a", 1)).step("b", calls.handler("b", 2), depends_on=["a"])
        execution = await Execution.prepare(flow.definition, 0, {"store": slow}, in_place=[events.append])
        nursery.start_soon(execution.run)
        await trio.testing.wait_all_tasks_blocked()
        assert (calls, events, words(slow.written)) == ([], [], ["a started"])
        await slow.let_through()
        assert (calls, events.words) == (["a"], ["run started", "a started", "a[0] started 1"])
        assert words(slow.written[1:]) == ["a completed", "b started"]
        await slow.let_through()
        assert calls == ["a", "b"]
        assert events.words[3:] == ["a[0] completed 1", "a completed", "b started", "b[0] started 1"]
        assert words(slow.written[3:]) == ["b completed", "run completed"]
        assert events.words[-1] != "run completed"
        await slow.let_through()
        assert events.words[-1] == "run completed"
        assert store.run(execution.schedule.events.run_id).status == "completed"

    async def test_one_commit_takes_all_that_happens_during_the_one_before_it(
        self, store: MemoryStore, calls: Calls, nursery: trio.Nursery
    ) -> None:
        slow = SlowStore(store)
        flow = Flow("f", int).step("a", lambda _: 1).step("b", lambda _: 2).step("c", lambda _: 3)
        execution = await Execution.prepare(flow.definition, 0, {"store": slow})
        nursery.start_soon(execution.run)
        await trio.testing.wait_all_tasks_blocked()
        assert words(slow.written) == ["a started", "b started", "c started"]
        await slow.let_through()
        assert words(slow.written[3:]) == ["a completed"]
        await slow.let_through()
        assert words(slow.written[4:]) == ["b completed", "c completed", "run completed"]
        await slow.let_through()

    async def test_a_task_whose_step_is_skipped_while_its_start_is_committed_is_not_called(
        self, store: MemoryStore, calls: Calls, nursery: trio.Nursery
    ) -> None:
        def fail(item: int) -> int:
            if item == 0:
                raise ValueError("no")
            calls.append(str(item))
            return item

        slow = SlowStore(store)
        flow = Flow("f", list[int]).map(
            "m", fail, over="run", max_concurrency=2, runs_in="inline", when_exhausted="skip"
        )
        execution = await Execution.prepare(flow.definition, [0, 1, 2], {"store": slow})
        nursery.start_soon(execution.run)
        await trio.testing.wait_all_tasks_blocked()
        await slow.let_through()
        slow.is_slow = False
        await slow.let_through()
        assert execution.schedule.outputs == {"m": None}
        assert calls == []

    async def test_a_commit_that_fails_ends_the_run_which_can_be_resumed(
        self, store: MemoryStore, calls: Calls, nursery: trio.Nursery
    ) -> None:
        flow = Flow("f", int).step("a", calls.handler("a", 1)).step("b", calls.handler("b", 2), depends_on=["a"])
        slow = SlowStore(store)

        async def run() -> None:
            with pytest.raises(StoreError, match=r'store "runs\.db": the disk is full'):
                await flow.run(0, store=slow, run_id="r", listeners=[events.append])

        events = RecordedEvents()
        slow.is_slow = False
        async with trio.open_nursery() as running:
            slow.is_slow = True
            running.start_soon(run)
            await trio.testing.wait_all_tasks_blocked()
            await slow.let_through()
            await slow.let_through()
            ((_, future),) = slow.waiting
            future.set_exception(StoreError("runs.db", "the disk is full."))
        assert calls == ["a"]
        assert store.run("r").is_interrupted
        assert await flow.resume("r", store=store) == {"a": 1, "b": 2}
        assert calls == ["a", "a", "b"]

    async def test_an_output_that_cannot_be_stored_fails_its_step(self, store: MemoryStore) -> None:
        flow = Flow("f", int, max_attempts=3).step("a", lambda _: {"rows": [1, {2, 3}]})
        with pytest.raises(StepFailedError) as caught:
            await flow.run(0, store=store)
        assert isinstance(caught.value.__cause__, UnstorableValueError)
        assert 'output["rows"][1]' in str(caught.value)
        assert store.runs()[0].status == "failed"

    async def test_an_input_that_cannot_be_stored_starts_nothing(self, store: MemoryStore, calls: Calls) -> None:
        flow = Flow("f", object).step("a", calls.handler("a"))
        with pytest.raises(UnstorableValueError, match=r"the input cannot be stored: it is a tuple"):
            await flow.run((1, 2), store=store)
        assert (calls, store.runs()) == ([], [])


class TestStarts:
    async def test_the_same_id_again_gives_the_outputs_of_the_completed_run(
        self, store: MemoryStore, calls: Calls
    ) -> None:
        flow = Flow("f", int).step("a", calls.handler("a", {"k": [1]}))
        events = RecordedEvents()
        first = await flow.run(1, store=store, run_id="r")
        assert await flow.run(1, store=store, run_id="r", listeners=[events.append]) == first == {"a": {"k": [1]}}
        assert calls == ["a"]
        assert events.words == ["run started", "run completed"]

    async def test_the_same_id_again_raises_the_failure_of_the_failed_run(
        self, store: MemoryStore, calls: Calls
    ) -> None:
        flow = Flow("f", int).step("b", calls.handler("b", 2))
        flow = flow.step("a", calls.handler("a", ValueError("no")), depends_on=["b"])
        with pytest.raises(StepFailedError) as first:
            await flow.run(1, store=store, run_id="r")
        with pytest.raises(StepFailedError) as second:
            await flow.run(1, store=store, run_id="r")
        assert str(second.value) == str(first.value) == 'flow "f": step "a" failed at attempt 1: ValueError: no'
        assert second.value.outputs == {"b": 2}
        assert calls == ["b", "a"]

    async def test_another_input_under_the_same_id_is_refused(self, store: MemoryStore) -> None:
        flow = Flow("f", int).step("a", lambda i: i["run"])
        await flow.run(1, store=store, run_id="r")
        with pytest.raises(DifferentInputError) as caught:
            await flow.run(2, store=store, run_id="r")
        assert str(caught.value) == (
            'store "memory": run "r" of flow "f" was started with another flow input. Give it the same input, or '
            "choose another run_id."
        )

    async def test_the_id_of_a_run_of_another_flow_is_refused(self, store: MemoryStore) -> None:
        await Flow("f", int).step("a", lambda i: i["run"]).run(1, store=store, run_id="r")
        with pytest.raises(RunExistsError) as caught:
            await Flow("g", int).step("a", lambda i: i["run"]).run(1, store=store, run_id="r")
        assert 'run "r" exists: it is a run of flow "f", completed. Choose another run_id.' in str(caught.value)

    async def test_a_run_that_is_under_way_cannot_be_joined(self, store: MemoryStore) -> None:
        flow = Flow("f", int).step("a", calls_forever)
        async with flow.start(1, store=store, run_id="r") as run:
            for again in (flow.run(1, store=store, run_id="r"), flow.resume("r", store=store)):
                with pytest.raises(RunClaimedError) as caught:
                    await again
                assert 'run "r" is executed by this process' in str(caught.value)
            run.cancel()

    async def test_a_store_that_is_a_path_says_what_to_pass(self) -> None:
        with pytest.raises(InvalidOptionError, match=r"store must be a store: pass SqliteStore\('runs.db'\)"):
            await Flow("f", int).run(1, store="runs.db")  # type: ignore[arg-type]

    def test_it_works_from_threads_and_asyncio_too(self, store: MemoryStore, calls: Calls) -> None:
        import asyncio  # noqa: PLC0415  other tests do not run it

        flow = Flow("f", int).step("a", calls.handler("a", 1))
        assert flow.run_sync(1, store=store, run_id="r") == {"a": 1}
        assert flow.resume_sync("r", store=store) == {"a": 1}
        assert asyncio.run(flow.resume("r", store=store)) == {"a": 1}
        assert asyncio.run(flow.run(1, store=store, run_id="r")) == {"a": 1}
        assert calls == ["a"]


async def calls_forever(_: StepInput) -> None:
    await trio.sleep_forever()


class TestInterruptions:
    async def test_what_has_completed_is_not_executed_again(self, store: MemoryStore, calls: Calls) -> None:
        flow = Flow("f", int).step("a", calls.handler("a", 1)).step("b", calls.handler("b", 2), depends_on=["a"])
        run_id = await cut_off(flow, 0, store=store, after="a")
        assert (calls, store.run(run_id).is_interrupted) == (["a"], True)
        assert await flow.resume(run_id, store=store) == {"a": 1, "b": 2}
        assert calls == ["a", "b"]

    async def test_items_that_have_completed_are_kept(self, store: MemoryStore, calls: Calls) -> None:
        async def each(item: int) -> int:
            calls.append(str(item))
            await trio.sleep(item)
            return item * 10

        flow = Flow("f", list[int]).map("m", each, over="run", max_concurrency=2)
        with trio.move_on_after(2.5):
            await flow.run([1, 2, 3, 4], store=store, run_id="r")
        assert calls == ["1", "2", "3", "4"]
        calls.clear()
        assert await flow.resume("r", store=store) == {"m": [10, 20, 30, 40]}
        assert calls == ["3", "4"]

    async def test_a_cancellation_from_outside_interrupts_and_counts_for_nothing(
        self, store: MemoryStore, virtual_clock: VirtualClock
    ) -> None:
        seen: list[tuple[int, int, str]] = []

        async def slow(_: StepInput, context: StepContext) -> int:
            seen.append((context.attempt, context.interruptions, context.idempotency_key))
            await trio.sleep(10)
            return 1

        flow = Flow("f", int).step("a", slow)
        for _ in range(2):
            with trio.move_on_after(1):
                await flow.run(0, store=store, run_id="r")
            assert (store.run("r").status, store.run("r").is_interrupted) == ("started", True)
        assert await flow.resume("r", store=store) == {"a": 1}
        assert seen == [(1, 0, "r/a/0")] * 3

    async def test_an_exception_in_the_block_interrupts_and_cancel_ends(self, store: MemoryStore) -> None:
        flow = Flow("f", int).step("a", calls_forever)
        with pytest.raises(ZeroDivisionError):
            async with flow.start(0, store=store, run_id="r"):
                raise ZeroDivisionError
        assert store.run("r").is_interrupted
        async with flow.start(0, store=store, run_id="r") as run:
            run.cancel()
        assert store.run("r").status == "cancelled"
        with pytest.raises(RunCancelledError, match=r'flow "f": run r was cancelled, so it has no outputs\.'):
            await flow.resume("r", store=store)

    async def test_a_task_that_kills_its_process_is_found_out(self, store: MemoryStore, calls: Calls) -> None:
        flow = Flow("f", int).step("a", calls.handler("a", 1), max_interruptions=2, max_attempts=5)
        await cut_off(flow, 0, store=store, before="a", run_id="r")
        mortal = [await again(flow, store) for _ in range(2)]
        assert mortal == [
            "the run was cut off for a test.",
            (
                'flow "f": step "a" failed at attempt 1: TaskInterruptedError: the process died 2 times while it '
                "executed this task, so the handler may be what kills it. If it is not, give the step more "
                "max_interruptions."
            ),
        ]
        assert calls == ["a", "a"]
        assert [(each.kind, each.attempt) for each in store.failures("r")] == [
            ("interrupted", 1),
            ("interrupted", 1),
            ("failed", 1),
        ]

    async def test_attempts_and_their_waits_go_on(self, store: MemoryStore, virtual_clock: VirtualClock) -> None:
        attempts: list[int] = []

        async def flaky(_: StepInput, context: StepContext) -> int:
            attempts.append(context.attempt)
            if context.attempt < 3:
                raise ConnectionError
            return 1

        flow = Flow("f", int).step("a", flaky, max_attempts=3, base_delay=1000)
        with trio.move_on_after(500):
            await flow.run(0, store=store, run_id="r")
        (task,) = store.tasks("r")
        assert (attempts, task.status, task.attempt) == ([1], "queued", 1)
        assert task.due is not None
        assert await flow.resume("r", store=store) == {"a": 1}
        assert attempts == [1, 2, 3]

    async def test_skips_and_predicates_are_decided_once(
        self, store: MemoryStore, calls: Calls, virtual_clock: VirtualClock
    ) -> None:
        answers = iter([True, False])

        def decide(_: StepInput) -> bool:
            return next(answers)

        flow = (
            Flow("f", int)
            .step("yes", calls.handler("yes", 1), if_=decide, start_delay=100)
            .step("no", calls.handler("no", 2), if_=decide)
            .step("last", calls.handler("last", 3), depends_on=["no"])
            .step("cascade", calls.handler("cascade", 4), if_=lambda _: next(answers, False), when_unmet="skip_cascade")
            .step("below", calls.handler("below", 5), depends_on=["cascade"])
        )
        with trio.move_on_after(50):
            await flow.run(0, store=store, run_id="r")
        assert calls == ["last"]
        outputs = await flow.resume("r", store=store)
        assert outputs == {"yes": 1, "no": None, "last": 3, "cascade": None, "below": None}
        assert calls == ["last", "yes"]

    async def test_the_timeout_of_a_run_goes_on_by_the_wall_clock(self, store: MemoryStore, calls: Calls) -> None:
        async def slow(_: StepInput) -> None:
            calls.append("a")
            await trio.sleep_forever()

        flow = Flow("f", int).step("a", slow)
        with trio.move_on_after(0.02):
            await flow.run(0, store=store, run_id="r", timeout=0.05)
        await trio.sleep(0.05)
        with pytest.raises(RunTimeoutError) as caught:
            await flow.resume("r", store=store)
        assert (
            str(caught.value)
            == 'flow "f": run r was cancelled after its timeout of 0.05 s; these steps were running: "a".'
        )
        with pytest.raises(RunTimeoutError) as again:
            await flow.resume("r", store=store)
        assert str(again.value) == str(caught.value)
        assert calls == ["a"]  # not again, as the time was up
        assert store.run("r").status == "failed"

    async def test_a_run_that_another_process_has_taken_over_is_lost(self, store: MemoryStore, calls: Calls) -> None:
        flow = Flow("f", int).step("a", calls_forever)
        claims: list[Claim] = []
        watch = store.watch

        def watching(claim: Claim, notify: Callable[[], object]) -> Callable[[], None]:
            claims.append(claim)
            return watch(claim, notify)

        store.watch = watching  # type: ignore[method-assign]
        other = Flow("f", int).step("a", calls.handler("a", 1))
        flow = Flow("f", int).step("a", wait_for(began := trio.Event(), go := trio.Event()))

        async def run() -> None:
            with pytest.raises(RunLostError, match=r'run "r" '):
                await flow.run(0, store=store, run_id="r")

        async with trio.open_nursery() as nursery:
            nursery.start_soon(run)
            await began.wait()
            store.abandon(claims[0]).result()
            assert await other.resume("r", store=store) == {"a": 1}
            go.set()
        assert store.run("r").status == "completed"


async def again(flow: Flow[int, Any], store: MemoryStore) -> str:
    """Resume a run, and cut it off as soon as its handler has ended."""
    from typedflow.testing._cut_off import MortalStore  # noqa: PLC0415  not public

    def ends(changes: Sequence[Transition]) -> bool:
        return any(change.subject == "task" and change.status == "completed" for change in changes)

    with pytest.raises(Exception, match=r".") as caught:
        await flow.resume("r", store=MortalStore(store, ends, is_stored=False))
    return str(caught.value)


def wait_for(began: trio.Event, go: trio.Event) -> Callable[[Any], Any]:
    async def wait(_: Any) -> int:
        began.set()
        await go.wait()
        return 0

    return wait


class TestCancellation:
    async def test_a_cancellation_in_the_store_reaches_handlers(self, store: MemoryStore) -> None:
        cleaned_up: list[str] = []
        began = trio.Event()

        async def slow(_: StepInput) -> None:
            began.set()
            try:
                await trio.sleep_forever()
            finally:
                cleaned_up.append("yes")

        flow = Flow("f", int).step("a", slow)

        async def run() -> None:
            with pytest.raises(RunCancelledError, match=r"run r was cancelled"):
                await flow.run(0, store=store, run_id="r")

        async with trio.open_nursery() as nursery:
            nursery.start_soon(run)
            await began.wait()
            await trio.to_thread.run_sync(store.cancel, "r")
        assert cleaned_up == ["yes"]
        assert store.run("r").status == "cancelled"

    async def test_the_handle_of_a_run_hears_of_it(self, store: MemoryStore) -> None:
        flow = Flow("f", int).step("a", calls_forever)
        async with flow.start(0, store=store, run_id="r") as run:
            await trio.to_thread.run_sync(store.cancel, "r")
            with pytest.raises(RunCancelledError):
                await run.outputs()
        assert run.status == "cancelled"


class TestRetries:
    async def test_a_failed_run_goes_on_from_its_failed_tasks(self, store: MemoryStore, calls: Calls) -> None:
        is_broken = True

        async def each(item: int) -> int:
            calls.append(str(item))
            if item == 2 and is_broken:
                raise ValueError("no")
            return item

        flow = (
            Flow("f", list[int])
            .map("m", each, over="run", max_concurrency=1)
            .step("n", lambda i: i["m"], depends_on=["m"])
        )
        with pytest.raises(StepFailedError):
            await flow.run([1, 2, 3], store=store, run_id="r")
        is_broken = False
        assert await flow.retry("r", store=store) == {"m": [1, 2, 3], "n": [1, 2, 3]}
        assert calls == ["1", "2", "2", "3"]
        with pytest.raises(RunEndedError, match=r'run "r" of flow "f" has ended: it is completed\.'):
            await flow.retry("r", store=store)

    async def test_it_may_begin_again_at_a_step(self, store: MemoryStore, calls: Calls) -> None:
        flow = (
            Flow("f", int)
            .step("a", calls.handler("a", 1))
            .step("b", calls.handler("b", 2), depends_on=["a"])
            .step("c", calls.handler("c", 3), depends_on=["b"])
            .step("d", calls.handler("d", 4))
        )
        await flow.run(0, store=store, run_id="r")
        calls.clear()
        assert await flow.retry("r", store=store, from_steps=["b"]) == {"a": 1, "b": 2, "c": 3, "d": 4}
        assert calls == ["b", "c"]

    async def test_an_unknown_run_is_named(self, store: MemoryStore) -> None:
        flow = Flow("f", int).step("a", lambda _: 1)
        for attempt in (flow.retry("x", store=store), flow.resume("x", store=store)):
            with pytest.raises(UnknownRunError, match=r'store "memory": there is no run "x"\.'):
                await attempt

    async def test_wrong_arguments_are_named(self, store: MemoryStore) -> None:
        flow: Any = Flow("f", int).step("a", lambda _: 1)
        no_store = 'flow "f": store must be a store, such as SqliteStore("runs.db"), not None.'
        for call, message in (
            (partial(flow.resume, 5, store=store), 'flow "f": run_id must be a string, not 5.'),
            (partial(flow.retry, 5, store=store), 'flow "f": run_id must be a string, not 5.'),
            (partial(flow.resume, "r", store=None), no_store),
            (partial(flow.retry, "r", store=None), no_store),
            (
                partial(flow.resume, "r", store="runs.db"),
                "flow \"f\": store must be a store: pass SqliteStore('runs.db'), not 'runs.db'.",
            ),
            (
                partial(flow.retry, "r", store=store, from_steps="split"),
                "flow \"f\": from_steps must be a list of slugs, not 'split'.",
            ),
            (
                partial(flow.retry, "r", store=store, from_steps=5),
                'flow "f": from_steps must be a list of slugs, not 5.',
            ),
            (
                partial(flow.retry, "r", store=store, from_steps=[5]),
                'flow "f": from_steps must be a list of slugs, not [5].',
            ),
        ):
            with pytest.raises(InvalidOptionError) as caught:
                await call()
            assert str(caught.value) == message
        with pytest.raises(InvalidOptionError) as caught:
            flow.deliver(5, "a", 1, store=store)
        assert str(caught.value) == 'flow "f": run_id must be a string, not 5.'
        with pytest.raises(InvalidOptionError) as caught:
            flow.deliver("r", "a", 1, store=None)
        assert str(caught.value) == no_store


def test_many_runs_at_once_share_commits(store: MemoryStore) -> None:
    flow = Flow("f", int).step("a", lambda i: i["run"] + 1).step("b", lambda i: i["a"] * 2, depends_on=["a"])

    async def main() -> list[Any]:
        outputs: list[Any] = [None] * 20

        async def run(number: int) -> None:
            outputs[number] = (await flow.run(number, store=store))["b"]

        async with trio.open_nursery() as nursery:
            for number in range(20):
                nursery.start_soon(run, number)
        return outputs

    assert trio.run(main) == [2 * (number + 1) for number in range(20)]
    assert len(store.runs(status="completed")) == 20
    assert threading.active_count() < 20
