"""`Flow`: what users define and run. It adds types to `FlowDefinition`, and methods that run it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias, TypedDict, TypeVar, Unpack

from typedflow._definition import parts
from typedflow._definition.flow import FlowDefinition, StepDefinition
from typedflow._definition.shape import shape_of
from typedflow._hidden_frames import HIDDEN_FRAMES
from typedflow._missing_arguments import allow_missing, check_flow, check_step, check_wait
from typedflow._runnable import Runnable
from typedflow._text import first_listed
from typedflow.exceptions import UnknownStepError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from typedflow._definition.options import FlowOptions, StepOptions
    from typedflow._definition.runs_in import RunsIn
    from typedflow._definition.unknown_keys import UnknownKeys
    from typedflow._definition.wait import WaitOptions

Input = TypeVar("Input")
Steps_co = TypeVar("Steps_co", covariant=True)
Output = TypeVar("Output")
Sealed = TypeVar("Sealed")


# The mypy plugin replaces it with the outputs of all steps.
UnreadSteps: TypeAlias = Any


class NoSteps(TypedDict):
    """The outputs of a flow that has no steps yet."""


class Flow(Runnable[Input, Steps_co]):
    """An immutable, typed graph of steps.

    The first type parameter is the flow input. The second is a TypedDict of the outputs, with a key for each step.

    Attributes:
        definition: The flow as data, for engines and tools.
    """

    __slots__ = ("__weakref__", "definition")
    definition: FlowDefinition

    def __init__(
        self: Flow[Input, NoSteps],
        slug: str,
        input_type: type[Input],
        *,
        unknown_keys: UnknownKeys = "forbid",
        resources: Any = None,
        **options: Unpack[FlowOptions],
    ) -> None:
        """Create a flow without steps.

        Args:
            slug: Name of the flow: 1 to 128 letters, digits and underscores, no digit first, not ``run``.
            input_type: Type of the flow input: any type that pydantic can validate.
            unknown_keys: What happens to keys of the flow input that its type does not have: they are refused
                (``"forbid"``) or left out (``"ignore"``). A class that says it itself is not changed.
            resources: Class of what handlers share during a run, such as a client or a pool: each run is given an
                instance of it, and handlers read it as ``context.resources``. None for a flow that needs none.
            **options: Default options of the steps. See `FlowOptions`.

        Raises:
            InvalidSlugError: The slug is not valid.
            InvalidResourcesTypeError: ``resources`` is not a type.
            InvalidStepOptionError: An option has an invalid value.
        """
        check_flow(slug, input_type)
        with HIDDEN_FRAMES:
            definition = FlowDefinition(slug, input_type, unknown_keys=unknown_keys, resources=resources)
            if options:
                definition = replace(definition, options=definition.options.updated(slug, None, options))
        object.__setattr__(self, "definition", definition)

    def step(
        self,
        slug: str,
        handler: Callable[..., Output],
        *,
        depends_on: Sequence[str] = (),
        **options: Unpack[StepOptions],
    ) -> Flow[Input, UnreadSteps]:
        """Return a flow with one more step. This flow does not change.

        Args:
            slug: Name of the step, unique in the flow.
            handler: Takes the step input: a dict of the flow input, under ``"run"``, and of the output of each
                dependency. If it has a second parameter without a default, it also takes a `StepContext`. Unless
                ``runs_in`` says otherwise, an ``async def`` is awaited in the run's nursery, a ``def`` is called in a
                worker thread, a lambda in place. An awaitable that it returns is awaited.
            depends_on: Slugs of earlier steps whose outputs the handler reads: a list or a tuple.
            **options: Where the handler runs, and how the step is retried, timed out and skipped. See `StepOptions`.

        Raises:
            FlowDefinitionError: The step is not valid. The subclass says why.
        """
        check_step("step", slug, handler)
        with HIDDEN_FRAMES:
            return _wrap(self.definition.with_step(slug, handler, depends_on, **options))

    def map(
        self,
        slug: str,
        handler: Callable[..., Output],
        *,
        over: str,
        depends_on: Sequence[str] | None = None,
        max_concurrency: int | None = None,
        **options: Unpack[StepOptions],
    ) -> Flow[Input, UnreadSteps]:
        """Return a flow with one more map step, which calls its handler for each item of a list.

        The output is a list of the handler's outputs, in the order of the items. An empty list gives an empty list
        immediately. Each item has its own attempts and timeout; with ``when_exhausted="none"``, an item that has used
        up its attempts has None in its place. A skipped source counts as an empty list (pgflow).

        Args:
            slug: Name of the step, unique in the flow.
            handler: Takes one item. With ``depends_on``, it takes a step input that has the item under ``"item"``. If
                it has a second parameter without a default, it also takes a `StepContext`, which has the flow input.
            over: Slug of the step whose output has the items: a list, a tuple or another sequence, but no string.
                ``run`` for the flow input.
            depends_on: Slugs of earlier steps whose outputs each item's step input has as well. An empty list gives a
                step input with the item and the flow input.
            max_concurrency: How many items may be executed concurrently. Default: 100.
            **options: As in `step`. The timeout and the attempts apply to each item.

        Raises:
            FlowDefinitionError: The step is not valid. The subclass says why.
        """
        check_step("map", slug, handler)
        with HIDDEN_FRAMES:
            definition = self.definition.with_map(
                slug, handler, over, depends_on, max_concurrency=max_concurrency, **options
            )
        return _wrap(definition)

    def wait(
        self,
        slug: str,
        output_type: type[Output],
        *,
        depends_on: Sequence[str] = (),
        **options: Unpack[WaitOptions],
    ) -> Flow[Input, UnreadSteps]:
        """Return a flow with one more wait step: a step without a handler, whose output is delivered from outside.

        When its dependencies have ended, the step waits until `Run.deliver`, `deliver` or ``typedflow runs deliver``
        delivers its output. That takes no worker and no thread.

        Args:
            slug: Name of the step, unique in the flow.
            output_type: Type of what is delivered: any type that pydantic can validate.
            depends_on: Slugs of earlier steps that end before the step waits: a list or a tuple.
            **options: How long the step waits, and when it is skipped. See `WaitOptions`.

        Raises:
            FlowDefinitionError: The step is not valid. The subclass says why.
        """
        check_wait(slug, output_type)
        with HIDDEN_FRAMES:
            return _wrap(self.definition.with_wait(slug, output_type, depends_on, **options))

    def replace(
        self, slug: str, handler: Callable[..., Any], *, runs_in: RunsIn | None = None
    ) -> Flow[Input, Steps_co]:
        """Return a flow in which one step has another handler, such as a fake in a test.

        Args:
            slug: Slug of the step. A wait step then waits no more: the handler returns what would be delivered.
            handler: Takes and returns the same types as the handler that it replaces. The mypy plugin checks both.
            runs_in: Where it runs. Default: where the handler runs that it replaces, if it can run there.

        Raises:
            UnknownStepError: The flow has no such step.
            InvalidHandlerError: The new handler is not valid.
        """
        with HIDDEN_FRAMES:
            return _wrap(self.definition.with_replaced(slug, handler, runs_in=runs_in))

    def up_to(self, *slugs: str) -> Flow[Input, UnreadSteps]:
        """Return the flow of some steps and their ancestors: all that these steps need, and nothing else.

        The steps keep their order, options and conditions.

        Args:
            *slugs: Slugs of the last steps.

        Raises:
            UnknownStepError: The flow has no such step.
            InvalidPartError: No slug was given.
            InvalidSlugError: A slug is not a string.
        """
        with HIDDEN_FRAMES:
            return _wrap(parts.up_to(self.definition, slugs))

    def include(self, other: Flow[Input, Any]) -> Flow[Input, UnreadSteps]:
        """Return a flow with the steps of another flow after its own. Neither flow changes.

        Steps that are added later may depend on all of them. The steps keep the options that their own flow has given
        them. The flow input is that of this flow.

        Args:
            other: A flow of the same input type, whose slugs this flow does not have.

        Raises:
            InvalidPartError: The flows have different input types, or the same slug for a step.
        """
        with HIDDEN_FRAMES:
            return _wrap(parts.include(self.definition, getattr(other, "definition", other)))

    def sealed(self, steps: type[Sealed]) -> Flow[Input, Sealed]:  # noqa: ARG002  for type checkers only
        """Return this flow, whose outputs have the type of a TypedDict that you name.

        Use a TypedDict that ``typedflow stubs`` wrote, or write one. The mypy plugin checks that it has exactly the
        flow's steps. At run time nothing changes.

        Args:
            steps: The TypedDict, with the slug of each step as a key.
        """
        return self  # type: ignore[return-value]  # Sealed describes its outputs; only the plugin can know

    def get_step(self, slug: str) -> StepDefinition:
        """Return the definition of a step.

        Raises:
            UnknownStepError: The flow has no such step.
        """
        if slug not in self.definition:
            raise UnknownStepError(self.definition.slug, slug, tuple(step.slug for step in self.definition.steps))
        return self.definition[slug]

    def shape(self) -> dict[str, Any]:
        """Return the shape of the flow: its steps, and the types of what its runs store, as an object of JSON.

        A run in a store records it. It has no handlers and none of the options that may change while a run is
        unfinished. ``typedflow shape`` writes it to a file.

        Raises:
            FlowDefinitionError: A declared type does not exist at run time, or no step can use it.
        """
        with HIDDEN_FRAMES:
            form: dict[str, Any] = json.loads(shape_of(self.definition))
        return form

    def __repr__(self) -> str:
        slugs = first_listed([step.slug for step in self.definition.steps])
        return f"<Flow {self.definition.slug}: {slugs or 'no steps'}>"

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(
            f'flow "{self.definition.slug}" is immutable: {name!r} cannot be changed. .step() returns a new flow.'
        )

    def __delattr__(self, name: str) -> NoReturn:
        self.__setattr__(name, None)

    def __reduce__(self) -> tuple[Callable[[FlowDefinition], Flow[Any, Any]], tuple[FlowDefinition]]:
        return _wrap, (self.definition,)


for _method, _lacking in ((Flow.__init__, 2), (Flow.step, 1), (Flow.map, 1), (Flow.wait, 1)):
    allow_missing(_method, _lacking)


def _wrap(definition: FlowDefinition) -> Flow[Any, Any]:
    flow: Flow[Any, Any] = object.__new__(Flow)
    object.__setattr__(flow, "definition", definition)
    return flow
