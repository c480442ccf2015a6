"""A run that a task of asyncio awaits: the loop goes on, cancellation and exceptions cross over, nothing is left."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import gc
import signal
import subprocess
import sys
import threading
import traceback
import weakref
from typing import TYPE_CHECKING, Any, Unpack

import anyio
import pytest
import trio
from typing_extensions import override

from typedflow import Flow, InvalidInputError, StepFailedError
from typedflow.engines._async_library import async_library

if TYPE_CHECKING:
    from collections.abc import Callable

from tests.unit.engines.local.from_asyncio import SECONDS, Patient, Ts, doubling, python, threads_of_runs


class TestAwaiting:
    def test_a_run_is_awaited_in_asyncio_as_it_is_in_trio(self) -> None:
        assert asyncio.run(doubling().run(21)) == {"double": 42} == trio.run(doubling().run, 21)

    def test_the_loop_is_not_blocked_while_a_handler_blocks(self) -> None:
        async def main() -> None:
            loop = asyncio.get_running_loop()
            blocks, released = asyncio.Event(), threading.Event()

            def block(inputs: Any) -> bool:
                loop.call_soon_threadsafe(blocks.set)
                return released.wait(SECONDS)

            run = asyncio.create_task(Flow("f", int).step("block", block, runs_in="inline").run(1))
            await blocks.wait()
            released.set()
            assert await run == {"block": True}

        asyncio.run(main())

    def test_many_runs_overlap(self) -> None:
        everybody = threading.Barrier(50)
        flow = Flow("f", int).step("meet", lambda i: (everybody.wait(SECONDS), i["run"])[1])

        async def main() -> list[Any]:
            return await asyncio.gather(*(flow.run(number) for number in range(50)))

        assert asyncio.run(main()) == [{"meet": number} for number in range(50)]

    def test_handlers_see_the_context_variables_of_the_task(self) -> None:
        user = contextvars.ContextVar("user", default="nobody")

        async def in_place(inputs: Any) -> str:
            return user.get()

        def in_thread(inputs: Any) -> str:
            return user.get()

        async def request(name: str) -> Any:
            user.set(name)
            return await Flow("f", int).step("a", in_place).step("b", in_thread).run(1)

        async def main() -> list[Any]:
            return [*await asyncio.gather(request("anna"), request("bert"))]

        assert asyncio.run(main()) == [{"a": "anna", "b": "anna"}, {"a": "bert", "b": "bert"}]

    def test_a_handler_awaits_another_flow_on_trio_or_runs_an_asyncio_program_in_its_worker_thread(self) -> None:
        async def inner(inputs: Any) -> int:
            outputs = await doubling().run(inputs["run"])
            return int(outputs["double"])

        def of_asyncio(inputs: Any) -> int:
            return int(asyncio.run(doubling().run(inputs["run"]))["double"])

        flow = Flow("outer", int).step("a", inner).step("b", of_asyncio)
        assert asyncio.run(flow.run(1)) == {"a": 2, "b": 2}

    def test_a_worker_thread_calls_into_the_loop_that_awaits_the_run(self) -> None:
        async def main() -> Any:
            loop = asyncio.get_running_loop()

            async def ask() -> bool:
                return asyncio.get_running_loop() is loop

            def handler(inputs: Any) -> bool:
                return asyncio.run_coroutine_threadsafe(ask(), loop).result(SECONDS)

            return await Flow("f", int).step("a", handler).run(1)

        assert asyncio.run(main()) == {"a": True}

    def test_run_sync_blocks_the_loop_and_works(self) -> None:
        async def main() -> Any:
            return doubling().run_sync(2)

        assert asyncio.run(main()) == {"double": 4}

    def test_anyio_on_asyncio_is_asyncio(self) -> None:
        assert anyio.run(doubling().run, 2, backend="asyncio") == {"double": 4}
        assert anyio.run(doubling().run, 2, backend="trio") == {"double": 4}

    def test_a_program_that_hosts_trio_as_a_guest_awaits_runs_in_both(self) -> None:
        async def main() -> Any:
            loop = asyncio.get_running_loop()
            asked = asyncio.Event()
            guest: asyncio.Future[Any] = loop.create_future()

            async def in_trio() -> Any:
                outputs = await doubling().run(1)
                loop.call_soon(asked.set)
                await trio.lowlevel.checkpoint()
                return async_library(), outputs

            trio.lowlevel.start_guest_run(
                in_trio,
                run_sync_soon_threadsafe=loop.call_soon_threadsafe,
                done_callback=lambda outcome: guest.set_result(outcome.unwrap()),
            )
            await asked.wait()
            return async_library(), await doubling().run(2), await guest

        assert asyncio.run(main()) == ("asyncio", {"double": 4}, ("trio", {"double": 2}))

    def test_where_neither_runs_the_error_says_what_to_call(self) -> None:
        with pytest.raises(RuntimeError) as caught:
            doubling().run(1).send(None)
        assert str(caught.value) == (
            'flow "doubling": run() must be awaited in trio or asyncio, and neither is running. '
            "Call run_sync() instead."
        )

    def test_a_program_without_asyncio_does_not_import_it(self) -> None:
        program = """
import sys, trio
from typedflow import Flow
trio.run(Flow("f", int).step("a", lambda i: 1).run, 1)
Flow("f", int).step("a", lambda i: 1).run_sync(1)
assert "asyncio" not in sys.modules
"""
        assert python(program) == (0, "", "")


class TestFailing:
    def test_the_exception_of_a_step_comes_out_with_its_cause_and_both_tracebacks(self) -> None:
        def guilty(inputs: Any) -> None:
            raise ValueError("no")

        async def main() -> None:
            await Flow("f", int, max_attempts=1).step("a", guilty).run(1)

        with pytest.raises(StepFailedError) as caught:
            asyncio.run(main())
        assert str(caught.value) == 'flow "f": step "a" failed at attempt 1: ValueError: no'
        assert "main" in [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]
        assert caught.value.__cause__ is not None
        assert [frame.name for frame in traceback.extract_tb(caught.value.__cause__.__traceback__)] == ["guilty"]

    def test_a_wrong_input_is_refused_as_itself(self) -> None:
        flow: Flow[Any, Any] = doubling()
        with pytest.raises(InvalidInputError, match="the input is not a valid int"):
            asyncio.run(flow.run("one"))

    @pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, asyncio.CancelledError])
    def test_an_exception_of_a_handler_neither_ends_the_program_nor_cancels_its_task(
        self, kind: type[BaseException]
    ) -> None:
        def leave(inputs: Any) -> None:
            raise kind("enough")

        async def main() -> None:
            async with asyncio.TaskGroup() as group:
                group.create_task(Flow("f", int, max_attempts=1).step("a", leave).run(1))

        with pytest.raises(ExceptionGroup) as caught:
            asyncio.run(main())
        (failure,) = caught.value.exceptions
        assert str(failure) == f'flow "f": step "a" failed at attempt 1: {kind.__name__}: enough'
        assert threads_of_runs() == []

    def test_a_failed_run_is_freed_without_the_garbage_collector(self) -> None:
        class Big:
            pass

        freed = threading.Event()

        async def main() -> None:
            big = Big()
            weakref.finalize(big, freed.set)

            async def fail(inputs: Any, mine: Big = big) -> None:
                raise ValueError(mine)

            with contextlib.suppress(StepFailedError):
                await Flow("f", int, max_attempts=1).step("a", fail).run(1)

        gc.disable()
        try:
            asyncio.run(main())
            assert freed.wait(SECONDS)  # the thread lets go of it last
        finally:
            gc.enable()


class TestTheEndOfTheLoop:
    def test_a_run_that_is_not_awaited_has_cleaned_up_when_asyncio_run_returns(self) -> None:
        async def main() -> list[str]:
            patient = Patient()
            background.append(asyncio.create_task(patient.flow.run(1)))
            await patient.started.wait()
            return patient.log

        background: list[asyncio.Task[Any]] = []
        assert asyncio.run(main()) == ["started", "cleaned up"]
        assert threads_of_runs() == []

    def test_a_run_whose_loop_was_closed_comes_to_its_end_without_it(self) -> None:
        asked_in_vain = threading.Event()

        class Loop(asyncio.SelectorEventLoop):
            @override
            def call_soon_threadsafe(
                self, callback: Callable[[Unpack[Ts]], object], *args: *Ts, context: Any = None
            ) -> asyncio.Handle:
                if self.is_closed():
                    asked_in_vain.set()
                return super().call_soon_threadsafe(callback, *args, context=context)

        async def start() -> asyncio.Task[Any]:
            loop = asyncio.get_running_loop()
            started = asyncio.Event()

            def wait(inputs: Any) -> None:
                loop.call_soon_threadsafe(started.set)
                released.wait(SECONDS)

            run = asyncio.create_task(Flow("f", int).step("wait", wait, runs_in="inline").run(1))
            await started.wait()
            return run

        released = threading.Event()
        loop = Loop()
        loop.set_exception_handler(lambda loop, context: None)  # the task is destroyed while it is pending
        run = loop.run_until_complete(start())
        loop.close()
        assert threads_of_runs() == ['run of flow "f"']
        released.set()
        assert asked_in_vain.wait(SECONDS)
        assert threads_of_runs() == []
        assert not run.done()

    def test_a_program_that_leaves_a_run_behind_does_not_hang(self) -> None:
        program = """
import asyncio, threading, trio
from typedflow import Flow

async def main():
    loop = asyncio.get_running_loop()
    started = asyncio.Event()

    async def wait(inputs):
        loop.call_soon_threadsafe(started.set)
        await trio.sleep_forever()

    global run
    run = asyncio.create_task(Flow("f", int).step("wait", wait).run(1))
    await started.wait()

loop = asyncio.new_event_loop()
loop.run_until_complete(main())
print("done")
"""
        code, output, _ = python(program)
        assert (code, output) == (0, "done\n")

    def test_an_interrupt_from_the_keyboard_lets_the_handlers_clean_up(self) -> None:
        program = """
import asyncio, signal, trio
from typedflow import Flow

signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored by what a shell has started in the background

async def wait(inputs):
    print("started", flush=True)
    try:
        await trio.sleep_forever()
    finally:
        with trio.CancelScope(shield=True):
            await trio.sleep(0.1)
        print("cleaned up", flush=True)

asyncio.run(Flow("f", int).step("wait", wait).run(1))
"""
        command = [sys.executable, "-c", program]
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) as process:  # noqa: S603  as above
            assert process.stdout is not None
            assert process.stderr is not None
            assert process.stdout.readline() == "started\n"
            process.send_signal(signal.SIGINT)
            output, errors = process.communicate(timeout=SECONDS)
        assert output == "cleaned up\n"
        assert errors.endswith("\nKeyboardInterrupt\n")
