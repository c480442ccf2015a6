"""`OneRun`: a run that a command starts or resumes, from its progress to its outputs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import click
import trio

from typedflow._cli.failure import Failure, RunFailure, Stopped
from typedflow._cli.handler_logs import show_logs
from typedflow._cli.progress import show_progress
from typedflow._cli.run_options import shown_outputs
from typedflow._cli.stop import run_until_stopped
from typedflow.exceptions import (
    FlowDefinitionError,
    InvalidInputError,
    InvalidOptionError,
    InvalidResourcesError,
    NotStorableError,
    ResourcesError,
    RunCancelledError,
    RunTimeoutError,
    StepFailedError,
    UnstorableValueError,
)
from typedflow.listeners import inline

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from typedflow._cli.run_options import RunOptions
    from typedflow._cli.shown_outputs import ShownOutputs
    from typedflow._cli.stored_place import StoredPlace
    from typedflow.event import Event
    from typedflow.flow import Flow

# What is wrong before the run begins.
_REFUSED: Final = (
    FlowDefinitionError,
    InvalidInputError,
    InvalidOptionError,
    InvalidResourcesError,
    NotStorableError,
    UnstorableValueError,
)


@dataclass(frozen=True)
class OneRun:
    """A run that is about to be started or resumed.

    Attributes:
        flow: The flow.
        options: The options of the command.
        shown: Which outputs are printed.
        resources: The option ``resources`` of the run, if there is one.
        place: Where it is stored; None if it is not.
    """

    flow: Flow[Any, Any]
    options: RunOptions
    shown: ShownOutputs
    resources: dict[str, Any]
    place: StoredPlace | None = None

    @classmethod
    def of(cls, flow: Flow[Any, Any], options: RunOptions, resources: dict[str, Any]) -> OneRun:
        """Check the options, and return the run.

        Raises:
            Failure: The flow has no such step, or the file for the outputs cannot be written.
        """
        return cls(flow, options, shown_outputs(flow, options), resources)

    def execute(self, work: Callable[..., Awaitable[dict[str, Any]]]) -> Outcome:
        """Execute the run, and show its progress.

        Args:
            work: Starts or resumes the run with the options of a run.

        Raises:
            Failure: The flow, its input or its resources are not valid.
        """
        outcome = Outcome(self, {})
        try:
            return replace(outcome, finished=self._run(work, outcome.finished))
        except _REFUSED as error:
            raise Failure(str(error)) from error
        except StepFailedError as error:
            lines = [str(error), *getattr(error, "__notes__", ()), *self._advice("retry")]
            failure = RunFailure("\n".join(lines), error=error.__cause__)
            finished = {**error.outputs, **outcome.finished}  # the outputs of a resumed run are not all of this process
            return replace(outcome, finished=finished, failure=failure, has_completed=False)
        except (RunTimeoutError, RunCancelledError) as error:
            failure = RunFailure("\n".join([str(error), *self._advice("retry")]))
            finished = {**error.outputs, **outcome.finished}
            return replace(outcome, finished=finished, failure=failure, has_completed=False)
        except ResourcesError as error:  # if they cannot be closed, there are outputs
            failure = RunFailure(str(error), error=error.__cause__)
            finished, has_completed = error.outputs or outcome.finished, error.outputs is not None
            return replace(outcome, finished=finished, failure=failure, has_completed=has_completed)
        except Stopped as stopped:
            for line in self._advice("resume"):
                click.echo(line, err=True)
            return replace(outcome, failure=stopped, has_completed=False)

    def _run(self, work: Callable[..., Awaitable[dict[str, Any]]], finished: dict[str, Any]) -> dict[str, Any]:
        """Execute the run, and return its outputs. Those of the steps that have ended are also in ``finished``."""

        def collect(event: Event) -> None:
            has_ended = event.subject == "step" and event.status in {"completed", "skipped"}
            if has_ended and event.step is not None and event.parent is None:
                finished[event.step] = event.output

        options, definition = self.options, self.flow.definition
        shown = show_progress(
            definition, is_quiet=options["is_quiet"], ended={} if self.place is None else self.place.ended_steps()
        )
        with show_logs(options["log_level"]), shown as progress:
            listeners = [*progress, inline(collect)]
            limit = options["max_concurrency"]
            program = partial(work, max_concurrency=limit, listeners=listeners, **self.resources)
            doing = "Cancelling" if self.place is None else "Interrupting"
            outputs: dict[str, Any] = trio.run(partial(run_until_stopped, program, doing))
            return outputs

    def _advice(self, what: str) -> list[str]:
        if self.place is None:
            return []
        return self.place.retry_advice() if what == "retry" else self.place.resume_advice()


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    Attributes:
        run: The run.
        finished: The outputs of the steps that have completed or were skipped.
        failure: What ends the command; None if the run completed.
        has_completed: Whether the run completed.
    """

    run: OneRun
    finished: dict[str, Any]
    failure: RunFailure | Stopped | None = None
    has_completed: bool = True

    def write(self) -> None:
        """Write the outputs.

        Raises:
            RunFailure: The run failed, or an output has no JSON form.
            OutputFailure: They cannot be written.
            Stopped: A signal has stopped the run.
        """
        options, shown = self.run.options, self.run.shown
        if not self.has_completed and not (options["only"] or options["named"]):
            shown = replace(shown, slugs=list(self.finished))
        problems = shown.write(self.finished) if self.has_completed or options["is_partial"] else []
        sentences = [f'flow "{self.run.flow.definition.slug}": {problem}' for problem in problems]
        if self.failure is not None:
            for sentence in sentences:
                click.echo(f"Error: {sentence}", err=True)
            raise self.failure
        if sentences:
            raise RunFailure("\n".join(sentences))
