"""What the command line shows of a run while it goes on."""

from __future__ import annotations

import contextlib
import io
import re
import sys
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import trio
from rich.console import Console

from typedflow import Event, Flow, PermanentError, StepContext, StepFailedError
from typedflow._cli.progress import show_progress
from typedflow._cli.progress.plain_lines import PlainLines
from typedflow._cli.progress.step_table import StepTable
from typedflow.listeners import inline
from typedflow.testing import VirtualClock

if TYPE_CHECKING:
    from collections.abc import Callable


async def flaky(_: object, context: StepContext) -> None:
    await trio.sleep(1)
    if context.attempt < 3:
        raise ValueError("not\nyet")


async def flaky_item(item: int, context: StepContext) -> int:
    await trio.sleep(1 + item / 10)
    if item == 0 and context.attempt == 1:
        raise ValueError("not yet")
    return item


async def second(_: object) -> None:
    await trio.sleep(1)


async def broken(_: object) -> None:
    await trio.sleep(1)
    raise PermanentError("no")


async def forever(_: object) -> None:
    await trio.sleep_forever()


retried = Flow("f", int, max_attempts=3).step("a", flaky)
mapped = Flow("f", list[int], max_attempts=3).map("each", flaky_item, over="run", max_concurrency=2)
skipped = (
    Flow("f", int)
    .step("unmet", second, if_=2, when_unmet="skip_cascade")
    .step("below", second, depends_on=["unmet"])
    .step("failed", broken, when_exhausted="skip")
)
fails = Flow("f", int).step("slow", forever).step("bad", broken)


def run(flow: Flow[Any, Any], flow_input: object, listener: Callable[[Event], object]) -> None:
    """Run it to its end, whatever that is; what it waits for takes no time."""
    with contextlib.suppress(StepFailedError):
        trio.run(partial(flow.run, flow_input, listeners=[inline(listener)]), clock=VirtualClock())


class TestLines:
    @pytest.fixture
    def lines(self, capsys: pytest.CaptureFixture[str]) -> Callable[..., list[str]]:
        def lines(flow: Flow[Any, Any], flow_input: object) -> list[str]:
            run(flow, flow_input, PlainLines())
            return capsys.readouterr().err.splitlines()

        return lines

    def test_a_retry_says_when_and_why(self, lines: Callable[..., list[str]]) -> None:
        assert lines(retried, 1) == [
            'flow "f" started',
            'step "a" started',
            'step "a": attempt 1 failed, retrying in 1 s: ValueError: not yet',
            'step "a": attempt 2 failed, retrying in 2 s: ValueError: not yet',
            'step "a" completed after 6.00 s',
            'flow "f" completed after 6.00 s',
        ]

    def test_a_map_says_of_how_many_items_it_is_and_how_many_have_completed(
        self, lines: Callable[..., list[str]]
    ) -> None:
        assert lines(mapped, [0, 1, 2]) == [
            'flow "f" started',
            'step "each" started: 3 items',
            'step "each", item 0: attempt 1 failed, retrying in 1 s: ValueError: not yet',
            'step "each": 1 of 3 items completed',
            'step "each": 2 of 3 items completed',
            'step "each" completed after 3.00 s',
            'flow "f" completed after 3.00 s',
        ]
        assert lines(mapped, [])[1:3] == ['step "each" started: 0 items', 'step "each" completed after 0.00 s']
        assert lines(mapped, [1])[1:3] == ['step "each" started: 1 item', 'step "each" completed after 1.10 s']

    def test_a_large_map_has_a_line_for_each_tenth_of_it(self, lines: Callable[..., list[str]]) -> None:
        said = lines(Flow("f", list[int]).map("each", lambda item: item, over="run"), list(range(100_000)))
        assert len(said) == 13
        assert said[1:4] == [
            'step "each" started: 100,000 items',
            'step "each": 10,000 of 100,000 items completed',
            'step "each": 20,000 of 100,000 items completed',
        ]

    def test_the_first_ten_retries_of_a_map_are_printed(self, lines: Callable[..., list[str]]) -> None:
        def fail(item: int, context: StepContext) -> None:
            if context.attempt == 1:
                raise ValueError(str(item))

        said = lines(
            Flow("f", list[int]).map("each", fail, over="run", runs_in="inline", max_attempts=2), list(range(1000))
        )
        retries = [line for line in said if "attempt" in line]
        assert len(retries) == 10
        assert retries[9] == 'step "each", item 9: attempt 1 failed, retrying in 1 s: ValueError: 9'
        assert said.count('step "each": further retries of its items are not shown') == 1

    def test_a_skip_says_why(self, lines: Callable[..., list[str]]) -> None:
        assert lines(skipped, 1) == [
            'flow "f" started',
            'step "unmet" skipped: its condition is unmet',
            'step "below" skipped: a step that it depends on was skipped',
            'step "failed" started',
            'step "failed" skipped: its attempts are used up (PermanentError: no)',
            'flow "f" completed after 1.00 s',
        ]

    def test_a_failure_cancels_what_else_runs(self, lines: Callable[..., list[str]]) -> None:
        said = lines(fails, 1)
        assert sorted(said[1:3]) == ['step "bad" started', 'step "slow" started']
        assert said[3:] == [
            'step "bad" failed after 1.00 s',
            'step "slow" cancelled after 1.00 s',
            'flow "f" failed after 1.00 s',
        ]


class TestTable:
    @pytest.fixture(autouse=True)
    def _wall_clock_that_stands(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """On a busy machine, the tenth of a second that a drawing takes would be shown."""
        monkeypatch.setattr(time, "time", lambda: 1_000_000.0)

    @staticmethod
    def drawings(flow: Flow[Any, Any], flow_input: object, width: int = 100, height: int = 20) -> list[str]:
        """What is drawn after each event; drawings that differ from the one before, without the spaces at the end."""
        table = StepTable(flow.definition, Console(width=width, height=height))
        drawn: list[str] = []

        def draw(event: Event) -> None:
            table(event)
            console = Console(file=io.StringIO(), width=width, height=height)
            console.print(table)
            assert isinstance(console.file, io.StringIO)
            text = re.sub(r" +$", "", console.file.getvalue(), flags=re.MULTILINE)
            if not drawn or drawn[-1] != text:
                drawn.append(text)

        run(flow, flow_input, draw)
        return drawn

    def test_a_retry_counts_down_and_then_says_which_attempt_it_is(self) -> None:
        steps = [drawing.splitlines()[0] for drawing in self.drawings(retried, 1)]
        assert steps == [
            "a  created",
            "a  started  0.0 s",
            "a  retrying  0.0 s  attempt 2 in 1 s",
            "a  started  0.0 s  attempt 2",
            "a  retrying  0.0 s  attempt 3 in 2 s",
            "a  started  0.0 s  attempt 3",
            "a  completed  6.0 s  2 retries",
            "a  completed  6.0 s  2 retries",  # of which the run has ended too
        ]

    def test_a_resumed_run_shows_what_had_ended_before(self) -> None:
        table = StepTable(skipped.definition, Console(), {"unmet": "skipped", "a": "completed"})
        console = Console(file=io.StringIO(), width=100)
        console.print(table)
        assert isinstance(console.file, io.StringIO)
        drawn = console.file.getvalue()
        assert "unmet   skipped" in drawn
        assert ", 1 skipped" in drawn

    def test_a_map_counts_its_items(self) -> None:
        steps = [drawing.splitlines()[0] for drawing in self.drawings(mapped, [0, 1, 2])]
        assert list(dict.fromkeys(steps)) == [
            "each  created",
            "each  started  0.0 s  0 of 3 items",
            "each  started  0.0 s  0 of 3 items, 1 retrying",
            "each  started  0.0 s  1 of 3 items, 1 retrying",
            "each  started  0.0 s  1 of 3 items",
            "each  started  0.0 s  2 of 3 items",
            "each  started  0.0 s  3 of 3 items",
            "each  completed  3.0 s  3 of 3 items, 1 retry",
        ]

    def test_a_skip_says_why_and_is_counted(self) -> None:
        assert self.drawings(skipped, 1)[-1] == (
            "unmet   skipped         its condition is unmet\n"
            "below   skipped         a step that it depends on was skipped\n"
            "failed  skipped  1.0 s  its attempts are used up (PermanentError: no)\n"
            "f  completed  0 of 3 steps completed, 3 skipped  1.0 s\n"
        )

    def test_a_failure_says_what_it_was_and_what_was_cancelled(self) -> None:
        assert self.drawings(fails, 1)[-1] == (
            "slow  cancelled  1.0 s\n"
            "bad   failed     1.0 s  PermanentError: no\n"
            "f  failed  0 of 2 steps completed  1.0 s\n"
        )

    def test_on_a_narrow_terminal_the_reasons_are_shortened_and_nothing_else(self) -> None:
        assert self.drawings(skipped, 1, width=40)[-1] == (
            "unmet   skipped         its condition i…\n"
            "below   skipped         a step that it …\n"
            "failed  skipped  1.0 s  its attempts ar…\n"
            "f  completed  0 of 3 steps completed, 3…\n"
        )


def test_progress_is_printed_in_place_in_order_with_what_handlers_print(
    capsys: pytest.CaptureFixture[str],
) -> None:
    flow = Flow("f", int).step("a", lambda _: print("working", file=sys.stderr))  # noqa: T201
    with show_progress(flow.definition) as listeners:
        flow.run_sync(1, listeners=listeners)
    said = [line.partition(" after ")[0] for line in capsys.readouterr().err.splitlines()]
    assert said == ['flow "f" started', 'step "a" started', "working", 'step "a" completed', 'flow "f" completed']
