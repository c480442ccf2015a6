"""Resumes all interrupted runs of some flows, concurrently."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import click
import trio

from typedflow._cli.failure import Failure
from typedflow._cli.handler_logs import show_logs
from typedflow._cli.resources import resources_option
from typedflow._cli.stop import run_until_stopped
from typedflow._cli.stored_flows import flow_of
from typedflow._exception_group import ungrouped
from typedflow._text import counted, escaped, in_one_line
from typedflow.exceptions import (
    RunCancelledError,
    RunClaimedError,
    RunEndedError,
    RunLostError,
    StepFailedError,
    UnknownRunError,
)
from typedflow.listeners import inline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typedflow._cli.run_options import RunOptions
    from typedflow.flow import Flow
    from typedflow.stores import RunRecord, Store

# What another process has done with a run in the meantime.
_ELSEWHERE: Final = (RunClaimedError, RunEndedError, RunLostError, UnknownRunError)


class ResumedRuns:
    """The interrupted runs of the flows of a target.

    Attributes:
        completed: How many completed.
        failed: How many failed, or could not be resumed.
        passed_over: How many another process has taken up.
    """

    def __init__(self, store: Store, flows: Sequence[Flow[Any, Any]], target: str, options: RunOptions) -> None:
        self._store = store
        self._flows = flows
        self._target = target
        self._options = options
        self._found = 0
        self.completed = 0
        self.failed = 0
        self.passed_over = 0

    def resume(self, max_runs: int) -> None:
        """Resume the runs that are interrupted now, so many concurrently, and say how each of them ended.

        Raises:
            Stopped: A signal has interrupted them.
        """
        slugs = sorted({flow.definition.slug for flow in self._flows})
        found = [run for slug in slugs for run in self._store.runs(flow=slug, status="interrupted")]
        # The oldest ones first; after all others those that wait for a delivery, and may do so for days.
        found.sort(key=lambda run: (bool(run.waiting), run.created_at))
        self._found = len(found)
        try:
            with show_logs(self._options["log_level"]):
                trio.run(partial(run_until_stopped, partial(self._resume, found, max_runs), "Interrupting"))
        except BaseExceptionGroup as group:  # a handler has raised KeyboardInterrupt
            raise ungrouped(group) from None
        finally:
            _say(self._summary())

    async def _resume(self, runs: Sequence[RunRecord], max_runs: int) -> None:
        limit = trio.Semaphore(max_runs)
        async with trio.open_nursery() as nursery:
            for run in runs:
                await limit.acquire()
                nursery.start_soon(self._resume_one, run, limit)

    async def _resume_one(self, run: RunRecord, limit: trio.Semaphore) -> None:
        name = f'run "{run.run_id}" of flow "{run.flow}"'
        started = trio.current_time()
        executed: set[str] = set()  # steps; of a run that has ended elsewhere there are none
        try:
            flow = flow_of(run, self._flows, self._target)
            _say(f"{name} is resumed")
            resources = resources_option(flow.definition, self._options["resources"])
            limit_of_run = self._options["max_concurrency"]
            hear = inline(lambda event: executed.add(event.step or ""))
            await flow.resume(
                run.run_id, store=self._store, max_concurrency=limit_of_run, listeners=[hear], **resources
            )
        except _ELSEWHERE as error:
            self.passed_over += 1
            reason = f"it is executed by {error.place}" if isinstance(error, RunClaimedError) else str(error)
            _say(f"{name} is passed over: {reason}")
        except RunCancelledError:
            self.passed_over += 1
            _say(f"{name} was cancelled")
        except Failure as failure:
            self.failed += 1
            _say(f"{name} cannot be resumed: {failure.format_message()}")
        except Exception as error:  # noqa: BLE001  the failure of a run must not stop the others
            if isinstance(error, StepFailedError) and not any(executed):
                self._pass_over(name, "failed")
            else:
                self.failed += 1
                _say(f"{name} failed: {in_one_line(error, run.flow)}")
        else:
            if any(executed):
                self.completed += 1
                _say(f"{name} completed after {trio.current_time() - started:.2f} s")
            else:
                self._pass_over(name, "completed")
        finally:
            limit.release()

    def _pass_over(self, name: str, status: str) -> None:
        self.passed_over += 1
        _say(f"{name} is passed over: it has {status} in another process")

    def _summary(self) -> str:
        if not self._found:
            return "No interrupted run found."
        ended = self.completed + self.failed + self.passed_over
        parts = [(self.completed, "completed"), (self.failed, "failed"), (self.passed_over, "passed over")]
        parts.append((self._found - ended, "still interrupted"))
        return (
            f"{counted(self._found, 'run')}: " + ", ".join(f"{count:,} {what}" for count, what in parts if count) + "."
        )


def _say(line: str) -> None:
    click.echo(escaped(line), err=True)
