"""The page about runs: its example of cleanup that awaits something."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import trio
import trio.testing

from typedflow import Flow, StepFailedError, StepInput

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

PAGE = (Path(__file__).parents[2] / "docs" / "runs.md").read_text("utf-8")


class Lock:
    def __init__(self) -> None:
        self.is_released = False

    async def release(self) -> None:
        await trio.sleep(1)
        self.is_released = True


@pytest.mark.parametrize("is_shielded", [True, False])
async def test_cleanup_that_awaits_is_shielded(
    is_shielded: bool,  # noqa: FBT001  a parameter
    autojump_clock: trio.testing.MockClock,
) -> None:
    (example,) = re.findall(r"```python\n(async def work\(.*?)```", PAGE, re.DOTALL)
    lock = Lock()

    async def acquire_lock(_: object) -> Lock:
        await trio.lowlevel.checkpoint()
        return lock

    async def use(_: Lock) -> None:
        await trio.sleep_forever()

    async def bad(_: object) -> None:
        await trio.sleep(1)
        raise ValueError("no")

    source = example if is_shielded else example.replace(", shield=True", "")
    names: dict[str, Any] = {"trio": trio, "StepInput": StepInput, "acquire_lock": acquire_lock, "use": use}
    exec(source, names)  # noqa: S102  what the page shows
    work: Callable[[Any], Awaitable[None]] = names["work"]
    flow = Flow("f", str, max_attempts=1).step("work", work).step("bad", bad)
    with pytest.raises(StepFailedError, match="ValueError: no"):
        await flow.run("lock")
    assert lock.is_released == is_shielded
