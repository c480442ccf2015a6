"""Who hears of the events of a run, where, and that none of them can break it or slow it down."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import queue
import threading
import time
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import trio

from typedflow import Event, Flow, InvalidOptionError
from typedflow.listeners import inline
from typedflow.testing import RecordedEvents

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WORDS = ["run started", "a started", "a started", "a completed", "a completed", "run completed"]
VARIABLE: contextvars.ContextVar[str] = contextvars.ContextVar("VARIABLE", default="unset")


async def nap(_: object) -> None:
    await trio.sleep(0.01)


async def forever(_: object) -> None:
    await trio.sleep_forever()


one_step = Flow("f", int).step("a", lambda i: i["run"])
naps = Flow("f", int).step("a", nap)


def word(event: Event) -> str:
    return f"{event.step or 'run'} {event.status}"


class Hearing:
    """A listener with a class of its own, which hears in a thread."""

    def __init__(self, after: Callable[[Event], object] = lambda _: None) -> None:
        self.heard: list[str] = []
        self.threads: set[int] = set()
        self.after = after

    def __call__(self, event: Event) -> None:
        self.threads.add(threading.get_ident())
        self.heard.append(word(event))
        self.after(event)


@pytest.fixture
def stuck() -> Iterator[Callable[[Event], object]]:
    """A listener that does not return before the test is over."""
    release = threading.Event()

    def stuck(event: Event) -> None:
        release.wait()

    yield stuck
    release.set()


class TestPlace:
    """Where a listener is called."""

    async def test_an_inline_listener_is_called_in_place(self) -> None:
        events: list[Event] = []
        events_too: queue.SimpleQueue[Event] = queue.SimpleQueue()
        threads: set[int] = set()
        await one_step.run(
            1,
            listeners=[
                inline(lambda _: threads.add(threading.get_ident())),
                inline(events.append),
                inline(events_too.put),
            ],
        )
        assert threads == {threading.get_ident()}
        assert [word(event) for event in events] == WORDS
        assert [events_too.get_nowait() for _ in events] == events

    async def test_an_event_is_received_in_place_before_the_run_continues(self) -> None:
        heard: list[str] = []
        flow = Flow("f", int).step("a", lambda _: list(heard))
        assert (await flow.run(1, listeners=[inline(lambda event: heard.append(word(event)))]))["a"] == WORDS[:3]

    @pytest.mark.parametrize("kind", ["function", "method", "partial", "lambda", "object"])
    async def test_any_other_callable_is_called_in_a_thread_of_its_own_and_has_received_all_at_the_end(
        self, kind: str
    ) -> None:
        hearing = Hearing(lambda _: time.sleep(0.005))

        def function(event: Event) -> None:
            hearing(event)

        listeners: dict[str, Callable[[Event], object]] = {
            "function": function,
            "method": hearing.__call__,
            "partial": partial(hearing.__call__),
            "lambda": lambda event: hearing(event),  # noqa: PLW0108  a lambda is what is tested
            "object": hearing,
        }
        await one_step.run(1, listeners=[listeners[kind]])
        assert hearing.heard == WORDS
        assert len(hearing.threads) == 1
        assert threading.get_ident() not in hearing.threads

    async def test_each_of_any_number_receives_everything_in_order(self) -> None:
        hearing = [Hearing() for _ in range(20)]
        in_place: list[list[Event]] = [[] for _ in range(20)]
        await naps.run(1, listeners=[*hearing, *(inline(events.append) for events in in_place)])
        assert [each.heard for each in hearing] == [WORDS] * 20
        assert [[word(event) for event in events] for events in in_place] == [WORDS] * 20

    async def test_the_listeners_may_be_an_iterator(self) -> None:
        events: list[Event] = []
        await one_step.run(1, listeners=iter([inline(events.append)]))
        assert len(events) == 6

    async def test_those_in_place_are_called_in_the_order_in_which_they_are_given(self) -> None:
        order: list[str] = []
        await one_step.run(
            1, listeners=[inline(lambda _: order.append("first")), inline(lambda _: order.append("second"))]
        )
        assert order == ["first", "second"] * 6

    async def test_one_listener_may_receive_events_of_concurrent_runs(self) -> None:
        hearing = Hearing()
        async with trio.open_nursery() as nursery:
            for number in range(10):
                nursery.start_soon(partial(naps.run, number, listeners=[hearing]))
        assert Counter(hearing.heard) == Counter(WORDS * 10)


class TestContextVariables:
    @pytest.mark.parametrize("in_place", [True, False])
    async def test_a_listener_sees_those_of_the_caller_of_the_run(self, *, in_place: bool) -> None:
        seen: set[str] = set()

        def note(event: Event) -> None:
            seen.add(VARIABLE.get())

        VARIABLE.set("set by caller")
        await naps.run(1, listeners=[inline(note) if in_place else note])
        assert seen == {"set by caller"}

    async def test_what_one_in_place_sets_when_a_task_starts_only_its_handler_sees(self) -> None:
        def mark(event: Event) -> None:
            if event.subject == "task" and event.status == "started":
                VARIABLE.set(f"{event.step}[{event.task_index}]")

        async def awaited(_: object) -> str:
            await trio.sleep(0.01)
            return VARIABLE.get()

        def in_thread(_: object) -> str:
            return VARIABLE.get()

        flow = (
            Flow("f", list[int])
            .step("awaited", awaited)
            .step("in_thread", in_thread)
            .step("in_place", lambda _: VARIABLE.get())
            .map("items", awaited, over="run")
        )
        VARIABLE.set("set by caller")
        assert await flow.run([7, 8], listeners=[inline(mark)]) == {
            "awaited": "awaited[0]",
            "in_thread": "in_thread[0]",
            "in_place": "in_place[0]",
            "items": ["items[0]", "items[1]"],
        }
        assert VARIABLE.get() == "set by caller"

    async def test_what_one_in_place_sets_for_one_task_the_next_does_not_see(self) -> None:
        def mark(event: Event) -> None:
            if event.subject == "task" and event.step == "a":
                VARIABLE.set("of a")

        flow = Flow("f", int).step("a", lambda _: VARIABLE.get()).step("b", lambda _: VARIABLE.get(), depends_on=["a"])
        outputs = await flow.run(1, listeners=[inline(lambda event: event.status == "started" and mark(event))])  # type: ignore[func-returns-value]
        assert outputs == {"a": "of a", "b": "unset"}


async def coroutine_function(event: Event) -> None:
    pass


def generator_function(event: Event) -> Iterator[Event]:
    yield event


class Awaitable:
    async def __call__(self, event: Event) -> None:
        pass


class TestThatIsNone:
    """What cannot hear is refused before anything starts."""

    @pytest.mark.parametrize(
        "listener", [coroutine_function, partial(coroutine_function), generator_function, Awaitable(), 1, None]
    )
    async def test_it_is_refused(self, listener: Any) -> None:
        with pytest.raises(InvalidOptionError) as caught:
            await one_step.run(1, listeners=[Hearing(), listener])
        assert str(caught.value) == (
            'flow "f": listeners must be an iterable of synchronous functions that take an Event, '
            f"not {listener!r:.200}."
        )

    @pytest.mark.parametrize("listeners", [None, print, 3])
    async def test_there_must_be_several(self, listeners: Any) -> None:
        with pytest.raises(InvalidOptionError, match="listeners must be an iterable"):
            await one_step.run(1, listeners=listeners)


class TestThatRaises:
    """A listener that raises is logged and hears no more of the run; the others do, and the run goes on."""

    @pytest.mark.parametrize("in_place", [True, False])
    async def test_it_is_logged_once(self, caplog: pytest.LogCaptureFixture, *, in_place: bool) -> None:
        calls: list[Event] = []
        others: list[list[Event]] = [[], []]

        def broken(event: Event) -> None:
            calls.append(event)
            raise ValueError("bad listener")

        listener = inline(broken) if in_place else broken
        outputs = await one_step.run(1, listeners=[inline(others[0].append), listener, inline(others[1].append)])
        assert outputs == {"a": 1}
        assert (len(calls), *map(len, others)) == (1, 6, 6)
        (record,) = caplog.records
        assert (record.name, record.levelno) == ("typedflow", logging.ERROR)
        run_id = calls[0].run_id
        assert record.getMessage() == f"A listener failed and will receive no more events of run {run_id}: {broken!r}"
        assert record.exc_info is not None
        assert str(record.exc_info[1]) == "bad listener"

    async def test_it_receives_events_of_the_next_run(self, caplog: pytest.LogCaptureFixture) -> None:
        hearing = Hearing(lambda event: int("one"))
        for _ in range(3):
            await one_step.run(1, listeners=[hearing])
        assert hearing.heard == ["run started"] * 3
        assert len(caplog.records) == 3

    @pytest.mark.parametrize("kind", [SystemExit, asyncio.CancelledError, GeneratorExit])
    @pytest.mark.parametrize("in_place", [True, False])
    async def test_it_cannot_end_the_program_or_the_run(
        self, caplog: pytest.LogCaptureFixture, kind: type[BaseException], *, in_place: bool
    ) -> None:
        def leave(event: Event) -> None:
            raise kind(4)

        listener = inline(leave) if in_place else leave
        assert await one_step.run(1, listeners=[listener]) == {"a": 1}
        assert [record.exc_info and type(record.exc_info[1]) for record in caplog.records] == [kind]

    async def test_ctrl_c_in_a_listener_that_is_called_in_place_ends_the_program(self) -> None:
        def interrupted(event: Event) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            await one_step.run(1, listeners=[inline(interrupted)])


class TestThatIsSlow:
    """The run waits for no listener but at its end, and there for at most a second."""

    async def test_it_receives_everything_though_the_run_is_ahead_of_it(self) -> None:
        slow = Hearing(lambda event: time.sleep(0.002))
        flow = Flow("f", list[int]).map("each", lambda item: item, over="run")
        flow_too = flow.step("heard", lambda _: len(slow.heard), depends_on=["each"])
        outputs = await flow_too.run(list(range(50)), listeners=[slow])
        assert outputs["heard"] < 50
        assert len(slow.heard) == 2 + 2 + 2 * 50 + 4
        assert slow.heard[-1] == "run completed"

    async def test_one_that_never_returns_holds_nothing_up_but_the_end_of_the_run_for_a_second(
        self, stuck: Callable[[Event], object], caplog: pytest.LogCaptureFixture
    ) -> None:
        ended: list[float] = []
        events = RecordedEvents()
        flow = naps.step("b", lambda _: ended.append(time.monotonic()), depends_on=["a"])
        began = time.monotonic()
        await flow.run(1, listeners=[inline(events.append), stuck, stuck])
        assert ended[0] - began < 0.5
        assert 0.9 < time.monotonic() - began < 1.9
        assert [record.getMessage() for record in caplog.records] == [
            f"Run {events[0].run_id} ended while listener {stuck!r} was still processing events"
        ] * 2

    async def test_the_second_is_real_time_under_a_clock_that_jumps(
        self, autojump_clock: trio.testing.MockClock
    ) -> None:
        slow = Hearing(lambda event: time.sleep(0.02))
        await naps.run(1, listeners=[slow])
        assert slow.heard == WORDS

    async def test_a_cancelled_run_emits_all_of_it_too(self) -> None:
        slow = Hearing(lambda event: time.sleep(0.02))
        with trio.move_on_after(0.05) as scope:
            await Flow("f", int).step("a", forever).run(1, listeners=[slow])
        assert scope.cancelled_caught
        assert slow.heard[-3:] == ["a cancelled", "a cancelled", "run cancelled"]

    async def test_a_run_that_is_cancelled_waits_less(self, stuck: Callable[[Event], object]) -> None:
        began = time.monotonic()
        with trio.move_on_after(0.01):
            await Flow("f", int).step("a", forever).run(1, listeners=[stuck])
        assert time.monotonic() - began < 0.7

    async def test_what_has_become_of_the_run_is_known_meanwhile(self, stuck: Callable[[Event], object]) -> None:
        began = time.monotonic()
        async with one_step.start(1, listeners=[stuck]) as run:
            statuses = [(event.status, run.status) async for event in run.events]
            assert time.monotonic() - began < 0.7
        assert statuses[-1] == ("completed", "completed")

    async def test_a_failed_run_emits_all_of_it_too(self) -> None:
        slow = Hearing(lambda event: time.sleep(0.02))

        def fail(_: object) -> None:
            raise ValueError("no")

        with pytest.raises(Exception, match="no"):
            await Flow("f", int, max_attempts=1).step("a", fail).run(1, listeners=[slow])
        assert slow.heard[-3:] == ["a failed", "a failed", "run failed"]

    async def test_their_threads_are_released_with_the_run(self) -> None:
        await naps.run(1, listeners=[Hearing() for _ in range(5)])
        before = threading.active_count()
        for _ in range(3):
            await naps.run(1, listeners=[Hearing() for _ in range(5)])
        assert threading.active_count() <= before


def test_a_run_without_listeners_has_no_thread_for_any() -> None:
    before = threading.active_count()
    flow = Flow("f", int).step("threads", lambda _: threading.active_count())
    assert flow.run_sync(1)["threads"] == before
