"""A clock on which waiting takes no time."""

import math
import time
from typing import Any

import pytest
import trio
import trio.testing
from typing_extensions import override

from typedflow import Flow, StepFailedError, StepTimeoutError
from typedflow.listeners import inline
from typedflow.testing import RecordedEvents, VirtualClock


@pytest.fixture
def virtual_clock() -> VirtualClock:
    return VirtualClock()


async def test_it_starts_at_0_and_jumps_to_what_is_waited_for(virtual_clock: VirtualClock) -> None:
    began = time.monotonic()
    assert trio.current_time() == 0
    await trio.sleep(3600)
    assert trio.current_time() == 3600
    assert time.monotonic() - began < 5


async def test_retries_take_no_real_time(virtual_clock: VirtualClock) -> None:
    tries: list[float] = []

    async def flaky(_: Any) -> int:
        tries.append(trio.current_time())
        if len(tries) < 4:
            raise ConnectionError("again")
        return len(tries)

    flow: Any = Flow("shop", int, max_attempts=4, base_delay=100).step("pay", flaky)
    events = RecordedEvents()
    assert await flow.run(1, listeners=[inline(events.append)]) == {"pay": 4}
    assert tries == [0, 100, 300, 700]
    assert events.attempts("pay") == 4


async def test_it_stands_still_while_a_thread_works(virtual_clock: VirtualClock) -> None:
    def work(_: Any) -> str:
        time.sleep(0.05)
        return "done"

    async def wait(_: Any) -> None:
        await trio.sleep(1)

    flow: Any = Flow("shop", int, timeout=0.5, max_attempts=1).step("work", work).step("wait", wait, timeout=2)
    assert await flow.run(1) == {"work": "done", "wait": None}


async def test_a_test_may_let_time_pass(virtual_clock: VirtualClock) -> None:
    with trio.move_on_after(60) as scope:
        virtual_clock.jump(100)
        await trio.lowlevel.checkpoint()
    assert trio.current_time() == 100
    assert scope.cancelled_caught


def test_a_clock_may_jump_for_a_thread_that_waits_for_it() -> None:
    class Clock(VirtualClock):
        @override
        def stands_still(self) -> bool:
            return False

    def work(_: Any) -> str:
        trio.from_thread.run(trio.sleep, 5)
        return "done"

    # Without a timeout there is nothing to jump to before the thread waits.
    flow: Any = Flow("shop", int, timeout=math.inf).step("work", work)
    assert trio.run(flow.run, 1, clock=Clock()) == {"work": "done"}


async def test_a_timeout_passes_immediately_where_all_only_wait(virtual_clock: VirtualClock) -> None:
    async def stuck(_: Any) -> None:
        await trio.sleep_forever()

    flow: Any = Flow("shop", int, max_attempts=2).step("stuck", stuck, timeout=1000)
    with pytest.raises(StepFailedError) as caught:
        await flow.run(1)
    assert isinstance(caught.value.__cause__, StepTimeoutError)
    assert trio.current_time() == 2001


async def test_a_task_that_waits_until_all_others_wait_continues_first(virtual_clock: VirtualClock) -> None:
    for _ in range(20):  # trio lets tasks go on in any order
        began = trio.current_time()
        with trio.move_on_after(10):
            await trio.testing.wait_all_tasks_blocked()
            await trio.lowlevel.checkpoint()
            assert trio.current_time() == began
            await trio.sleep(1)
        assert trio.current_time() == began + 1


def test_patience_is_for_what_happens_outside_of_the_program() -> None:
    async def main() -> bool:
        token = trio.lowlevel.current_trio_token()
        answered = trio.Event()

        def answer() -> None:
            time.sleep(0.02)
            token.run_sync_soon(answered.set)

        trio.lowlevel.start_thread_soon(answer, lambda _: None)  # of which no limiter knows
        with trio.move_on_after(10):
            await answered.wait()
        return answered.is_set()

    assert trio.run(main, clock=VirtualClock(patience=0.5))
    assert not trio.run(main, clock=VirtualClock())
