"""``typedflow worker``."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import click
import trio

from typedflow._cli.completion import complete_target
from typedflow._cli.engine.database import EngineFailure, opened_database
from typedflow._cli.failure import Failure, RunFailure, Stopped
from typedflow._cli.handler_logs import LogLevel, show_logs
from typedflow._cli.health import health
from typedflow._cli.resources import resources_option
from typedflow._cli.standard_output import print_to_stderr
from typedflow._cli.stop import stopping_immediately
from typedflow._cli.target import load_flows
from typedflow._text import escaped, quoted
from typedflow.exceptions import (
    EngineError,
    FlowDefinitionError,
    InvalidOptionError,
    InvalidResourcesError,
    NotStorableError,
    ResourcesError,
)
from typedflow.listeners.logs import log_events

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from typedflow.engines.pgflow import PgflowWorker
    from typedflow.flow import Flow

_EXIT_CODES: Final = """\b
Exit codes:
  0    stopped: every task has ended or was given back
  1    the database cannot be reached when it starts, has refused a
       statement, or resources failed; or a task could not be given back
  2    wrong usage: a bad target, an invalid flow
  130  stopped immediately, by Ctrl-C (143: by SIGTERM)
"""
# How long after its grace a worker may take to report what is left, and then to close its resources, in seconds.
_PATIENCE: Final = 5.0


@click.command(epilog=_EXIT_CODES)
@click.argument("targets", metavar="TARGET...", nargs=-1, required=True, shell_complete=complete_target)
@click.option(
    "--engine",
    "--database",
    "url",
    metavar="URL",
    envvar="TYPEDFLOW_ENGINE",
    show_envvar=True,
    required=True,
    help="The database: postgresql://user@host:port/name.",
)
@click.option(
    "--concurrency",
    type=click.IntRange(min=1),
    default=100,
    show_default=True,
    help="How many tasks may be executed concurrently.",
)
@click.option(
    "--resources",
    metavar="TARGET",
    help="What the handlers share, if the flows declare resources. Named like a flow.",
)
@click.option(
    "--grace",
    type=click.FloatRange(min=0),
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    help="How long tasks may take to end when the worker is stopped, before they are given back.",
)
@click.option(
    "--health",
    "place",
    metavar="PORT|HOST:PORT|FILE",
    help="Where a supervisor asks: http://127.0.0.1:PORT/health, or the file, which is touched with each heartbeat.",
)
@click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    help="Lowest level of the log records to show. Each task is a record of level debug. [default: info for the "
    "loggers of steps, warning for others]",
)
def worker(
    *,
    targets: tuple[str, ...],
    url: str,
    concurrency: int,
    resources: str | None,
    grace: float,
    place: str | None,
    log_level: LogLevel | None,
) -> None:
    """Execute the tasks of flows, whose runs are in a database, until SIGTERM or Ctrl-C.

    A TARGET is a flow, path/to/file.py:NAME or package.module:NAME, or a module, for all of its flows. Any number of
    workers share the tasks. A flow that the database does not have is deployed.

    The first signal stops the worker: it takes no more tasks, and gives back those that do not end within the grace. A
    second one gives them back immediately.
    """
    with print_to_stderr():
        try:
            with stopping_immediately():
                flows = [flow for target in targets for flow in load_flows(target)]
                with opened_database(url):
                    from typedflow.engines.pgflow import PgflowWorker  # noqa: PLC0415  needs the extra
                options = _resources(flows, resources)
                executing = PgflowWorker(url, flows, max_concurrency=concurrency, listeners=[log_events], **options)
            _execute(executing, flows, grace=grace, place=place, log_level=log_level)
        except (FlowDefinitionError, InvalidOptionError, InvalidResourcesError, NotStorableError) as error:
            raise Failure(f"{error}") from error
        except EngineError as error:
            raise EngineFailure(f"{error}") from error
        except ResourcesError as error:
            raise RunFailure(f"{error}") from error


def _execute(
    executing: PgflowWorker, flows: list[Flow[Any, Any]], *, grace: float, place: str | None, log_level: LogLevel | None
) -> None:
    stopping = _Stopping(executing, grace)
    slugs = quoted([flow.definition.slug for flow in flows])
    with show_logs(log_level), health(executing, place), stopping.handled():
        click.echo(f'working on {slugs} in engine "{escaped(executing.name)}"', err=True)
        trio.run(executing.run)
    if stopping.received is not None:
        click.echo("The worker has stopped.", err=True)
    if len(stopping.signals) > 1:
        raise Stopped(stopping.signals[-1])


def _resources(flows: list[Flow[Any, Any]], target: str | None) -> dict[str, Any]:
    declaring = [flow.definition for flow in flows if flow.definition.resources is not None]
    return resources_option((declaring or [flows[0].definition])[0], target)


class _Stopping:
    """What signals do: the first one stops a worker, the second one immediately, and the third one ends the process.

    A handler that blocks cannot keep the process alive: it ends some seconds after the grace.

    Args:
        worker: The worker.
        grace: How long its tasks may take to end, in seconds.

    Attributes:
        signals: Those that have come.
    """

    def __init__(self, worker: PgflowWorker, grace: float) -> None:
        self.signals: list[signal.Signals] = []
        self._worker = worker
        self._grace = grace

    @property
    def received(self) -> signal.Signals | None:
        """The first signal."""
        return self.signals[0] if self.signals else None

    @contextmanager
    def handled(self) -> Iterator[None]:
        """Handle the signals while the context is entered."""
        numbers = [signal.SIGINT, signal.SIGTERM]
        before = [signal.signal(number, self._stop) for number in numbers]
        try:
            yield
        finally:
            for number, handler in zip(numbers, before, strict=True):
                signal.signal(number, handler)

    def _stop(self, number: int, _frame: FrameType | None) -> None:
        self.signals.append(signal.Signals(number))
        if len(self.signals) == 1:
            again = "Another one gives back what is executed, immediately."
            _say(f"{self.signals[0].name}: the worker takes no more tasks, and ends within {self._grace:g} s. {again}")
            self._worker.stop(self._grace)
            self._end_after(self._grace + _PATIENCE)
        elif len(self.signals) == 2:
            _say(f"{self.signals[1].name}: the worker gives back what it executes.")
            self._worker.stop(0)
            self._end_after(_PATIENCE)
        else:
            os._exit(Stopped(self.signals[-1]).exit_code)

    def _end_after(self, seconds: float) -> None:
        threading.Thread(target=self._end, args=(seconds,), name="typedflow end", daemon=True).start()

    def _end(self, seconds: float) -> None:
        """End the process, if handlers that block keep it alive."""
        is_settled = self._worker.is_settled.wait(seconds)
        time.sleep(_PATIENCE)
        if len(self.signals) > 1:
            os._exit(Stopped(self.signals[-1]).exit_code)
        os._exit(0 if is_settled else 1)


def _say(text: str) -> None:
    """Write to standard error in a signal handler, where it may be locked."""
    os.write(2, f"{text}\n".encode())
