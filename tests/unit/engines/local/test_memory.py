"""What a run has held is let go with it, at once: nothing waits for the collection of cycles.

Nothing runs in a thread here, for trio's idle threads keep what they returned or raised last.
"""

import contextlib
import gc
import math
import weakref
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
import trio
import trio.lowlevel

from typedflow import FlowDefinition, Options, StepFailedError
from typedflow.engines._local.run import Run
from typedflow.engines._local.runs import execute


class Large:
    pass


class Kept(list["weakref.ref[Large]"]):
    """What handlers have made, held by nobody here."""

    def make(self) -> Large:
        large = Large()
        self.append(weakref.ref(large))
        return large

    async def wait(self, _: Any) -> None:
        """A handler that holds something while it waits for ever."""
        large = self.make()
        await trio.sleep(math.inf)
        assert isinstance(large, Large)

    async def fail(self, _: Any) -> None:
        """A handler that holds something while it fails."""
        large = self.make()
        await trio.lowlevel.checkpoint()
        raise ValueError(f"no, {type(large)}")


@pytest.fixture
def kept() -> Iterator[Kept]:
    gc.collect()
    gc.disable()
    yield Kept()
    gc.enable()


def flow(**options: Any) -> FlowDefinition:
    return FlowDefinition("f", Any, Options(max_attempts=1, **options))


async def test_of_outputs(kept: Kept) -> None:
    await execute(flow().with_step("a", lambda _: kept.make()), None)
    await all_is_let_go(kept)


async def test_of_a_failed_run(kept: Kept) -> None:
    steps = flow().with_step("a", lambda _: kept.make()).with_step("b", kept.fail, ["a"])
    with contextlib.suppress(StepFailedError):  # pytest.raises would keep the error
        await execute(steps, None)
    await all_is_let_go(kept)


async def test_of_a_predicate_that_raised(kept: Kept) -> None:
    def fail(inputs: Any) -> bool:
        large = kept.make()
        raise ValueError(f"no, {type(large)}, {inputs}")

    steps = flow().with_step("a", lambda _: kept.make()).with_step("b", lambda _: 1, ["a"], if_=fail)
    with contextlib.suppress(StepFailedError):
        await execute(steps, None)
    await all_is_let_go(kept)


async def test_of_a_handler_that_was_timed_out(kept: Kept) -> None:
    await execute(flow(timeout=0.001).with_step("a", kept.wait, when_exhausted="skip"), None)
    await all_is_let_go(kept)


async def test_of_a_run_that_was_cancelled(kept: Kept) -> None:
    with trio.move_on_after(0.001):
        await execute(flow().with_step("a", kept.wait), None)
    await all_is_let_go(kept)


async def not_asked(_: Run[Any]) -> None:
    pass


async def asked(run: Run[Any]) -> None:
    with contextlib.suppress(StepFailedError):
        await run.outputs()
    with contextlib.suppress(StepFailedError):
        await run.outputs()


async def test_of_a_run_with_a_handle_whose_step_was_skipped_because_it_failed(kept: Kept) -> None:
    def fail(_: Any) -> None:
        raise ValueError("no")

    async def run() -> None:
        steps = (
            flow().with_step("a", lambda _: kept.make()).with_step("b", fail, runs_in="inline", when_exhausted="skip")
        )
        async with Run.start(steps, None) as handle:
            await handle.outputs()

    await run()
    await all_is_let_go(kept)


@pytest.mark.parametrize("ask", [not_asked, asked])
async def test_of_a_failed_run_with_a_handle(kept: Kept, ask: Callable[[Run[Any]], Awaitable[None]]) -> None:
    async def run() -> None:
        steps = flow().with_step("a", lambda _: kept.make()).with_step("b", kept.fail, ["a"])
        with contextlib.suppress(StepFailedError):
            async with Run.start(steps, None) as handle:
                await ask(handle)

    await run()
    await all_is_let_go(kept)


async def test_of_a_flow() -> None:
    def typed(_: Any) -> int:
        return 1

    steps = flow().with_step("a", typed)
    await execute(steps, None)
    alive = weakref.ref(steps)
    del steps
    gc.collect()
    assert alive() is None


async def all_is_let_go(kept: Kept) -> None:
    await trio.lowlevel.checkpoint()
    assert [large() for large in kept] == [None] * len(kept)
    assert kept
