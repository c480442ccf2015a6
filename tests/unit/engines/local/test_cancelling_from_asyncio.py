"""A task of asyncio that is cancelled cancels the run that it awaits, and resumes when the handlers have cleaned up."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import anyio
import pytest
import trio

from tests.unit.engines.local.from_asyncio import SECONDS, Patient, doubling, threads_of_runs
from typedflow import Flow, InvalidInputError, StepFailedError


class TestCancelling:
    def test_a_cancelled_task_goes_on_when_the_handlers_have_cleaned_up(self) -> None:
        async def main() -> list[str]:
            patient = Patient()
            run = asyncio.create_task(patient.flow.run(1))
            await patient.started.wait()
            run.cancel("enough")
            with pytest.raises(asyncio.CancelledError, match="enough"):
                await run
            patient.log.append("cancelled")
            assert run.cancelled()
            return patient.log

        assert asyncio.run(main()) == ["started", "cleaned up", "cancelled"]
        assert threads_of_runs() == []

    def test_a_second_cancellation_does_not_cut_the_clean_up_short(self) -> None:
        async def main() -> list[str]:
            patient = Patient(cleans_up_at_once=False)
            run = asyncio.create_task(patient.flow.run(1))
            await patient.started.wait()
            run.cancel()
            await patient.cleaning.wait()
            for _ in range(10):
                run.cancel()
                await asyncio.sleep(0)
            assert not run.done()
            patient.may_end.set()
            with pytest.raises(asyncio.CancelledError):
                await run
            return patient.log

        assert asyncio.run(main()) == ["started", "cleaned up"]
        assert threads_of_runs() == []

    def test_a_timeout_of_asyncio_cancels_the_run(self) -> None:
        async def main() -> list[str]:
            patient = Patient()

            async def impatient() -> None:
                async with asyncio.timeout(None) as timeout:
                    run = asyncio.create_task(patient.flow.run(1))
                    await patient.started.wait()
                    timeout.reschedule(0)
                    await run

            with pytest.raises(TimeoutError):
                await impatient()
            return patient.log

        assert asyncio.run(main()) == ["started", "cleaned up"]

    def test_wait_for_cancels_the_run(self) -> None:
        async def main() -> None:
            await asyncio.wait_for(Patient().flow.run(1), 0.01)

        with pytest.raises(TimeoutError):
            asyncio.run(main())
        assert threads_of_runs() == []

    def test_of_two_timeouts_that_expire_the_outer_one_is_reported(self) -> None:
        async def main() -> list[str]:
            patient = Patient(cleans_up_at_once=False)
            reported = []

            async def expire(inner: asyncio.Timeout, outer: asyncio.Timeout) -> None:
                await patient.started.wait()
                inner.reschedule(0)
                await patient.cleaning.wait()
                outer.reschedule(0)
                await asyncio.sleep(0)
                assert outer.expired()
                patient.may_end.set()

            try:
                async with asyncio.timeout(None) as outer:
                    try:
                        async with asyncio.timeout(None) as inner, asyncio.TaskGroup() as group:
                            group.create_task(expire(inner, outer))
                            await patient.flow.run(1)
                    except TimeoutError:
                        reported.append("inner")
            except TimeoutError:
                reported.append("outer")
            return reported

        assert asyncio.run(main()) == ["outer"]

    def test_a_cancel_scope_of_anyio_cancels_the_run(self) -> None:
        async def main() -> list[str]:
            patient = Patient()
            async with anyio.create_task_group() as group:
                group.start_soon(patient.flow.run, 1)
                await patient.started.wait()
                group.cancel_scope.cancel()
            return patient.log

        assert anyio.run(main, backend="asyncio") == ["started", "cleaned up"]

    def test_a_run_that_another_task_of_a_group_cancels_by_failing_cleans_up(self) -> None:
        async def main() -> list[str]:
            patient = Patient()

            async def group_of_two() -> None:
                async with asyncio.TaskGroup() as group:
                    group.create_task(patient.flow.run(1))
                    await patient.started.wait()
                    group.create_task(wrong.run("one"))

            wrong: Flow[Any, Any] = doubling()
            with pytest.raises(ExceptionGroup) as caught:
                await group_of_two()
            assert [type(error) for error in caught.value.exceptions] == [InvalidInputError]
            return patient.log

        assert asyncio.run(main()) == ["started", "cleaned up"]

    def test_nothing_starts_of_a_run_that_is_cancelled_before_its_thread_has_begun(self) -> None:
        async def main() -> list[str]:
            patient = Patient()
            for _ in range(100):
                run = asyncio.create_task(patient.flow.run(1))
                asyncio.get_running_loop().call_soon(run.cancel)
                with pytest.raises(asyncio.CancelledError):
                    await run
            return patient.log

        # The thread may have been quicker; then the handler has cleaned up.
        log = asyncio.run(main())
        assert log == ["started", "cleaned up"] * (len(log) // 2)

    def test_a_cancellation_is_not_lost_on_a_run_that_completes_all_the_same(self) -> None:
        async def main() -> bool:
            loop = asyncio.get_running_loop()
            started, cancelled = asyncio.Event(), threading.Event()

            def finish(inputs: Any) -> bool:
                loop.call_soon_threadsafe(started.set)
                return cancelled.wait(SECONDS)

            run = asyncio.create_task(Flow("f", int).step("finish", finish, runs_in="inline").run(1))
            await started.wait()
            run.cancel()
            cancelled.set()
            with pytest.raises(asyncio.CancelledError):
                await run
            return run.cancelled()

        assert asyncio.run(main())

    def test_an_exception_of_the_clean_up_outweighs_the_cancellation(self) -> None:
        async def main() -> BaseException | None:
            loop = asyncio.get_running_loop()
            started = asyncio.Event()

            async def stubborn(inputs: Any) -> None:
                loop.call_soon_threadsafe(started.set)
                try:
                    await trio.sleep_forever()
                finally:
                    raise ValueError("the door is stuck")

            run = asyncio.create_task(Flow("f", int).step("leave", stubborn).run(1))
            await started.wait()
            run.cancel()
            with pytest.raises(StepFailedError) as caught:
                await run
            return caught.value.__cause__

        assert repr(asyncio.run(main())) == "ValueError('the door is stuck')"

    def test_a_handler_that_cancels_itself_cancels_no_other(self) -> None:
        async def give_up(inputs: Any) -> str:
            with trio.CancelScope() as scope:
                scope.cancel()
                await trio.sleep_forever()
            return "gave up"

        async def main() -> Any:
            return await Flow("f", int).step("a", give_up).run(1)

        assert asyncio.run(main()) == {"a": "gave up"}
