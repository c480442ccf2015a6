"""One step run by itself."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from typedflow._definition import validation
from typedflow._definition.handler import Mode
from typedflow._text import quoted
from typedflow.context import StepContext, StepInput
from typedflow.engines._handler_call import call_in_thread
from typedflow.exceptions import UnknownStepError

if TYPE_CHECKING:
    from typedflow import Flow  # the one that the checkers without the plugin see
    from typedflow._definition.flow import FlowDefinition, StepDefinition
    from typedflow.flow import Input, Steps_co

_OWN: Final[Any] = object()


async def run_step(
    flow: Flow[Input, Steps_co],
    slug: str,
    step_input: Any,
    *,
    flow_input: Any = _OWN,
    attempt: int = 1,
    run_id: str = "00000000-0000-4000-8000-000000000000",
) -> Any:
    """Run the handler of one step once, by itself, and return its output, validated.

    Nothing is retried, timed out or skipped. The mypy plugin checks the step input and knows the output.

    Args:
        flow: The flow.
        slug: Slug of one of its steps.
        step_input: What the handler takes: a dict of the flow input, under ``"run"``, and of the outputs of the
            dependencies; of a map step, one item.
        flow_input: What the handler of a map step finds in its context as the flow input, where it looks for it.
        attempt: Number of the attempt in the context.
        run_id: Identifier of the run in the context.

    Raises:
        UnknownStepError: The flow has no such step.
        TypeError: The step input is no dict, or the output in it of a map step is no list.
        ValueError: The step input has not the keys that the step declares.
        InvalidInputError: The flow input is not of the flow's input type.
        InvalidOutputError: The handler, or in the step input a dependency, gave something else than is declared.
    """
    definition = flow.definition
    if slug not in definition:
        raise UnknownStepError(definition.slug, slug, tuple(step.slug for step in definition.steps))
    step = definition[slug]
    if step.over is None:
        step_input = _checked(definition, step, step_input)
        flow_input = step_input["run"]
    elif flow_input is _OWN:
        flow_input = None
    given: list[Any] = [step_input]
    if step.handler.takes_context:
        given.append(StepContext(definition.slug, slug, run_id, 0, attempt, math.inf, flow_input))
    if step.handler.mode is Mode.THREAD:
        output = await call_in_thread(step.handler.function, lambda: tuple(given), lambda: False)
    else:
        output = step.handler.function(*given)
        if inspect.isawaitable(output):
            output = await output
    if (validate := validation.output_validator(definition, step)) is not None:
        validate(output)
    return output


def _checked(definition: FlowDefinition, step: StepDefinition, given: Any) -> StepInput:
    """The step input, if a run could have made it."""
    keys = ("run", *step.depends_on)
    place = f'flow "{definition.slug}", step "{step.slug}"'
    if not isinstance(given, Mapping):
        raise TypeError(f"{place}: its input is a dict with the keys {quoted(keys)}, not a {type(given).__name__}.")
    if given.keys() != set(keys):
        raise ValueError(f"{place}: its input has the keys {quoted(keys)}, and it is given {quoted(given) or 'none'}.")
    values = {"run": validation.validate_input(definition, given["run"])}
    required = step.options.if_ if isinstance(step.options.if_, dict) else {}  # else the condition would be unmet
    for dependency in step.depends_on:
        output = values[dependency] = given[dependency]
        source = definition[dependency]
        validate = validation.output_validator(definition, source)
        if output is None and source.options.may_be_none and dependency not in required:
            continue
        if source.over is not None and not isinstance(output, list | tuple):
            raise TypeError(
                f'{place}: the output of the map step "{dependency}" is a list, not a {type(output).__name__}.'
            )
        if validate is None:
            continue
        for each in output if source.over is not None else [output]:
            validate(each)
    step_input = StepInput(values)
    step_input.step, step_input.depends_on = step.slug, step.depends_on
    return step_input
