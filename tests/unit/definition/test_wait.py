"""Wait steps in a definition: their options, their output type, and what a test may replace them by."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypedDict

import pytest

from typedflow import Flow, FlowDefinition, InvalidDeliveryError, InvalidOutputTypeError, StepFailedError
from typedflow._definition.drawing import draw
from typedflow._definition.shape import shape_of
from typedflow._definition.validation import declared_output, delivery_validator
from typedflow.testing import run_step


@dataclass
class Approval:
    by: str


class Parcel(TypedDict):
    code: str


shop = FlowDefinition("shop", int)


def a_function(_: object) -> int:
    return 1


def test_the_options_of_the_flow_are_for_handlers() -> None:
    flow = Flow("shop", int, timeout=30, max_attempts=5, start_delay=3).wait("approval", Approval)
    options = flow.get_step("approval").options
    assert (options.timeout, options.max_attempts, options.start_delay) == (math.inf, 1, 0)
    timed = Flow("shop", int, timeout=30).wait("approval", Approval, timeout=timedelta(days=1))
    assert timed.get_step("approval").options.timeout == 86_400


def test_it_has_no_handler_until_a_test_gives_it_one() -> None:
    flow = (
        Flow("shop", int).wait("approval", Approval).step("ship", lambda i: i["approval"].by, depends_on=["approval"])
    )
    assert flow.get_step("approval").handler is None
    fake = flow.replace("approval", lambda i: Approval(f"{i['run']}"))
    assert fake.get_step("approval").handler is not None
    assert fake.run_sync(7)["ship"] == "7"
    with pytest.raises(StepFailedError, match="InvalidOutputError: the output is not a valid Approval"):
        flow.replace("approval", a_function).run_sync(1)  # type: ignore[typedflow-replacement]
    assert flow.definition.with_replaced("approval", a_function)["approval"].output_type is Approval


_OPTIONS = "The options of a wait step are timeout, if_, if_not, when_unmet, when_exhausted."
WRONG: dict[str, tuple[Any, dict[str, Any], type[Exception], str]] = {
    "a_text": (
        "Approval", {}, InvalidOutputTypeError,
        'the output type is the text "Approval". Pass the class itself, without quotes.',
    ),
    "a_value": (
        5, {}, InvalidOutputTypeError,
        "the output type is 5, which is not a type. Pass the class of what is delivered.",
    ),
    "a_function": (
        a_function, {}, InvalidOutputTypeError,
        ("the output type is the function a_function, but a wait step does not have a handler. Pass the type of what "
        "is delivered to it, or add a step with .step()."),
    ),
    "an_option_of_handlers": (
        int, {"max_attempts": 3}, TypeError,
        'there is no option "max_attempts". It says how a handler is called, and a wait step does not have one. '
        + _OPTIONS,
    ),
    "a_misspelt_option": (int, {"timout": 3}, TypeError, 'there is no option "timout". Did you mean "timeout"?'),
    "an_unknown_option": (int, {"currency": 3}, TypeError, f'there is no option "currency". {_OPTIONS}'),
    "no_timeout": (
        int, {"timeout": 0}, ValueError,
        "timeout must be a duration above 0 (seconds or a timedelta), or math.inf for no limit, not 0.",
    ),
    "the_mode_of_maps": (
        int, {"when_exhausted": "none"}, ValueError,
        'when_exhausted must be "fail", "skip" or "skip_cascade" in a step that is not a map step, not \'none\'.',
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said(case: str) -> None:
    output_type, options, error, message = WRONG[case]
    with pytest.raises(error) as caught:
        shop.with_wait("approval", output_type, **options)
    assert str(caught.value) == f'flow "shop", step "approval": {message}'


@pytest.mark.parametrize(
    ("output_type", "message"),
    [
        (..., "pydantic cannot validate the output type Ellipsis: "),
        (type(open), "what is delivered is a function: the output type is builtin_function_or_method. "),
    ],
)
def test_a_type_that_cannot_be_delivered_is_refused_before_a_run(output_type: Any, message: str) -> None:
    flow = shop.with_wait("approval", output_type)
    with pytest.raises(InvalidOutputTypeError) as caught:
        declared_output(flow, flow["approval"])
    assert str(caught.value).startswith(f'flow "shop", step "approval": {message}')


def test_a_delivery_has_the_keys_of_its_type_and_no_others() -> None:
    flow = shop.with_wait("parcel", Parcel)
    validate = delivery_validator(flow, flow["parcel"])
    assert validate("r1", {"code": "a"}) == {"code": "a"}
    with pytest.raises(InvalidDeliveryError) as caught:
        validate("r1", {"code": 1, "codes": "a"})
    assert str(caught.value) == (
        'flow "shop", run "r1", step "parcel": what was delivered is not a valid Parcel: code: Input should be a valid '
        "string (given 1); codes: there is no such key; did you mean \"code\"? (given 'a')"
    )
    assert delivery_validator(flow, flow["parcel"], is_json=True)("r1", '{"code": "a"}') == {"code": "a"}
    anything = shop.with_wait("parcel", Any)
    assert delivery_validator(anything, anything["parcel"])("r1", Approval("ada")) == Approval("ada")


def test_arguments_that_are_missing() -> None:
    with pytest.raises(TypeError) as caught:
        _ = Flow("shop", int).wait("approval")  # type: ignore[call-arg]
    assert str(caught.value) == (
        '.wait() needs a slug and the type of what is delivered. Write .wait("approval", Approval), or '
        '.wait("approval", None) if nothing has to be said but that the run may continue.'
    )


async def test_one_step_alone() -> None:
    with pytest.raises(TypeError) as caught:
        await run_step(Flow("shop", int).wait("approval", bool), "approval", {"run": 1})  # type: ignore[typedflow-step-input]
    assert str(caught.value) == (
        'flow "shop", step "approval": a wait step does not have a handler to call. Run the flow, and deliver the '
        'output with run.deliver("approval", ...).'
    )


def test_drawings_and_shapes_show_it() -> None:
    flow = shop.with_wait("approval", Approval, timeout=60, when_exhausted="skip").with_wait("go", None)
    assert draw(flow) == (
        'shop: 2 steps\n  approval  [wait for Approval, timeout=60, when_exhausted="skip"]\n  go        [wait for None]'
    )
    assert shape_of(flow).count('"kind":"wait"') == 2
    assert shape_of(flow.with_replaced("go", lambda _: None)) == shape_of(flow)
