"""The typed face of a flow."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeAlias, TypedDict, TypeVar, Unpack

import trio

from typedflow._definition.flow import FlowDefinition, StepDefinition
from typedflow.engines._async_library import async_library
from typedflow.engines._local.execution import execute
from typedflow.engines._local.run import Run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager

    from typedflow._definition.options import FlowOptions, StepOptions
    from typedflow.engines._run_options import RunOptions

Input = TypeVar("Input")
Steps_co = TypeVar("Steps_co", covariant=True)
Output = TypeVar("Output")
Sealed = TypeVar("Sealed")


# What the mypy plugin replaces by the outputs of all steps.
UnreadSteps: TypeAlias = Any


class NoSteps(TypedDict):
    """The outputs of a flow that has no steps yet."""


class Flow(Generic[Input, Steps_co]):
    """An immutable, typed graph of steps.

    The first type parameter is the flow input, the second a TypedDict from the slug of every step to its output.

    Attributes:
        definition: The flow as plain data, for executors, stores and tools.
    """

    __slots__ = ("__weakref__", "definition")
    definition: FlowDefinition

    def __init__(
        self: Flow[Input, NoSteps], slug: str, input_type: type[Input], **options: Unpack[FlowOptions]
    ) -> None:
        """Begin a flow.

        Args:
            slug: Its name: 1 to 128 letters, digits and underscores, no digit first, not ``run``.
            input_type: What its runs are given; any type that pydantic can validate.
            **options: What its steps do where they do not say otherwise; see `FlowOptions`.

        Raises:
            InvalidSlugError: The slug is none.
            InvalidStepOptionError: An option has a value that makes no sense.
        """
        definition = FlowDefinition(slug, input_type)
        if options:
            definition = FlowDefinition(slug, input_type, definition.options.updated(slug, None, options))
        object.__setattr__(self, "definition", definition)

    def step(
        self,
        slug: str,
        handler: Callable[..., Output],
        *,
        depends_on: Sequence[str] = (),
        thread: bool = True,
        **options: Unpack[StepOptions],
    ) -> Flow[Input, UnreadSteps]:
        """Return a flow that has one step more; this one stays as it is and can be extended another way.

        Args:
            slug: The step's name, unique in the flow.
            handler: Takes the step input, a dict of the flow input (under ``"run"``) and of the output of each
                dependency, and if it has a second parameter without a default, a `StepContext`. An ``async def``
                runs in the run's nursery, a ``def`` in a worker thread, a lambda in place; an awaitable result is
                awaited.
            depends_on: A list or tuple of slugs of steps defined before.
            thread: Whether a ``def`` runs in a worker thread; if not, it runs in place and must not block.
            **options: How it is retried, timed out and skipped; see `StepOptions`.

        Raises:
            FlowDefinitionError: The step is wired wrongly; the subclass says how.
        """
        return _wrap(self.definition.with_step(slug, handler, depends_on, thread=thread, **options))

    def map(
        self,
        slug: str,
        handler: Callable[..., Output],
        *,
        over: str,
        max_concurrency: int | None = None,
        thread: bool = True,
        **options: Unpack[StepOptions],
    ) -> Flow[Input, UnreadSteps]:
        """Return a flow that has one map step more: a task for each item of a list, whose outputs are a list again.

        The outputs are in the order of the items; an empty list gives an empty list at once. Each item has its own
        attempts and timeout. A source that was skipped counts as an empty list (pgflow).

        Args:
            slug: The step's name, unique in the flow.
            handler: Takes one item, and if it has a second parameter without a default, a `StepContext`, which also
                has the flow input.
            over: Slug of the step whose output, a list or a tuple, has the items; ``run`` for the flow input.
            max_concurrency: How many items are worked on at once; 100 unless given.
            thread: As in `step`.
            **options: As in `step`; the timeout and the attempts are those of each item.

        Raises:
            FlowDefinitionError: The step is wired wrongly; the subclass says how.
        """
        definition = self.definition.with_map(
            slug, handler, over, max_concurrency=max_concurrency, thread=thread, **options
        )
        return _wrap(definition)

    def replace(self, slug: str, handler: Callable[..., Any], *, thread: bool = True) -> Flow[Input, Steps_co]:
        """Return this flow with another handler for one of its steps, such as a fake in a test.

        Args:
            slug: Slug of a step of the flow.
            handler: Takes what the step's handler takes and returns what it returns; the mypy plugin checks both.
            thread: As in `step`.

        Raises:
            UnknownStepError: The flow has no such step.
            InvalidHandlerError: It cannot be a handler.
        """
        return _wrap(self.definition.with_replaced(slug, handler, thread=thread))

    async def run(self, flow_input: Input, **options: Unpack[RunOptions]) -> Steps_co:
        """Run the flow in this process, in a trio nursery, and return the outputs of all steps by slug.

        Awaited in asyncio, it runs in a trio program in a thread of its own. The event loop is not blocked, and
        cancelling the task cancels the run and waits until it has cleaned up.

        Cancelling the surrounding scope cancels every handler. A handler in a worker thread cannot be interrupted and
        is awaited; it may call ``trio.from_thread.check_cancelled`` to leave early.

        Args:
            flow_input: Validated by pydantic, strictly, before anything starts.
            **options: See `RunOptions`.

        Raises:
            InvalidInputError: The input is not of the flow's input type.
            InvalidOptionError: An option is not valid.
            FlowDefinitionError: pydantic cannot validate a declared type.
            StepFailedError: A step failed; its cause is the handler's own exception. All others were cancelled.
            RuntimeError: It was awaited neither in trio nor in asyncio.
        """
        program = partial(execute, self.definition, flow_input, **options)
        outputs: Any
        match async_library():
            case "trio":
                outputs = await program()
            case "asyncio":
                from typedflow.engines._local.from_asyncio import (  # noqa: PLC0415  asyncio is slow to import
                    run_from_asyncio,
                )

                outputs = await run_from_asyncio(program, f'run of flow "{self.definition.slug}"')
            case None:
                raise RuntimeError(
                    f'flow "{self.definition.slug}": run() can be awaited in trio and in asyncio, and neither runs '
                    "here; call run_sync() instead."
                )
        return outputs  # type: ignore[no-any-return]  # Steps describes this dict; only the plugin can know

    def start(self, flow_input: Input, **options: Unpack[RunOptions]) -> AbstractAsyncContextManager[Run[Steps_co]]:
        """Start a run and return a handle on it. ``async with`` waits for the end of the run where its block ends.

        An exception in the block cancels the run. The handle keeps all events.

        Args:
            flow_input: As in `run`.
            **options: As in `run`.

        Raises:
            InvalidInputError: The input is not of the flow's input type.
            InvalidOptionError: An option is not valid.
            FlowDefinitionError: pydantic cannot validate a declared type.
            StepFailedError: A step failed, and the handle was not asked for the outputs; raised where the block ends.
            RuntimeError: It was called outside of trio, where only `run` and `run_sync` work.
        """
        if async_library() != "trio":
            raise RuntimeError(
                f'flow "{self.definition.slug}": start() works in trio only. In asyncio, await run(), and receive its '
                "events with listeners=[...]."
            )
        return Run.start(self.definition, flow_input, **options)

    def run_sync(self, flow_input: Input, **options: Unpack[RunOptions]) -> Steps_co:
        """Run the flow as `run` does, in a program that is not async; it blocks until the run has ended.

        It works in a program of asyncio and in a cell of a notebook, too, but blocks the event loop: await `run` there.

        Raises:
            RuntimeError: It was called inside a trio program, which must await `run` instead.
        """
        if trio.lowlevel.in_trio_run():
            raise RuntimeError(
                f'flow "{self.definition.slug}": run_sync() was called inside a trio program; await run() instead.'
            )
        return trio.run(partial(self.run, flow_input, **options))

    def sealed(self, steps: type[Sealed]) -> Flow[Input, Sealed]:  # noqa: ARG002  it is for type checkers
        """Return this flow, of which a type checker knows the outputs by the name of a TypedDict.

        The TypedDict is one that ``typedflow stubs`` wrote, or one of your own; the mypy plugin checks that it has
        exactly the flow's steps. At run time nothing changes.

        Args:
            steps: The TypedDict, from the slug of every step to its output.
        """
        return self  # type: ignore[return-value]

    def leaf_outputs(self, outputs: Mapping[str, Any]) -> dict[str, Any]:
        """Return the outputs of the leaf steps alone, on which no step depends; in pgflow, the output of a run.

        Args:
            outputs: What a run of this flow returned.

        Raises:
            KeyError: The outputs are not those of this flow.
        """
        return {step.slug: outputs[step.slug] for step in self.definition.leaves}

    def get_step(self, slug: str) -> StepDefinition:
        """Return the definition of a step.

        Raises:
            KeyError: The flow has no such step.
        """
        return self.definition[slug]

    def __repr__(self) -> str:
        steps = self.definition.steps
        slugs = ", ".join(step.slug for step in steps[:10]) + (", ..." if len(steps) > 10 else "")
        return f"<Flow {self.definition.slug}: {slugs or 'no steps'}>"

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(
            f'flow "{self.definition.slug}" is immutable: {name!r} cannot be changed. .step() returns a new flow.'
        )

    def __delattr__(self, name: str) -> NoReturn:
        self.__setattr__(name, None)

    def __reduce__(self) -> tuple[Callable[[FlowDefinition], Flow[Any, Any]], tuple[FlowDefinition]]:
        return _wrap, (self.definition,)


def _wrap(definition: FlowDefinition) -> Flow[Any, Any]:
    flow: Flow[Any, Any] = object.__new__(Flow)
    object.__setattr__(flow, "definition", definition)
    return flow
