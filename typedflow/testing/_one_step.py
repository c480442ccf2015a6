"""Runs one step on its own."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NoReturn

from typedflow._definition import validation
from typedflow._text import quoted
from typedflow.context import ITEM, StepContext, StepInput
from typedflow.engines._async_library import async_library
from typedflow.engines._handler_thread import call_in_thread
from typedflow.engines._output import refuse_unusable
from typedflow.engines._resources import ResourcesSource
from typedflow.engines._tasks.places import Places
from typedflow.exceptions import InvalidResourcesError, UnknownStepError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from typedflow import Flow  # from here, so that checkers without the plugin see their own Flow
    from typedflow._definition.flow import FlowDefinition, StepDefinition
    from typedflow._definition.handler import Handler
    from typedflow.flow import Input, Steps_co

_NOT_GIVEN: Final[Any] = object()


async def run_step(
    flow: Flow[Input, Steps_co],
    slug: str,
    step_input: Any,
    *,
    flow_input: Any = _NOT_GIVEN,
    resources: Any = None,
    attempt: int = 1,
    run_id: str = "00000000-0000-4000-8000-000000000000",
) -> Any:
    """Call the handler of one step once, and return its validated output.

    Nothing is retried, timed out or skipped. The handler is called, and the resources are opened, where a run does it:
    so a test may run in trio or in asyncio. The mypy plugin checks the step input and infers the output.

    Args:
        flow: The flow.
        slug: Slug of the step.
        step_input: The step input: a dict of the flow input, under ``"run"``, and of the outputs of the dependencies.
            For a map step, one item; if it has ``depends_on``, a step input with the item under ``"item"``.
        flow_input: The flow input in the context of a map step's handler that takes an item. Needed only if the handler
            reads it.
        resources: The resources in the context, as in ``flow.run``. Needed only if the handler reads them.
        attempt: Number of the attempt, in the context.
        run_id: Identifier of the run, in the context.

    Raises:
        UnknownStepError: The flow has no such step.
        TypeError: The step is a wait step. Or the step input is not a dict, or the output of a map step in it is not a
            list.
        ValueError: The keys of the step input are not those that the step declares.
        InvalidResourcesError: The resources are not of the class that the flow declares.
        InvalidInputError: The flow input is not of the flow's input type.
        InvalidOutputError: The output, or an output in the step input, is not of the declared type; or the output is an
            iterator or a coroutine.
    """
    definition = flow.definition
    if slug not in definition:
        raise UnknownStepError(definition.slug, slug, tuple(step.slug for step in definition.steps))
    step = definition[slug]
    if step.handler is None:
        raise TypeError(
            f'flow "{definition.slug}", step "{slug}": a wait step does not have a handler to call. Run the flow, and '
            f'deliver the output with run.deliver("{slug}", ...).'
        )
    handler = step.handler
    if step.reads is not None:
        step_input = _validated_step_input(definition, step, step.reads, step_input)
        flow_input = step_input["run"]
    elif flow_input is _NOT_GIVEN:
        flow_input = None
    source = None if resources is None else ResourcesSource.of(definition, {"resources": resources})
    missing = None if definition.resources is None else _ResourcesNotGiven(definition.slug, slug)
    limit = step.options.max_attempts

    async def call(places: Places, opened: object) -> Any:
        context = StepContext(definition.slug, slug, run_id, 0, attempt, limit, math.inf, flow_input, opened)
        arguments = (step_input, context) if handler.takes_context else (step_input,)
        return await _output(definition.slug, slug, handler, arguments, places)

    program = partial(_with_places, partial(_with_resources, source, missing, call))
    if async_library() == "asyncio":
        from typedflow.engines._programs.from_asyncio import run_from_asyncio  # noqa: PLC0415  asyncio is slow to import

        output = await run_from_asyncio(program, f'step "{slug}" of flow "{definition.slug}"')
    else:
        output = await program()
    refuse_unusable(definition.slug, slug, output)
    if (validate := validation.output_validator(definition, step)) is not None:
        validate(output)
    return output


async def _with_places(work: Callable[[Places], Awaitable[Any]]) -> Any:
    """Return what an async function returns, which takes where handlers are called that are not called in place."""
    inherited = Places.inherited()
    if inherited is not None:
        return await work(inherited)
    places = Places()
    try:
        return await work(places)
    finally:
        await places.close()


async def _with_resources(
    source: ResourcesSource | None, missing: object, call: Callable[[Places, object], Awaitable[Any]], places: Places
) -> Any:
    """Return what an async function returns, which takes the resources of a run, opened where a run opens them."""
    if source is None:
        return await call(places, missing)
    output: Any = None

    async def work(opened: object) -> None:
        nonlocal output
        output = await call(places, opened)

    if source.is_for_asyncio:
        from typedflow.engines._tasks.asyncio_resources import opened_on_asyncio  # noqa: PLC0415  as above

        await source.use(work, partial(opened_on_asyncio, places))
    else:
        await source.use(work)
    return output


class _ResourcesNotGiven:
    """Stands for resources that a test does not give."""

    def __init__(self, flow: str, step: str) -> None:
        self._flow = flow
        self._step = step

    def __getattr__(self, name: str) -> NoReturn:
        reason = f'the handler of step "{self._step}" reads "{name}" of its resources. Pass resources=... to run_step.'
        raise InvalidResourcesError(self._flow, reason)


async def _output(flow: str, slug: str, handler: Handler, arguments: tuple[Any, ...], places: Places) -> Any:
    function, runs_in = handler.function, handler.runs_in
    if runs_in == "thread":
        return await call_in_thread(function, lambda: arguments, lambda: False)
    if runs_in == "asyncio":
        return await places.call_in_asyncio(function, arguments, slug)
    if runs_in == "process":
        return await places.call_in_process(function, lambda: arguments, flow, slug)
    output = function(*arguments)
    return await output if inspect.isawaitable(output) else output


def _validated_step_input(
    definition: FlowDefinition, step: StepDefinition, reads: tuple[str, ...], given: Any
) -> StepInput:
    """Return the step input, if a run of the flow could have made it."""
    keys = ("run", *reads) if step.over is None else ("run", ITEM, *reads)
    place = f'flow "{definition.slug}", step "{step.slug}"'
    if not isinstance(given, Mapping):
        raise TypeError(
            f"{place}: the step input must be a dict with the keys {quoted(keys)}, not a {type(given).__name__}."
        )
    if given.keys() != set(keys):
        found = quoted(given) or "none"
        raise ValueError(f"{place}: the step input must have the keys {quoted(keys)}, but has {found}.")
    values = {"run": validation.validate_input(definition, given["run"])}
    required = step.options.if_ if isinstance(step.options.if_, dict) else {}  # otherwise the condition is unmet
    if step.over is not None:
        values[ITEM] = given[ITEM]
    for dependency in reads:
        output = values[dependency] = given[dependency]
        source = definition[dependency]
        validate = validation.output_validator(definition, source)
        if output is None and source.options.may_be_none and dependency not in required:
            continue
        if source.over is not None and not isinstance(output, list | tuple):
            raise TypeError(
                f'{place}: the output of the map step "{dependency}" must be a list, not a {type(output).__name__}.'
            )
        if validate is None:
            continue
        for value in output if source.over is not None else [output]:
            if not (value is None and source.options.when_exhausted == "none"):
                validate(value)
    step_input = StepInput(values)
    step_input.step, step_input.depends_on = step.slug, reads
    return step_input
