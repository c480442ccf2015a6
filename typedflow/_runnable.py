"""`Runnable`: the methods of a flow that run it, and read what its runs output."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar, Unpack

from typedflow._definition.storable import check_storable
from typedflow._definition.validation import decode_input
from typedflow._hidden_frames import HIDDEN_FRAMES
from typedflow.engines._delivery import deliver
from typedflow.engines._local.run import Run
from typedflow.engines._local.runs import execute, resume, retry
from typedflow.engines._programs.entry import awaitable, blocking, entered
from typedflow.engines._run_options import RunOptions, check_run_options
from typedflow.outputs import CompletedOutputs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractAsyncContextManager

    from typedflow._definition.flow import FlowDefinition
    from typedflow.engines._run_options import ResumeOptions
    from typedflow.exceptions import RunCancelledError, RunTimeoutError, StepFailedError
    from typedflow.stores import Store

Input = TypeVar("Input")
Steps_co = TypeVar("Steps_co", covariant=True)


class Runnable(Generic[Input, Steps_co]):
    """What can be run: the half of `Flow` that does not change it."""

    __slots__ = ()
    definition: FlowDefinition

    def parse_input(self, text: str | bytes) -> Input:
        """Return the flow input that a JSON text stands for: the body of a request, or a message of a queue.

        JSON has no dates, sets, enums and others, so they are read from the form that pydantic gives them in JSON. In
        everything else, validation is as strict as that of a flow input: ``"1"`` is not an ``int``.

        Args:
            text: The JSON. Bytes are read as UTF-8.

        Raises:
            InvalidInputError: The text is not JSON, or its value is not of the flow's input type.
            InvalidInputTypeError: pydantic cannot validate the flow's input type.
        """
        with HIDDEN_FRAMES:
            return decode_input(self.definition, text)  # type: ignore[no-any-return]  # validated against the input type

    async def run(self, flow_input: Input, **options: Unpack[RunOptions]) -> Steps_co:
        """Run the flow in this process, and return the outputs of all steps by slug.

        With a ``store``, the run survives its process: a ``run_id`` that the store knows resumes that run, and
        returns its outputs if it has completed. A cancellation interrupts such a run, and it can be resumed.

        In trio, the steps run in a nursery. Cancelling the surrounding scope cancels every handler. A handler in a
        worker thread cannot be interrupted, so it is awaited. It may call ``trio.from_thread.check_cancelled`` to stop
        early.

        In asyncio, the run is a trio program in a thread of its own, which does not block the event loop. Cancelling
        the task cancels the run and waits until it has cleaned up.

        Args:
            flow_input: The flow input. pydantic validates it strictly before anything starts.
            **options: See `RunOptions`.

        Raises:
            InvalidInputError: The input is not of the flow's input type.
            InvalidOptionError: An option is not valid.
            InvalidResourcesError: The resources are missing, or not of the class that the flow declares.
            FlowDefinitionError: pydantic cannot validate a declared type.
            ResourcesError: The resources could not be opened or closed.
            StepFailedError: A step failed, and all others were cancelled. The cause is the handler's own exception.
            RunClaimedError: A living process executes the run with this ``run_id``.
            DifferentInputError: There is a run with this ``run_id`` and another flow input.
            StoreError: The store cannot be read or written.
            RuntimeError: Neither trio nor asyncio is running.
        """
        program = partial(execute, self.definition, flow_input, **options)
        outputs: Any
        with HIDDEN_FRAMES:
            outputs = await awaitable(program, self.definition.slug, "run")
        return outputs  # type: ignore[no-any-return]  # Steps describes this dict; only the plugin can know

    def start(self, flow_input: Input, **options: Unpack[RunOptions]) -> AbstractAsyncContextManager[Run[Steps_co]]:
        """Start a run, and return a context manager that gives its handle.

        The ``async with`` block ends when the run has ended. An exception in the block cancels the run. The handle
        keeps all events. In asyncio, the run is in a thread of its own, as in `run`; use the handle in your task.

        Args:
            flow_input: As in `run`.
            **options: As in `run`.

        Raises:
            InvalidInputError: The input is not of the flow's input type.
            InvalidOptionError: An option is not valid.
            InvalidResourcesError: The resources are missing, or not of the class that the flow declares.
            FlowDefinitionError: pydantic cannot validate a declared type.
            ResourcesError: The resources could not be opened, or could not be closed where the block ends.
            StepFailedError: A step failed, and the block did not await the outputs. Raised where the block ends.
            RuntimeError: Neither trio nor asyncio is running.
        """
        with HIDDEN_FRAMES:
            check_run_options(self.definition.slug, options)
        return entered(partial(Run.start, self.definition, flow_input, **options), self.definition.slug)

    def run_sync(self, flow_input: Input, **options: Unpack[RunOptions]) -> Steps_co:
        """Run the flow as `run` does, and block until the run has ended. For programs that are not async.

        It also works in asyncio and in a notebook cell, but blocks the event loop. Await `run` there. In a worker
        thread of a trio program, such as that of a handler, the run is cancelled with the task that awaits the thread.

        Raises:
            RuntimeError: It was called inside a trio program, which must await `run` instead.
        """
        with HIDDEN_FRAMES:
            outputs: Steps_co = blocking(partial(self.run, flow_input, **options), self.definition.slug, "run")
        return outputs

    def deliver(self, run_id: str, slug: str, value: Any, *, store: Store) -> None:
        """Deliver the output of a wait step to a run in a store, whether or not a process executes the run.

        When this returns, the delivery is stored. A process that executes the run continues it immediately; otherwise
        it continues when it is resumed. It may be delivered before the step begins to wait.

        Args:
            run_id: Identifier of the run.
            slug: Slug of the wait step.
            value: The output. pydantic validates it strictly. The mypy plugin checks its type.
            store: The store that has the run.

        Raises:
            UnknownRunError: The store has no such run.
            UnknownStepError: The flow has no such step.
            InvalidDeliveryError: The value is not of the type that the step declares. The step still waits.
            DeliveryError: The step does not wait: it has its output already, was skipped or timed out, it is not a wait
                step, or the run has ended or is that of another flow.
            UnstorableValueError: The value cannot be stored.
            StoreError: The store cannot be read or written.
        """
        with HIDDEN_FRAMES:
            deliver(self.definition, run_id, slug, value, store)

    async def resume(self, run_id: str, *, store: Store, **options: Unpack[ResumeOptions]) -> Steps_co:
        """Resume a run that was interrupted, and return its outputs. What has completed is not executed again.

        If the run has completed already, its outputs are returned. If it has failed, it fails again: see `retry`. If it
        was cancelled, a `RunCancelledError` is raised.

        Args:
            run_id: Identifier of the run.
            store: What remembers it.
            **options: See `ResumeOptions`. The resources are opened again.

        Raises:
            UnknownRunError: The store has no such run.
            RunClaimedError: A living process executes it.
            ShapeMismatchError: It is a run of another flow, or this flow has changed so that it cannot continue.
            StoreError: The store cannot be read or written.
            StepFailedError: A step failed. There are the other errors of `run`, too.
        """
        program = partial(resume, self.definition, run_id, store, **options)
        outputs: Any
        with HIDDEN_FRAMES:
            outputs = await awaitable(program, self.definition.slug, "resume")
        return outputs  # type: ignore[no-any-return]  # as in `run`

    def resume_sync(self, run_id: str, *, store: Store, **options: Unpack[ResumeOptions]) -> Steps_co:
        """Resume a run as `resume` does, and block until it has ended. For programs that are not async.

        Raises:
            RuntimeError: It was called inside a trio program, which must await `resume` instead.
        """
        with HIDDEN_FRAMES:
            method = partial(self.resume, run_id, store=store, **options)
            outputs: Steps_co = blocking(method, self.definition.slug, "resume")
        return outputs

    async def retry(
        self, run_id: str, *, store: Store, from_steps: Sequence[str] = (), **options: Unpack[ResumeOptions]
    ) -> Steps_co:
        """Resume a run that failed or was cancelled, from its failed tasks. What has completed is kept.

        Each failed task has all its attempts again.

        Args:
            run_id: Identifier of the run.
            store: What remembers it.
            from_steps: Steps that are executed again with all that depend on them, although they may have completed.
            **options: As in `resume`.

        Raises:
            UnknownStepError: The run has no such step.
            UnknownRunError: The store has no such run; the others are those of `resume`.
        """
        program = partial(retry, self.definition, run_id, from_steps, store, **options)
        outputs: Any
        with HIDDEN_FRAMES:
            outputs = await awaitable(program, self.definition.slug, "retry")
        return outputs  # type: ignore[no-any-return]  # as in `run`

    def retry_sync(
        self, run_id: str, *, store: Store, from_steps: Sequence[str] = (), **options: Unpack[ResumeOptions]
    ) -> Steps_co:
        """Resume a run as `retry` does, and block until it has ended. For programs that are not async.

        Raises:
            RuntimeError: It was called inside a trio program, which must await `retry` instead.
        """
        with HIDDEN_FRAMES:
            method = partial(self.retry, run_id, store=store, from_steps=from_steps, **options)
            outputs: Steps_co = blocking(method, self.definition.slug, "retry")
        return outputs

    def leaf_outputs(self, outputs: Mapping[str, Any]) -> dict[str, Any]:
        """Return the outputs of the leaf steps only. In pgflow, they are the output of a run.

        Args:
            outputs: The outputs of a run of this flow.

        Raises:
            KeyError: The outputs are from another flow.
        """
        return {step.slug: outputs[step.slug] for step in self.definition.leaves}

    def check_storable(self) -> None:
        """Check that the flow input and the outputs of all steps can be stored, by the types that are declared.

        A run in this process stores nothing, and needs no such check. The mypy plugin makes it where this is called,
        also for the types that it has inferred.

        Raises:
            NotStorableError: The flow input or an output can never be stored. The error names the steps.
            FlowDefinitionError: A declared type is not valid.
        """
        with HIDDEN_FRAMES:
            check_storable(self.definition)

    def completed_outputs(self, error: StepFailedError | RunTimeoutError | RunCancelledError) -> CompletedOutputs:
        """Return the outputs of the steps that had completed when a run of this flow failed, with their types.

        They are ``error.outputs``. A step that had not completed reads as None.

        Args:
            error: The error of a run of this flow.

        Raises:
            ValueError: The error is that of another flow.
        """
        if error.flow != self.definition.slug:
            raise ValueError(f'flow "{self.definition.slug}": the error is that of a run of flow "{error.flow}".')
        return CompletedOutputs(error.flow, [step.slug for step in self.definition.steps], error.outputs)
