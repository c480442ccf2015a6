"""What the thread of a store lets trio call."""

from __future__ import annotations

import threading
from functools import partial

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from typedflow.engines._local.calls_from_store import CallsFromStore


async def test_every_call_is_made_once_and_in_order_while_threads_add_others() -> None:
    calls = CallsFromStore.of_this_program()
    made: list[tuple[int, int]] = []
    has_ended = trio.Event()

    def make(thread: int, number: int) -> None:
        made.append((thread, number))
        if len(made) == 4_000:
            has_ended.set()

    def add(thread: int) -> None:
        for number in range(1_000):
            calls.call_soon(partial(make, thread, number))

    for thread in range(4):
        threading.Thread(target=add, args=(thread,)).start()
    await has_ended.wait()
    await wait_all_tasks_blocked()
    for thread in range(4):
        assert [number for other, number in made if other == thread] == list(range(1_000))


def test_a_program_has_its_own_calls_and_drops_what_comes_after_its_end() -> None:
    async def main() -> CallsFromStore:
        calls = CallsFromStore.of_this_program()
        assert CallsFromStore.of_this_program() is calls
        return calls

    first, second = trio.run(main), trio.run(main)
    assert first is not second
    first.call_soon(pytest.fail)
