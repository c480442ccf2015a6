"""What newcomers write first: each mistake names the place, the problem and what to write instead."""

import datetime as dt
import enum
import inspect
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from typedflow import Flow, StepFailedError


class Kind(enum.Enum):
    GIFT = "gift"


def fetch(inputs: Any) -> int:
    return 1


def by_names(site: int, words: object) -> int:
    return 1


SHOP: Any = Flow("shop", dict[str, str]).step("site", fetch)
UNTYPED: Any = Flow
NOT_CALLED = "Pass a function that takes the step input, and do not call it."


NEEDS_TYPE = (
    "Flow() needs a slug and the type of the flow input. Write Flow({0}, Order), or Flow({0}, None) if it has no input."
)
NEEDS_HANDLER = ".{0}() needs a slug and a handler. Write .{0}({1}). It is not a decorator."
BY_NAME = (
    'flow "shop", step "b": the handler has the parameter "site", a dependency, but it is called with one step input '
    'and a StepContext. Give it one parameter, inputs, and read inputs["site"].'
)
FUNCTION = (
    'flow "shop", step "b": depends_on must be a list of slugs (strings), not [<built-in function len>]. Write the '
    'slug of the step, such as "len".'
)
IS_KIND = 'flow "shop", step "b": if_["kind"] is a Kind, which is not JSON. Write its JSON form, "gift".'
IS_DATE = 'flow "shop", step "b": if_["day"] is a date, which is not JSON. Write its JSON form, "2026-12-01".'
IS_TEXT = 'flow "b": the input type is the text "Page". Pass the class itself, without quotes.'
NO_SITES = 'flow "shop" has no step "sites". Did you mean "site"?'
NO_ATTRIBUTE = "the outputs have no attribute 'site'; read outputs[\"site\"]."


@pytest.mark.parametrize(
    ("mistake", "error", "message"),
    [
        (lambda: UNTYPED("b"), TypeError, NEEDS_TYPE.format('"b"')),
        (UNTYPED, TypeError, NEEDS_TYPE.format('"shop"')),
        (lambda: UNTYPED(name="b", input=int), TypeError, NEEDS_TYPE.format('"shop"')),
        (lambda: UNTYPED("b", "Page"), ValueError, IS_TEXT),
        (lambda: SHOP.step(fetch), TypeError, NEEDS_HANDLER.format("step", '"fetch", fetch')),
        (lambda: SHOP.step("save")(fetch), TypeError, NEEDS_HANDLER.format("step", '"save", save')),
        (lambda: SHOP.map(3, over="site"), TypeError, NEEDS_HANDLER.format("map", '"fetch", fetch, over="..."')),
        (lambda: SHOP.step("b", fetch({})), ValueError, f'"b": the handler is not callable: 1. {NOT_CALLED}'),
        (lambda: SHOP.step("b", fetch, depends_on=[len]), ValueError, FUNCTION),
        (lambda: SHOP.step("b", by_names, depends_on=["site"]), ValueError, BY_NAME),
        (lambda: SHOP.step("b", fetch, if_={"kind": Kind.GIFT}), ValueError, IS_KIND),
        (lambda: SHOP.step("b", fetch, if_={"day": dt.date(2026, 12, 1)}), ValueError, IS_DATE),
        (lambda: SHOP.run_sync({})["sites"], KeyError, NO_SITES),
        (lambda: SHOP.run_sync({})["xyz"], KeyError, 'flow "shop" has no step "xyz". Its steps are "site".'),
        (lambda: SHOP.run_sync({}).site, AttributeError, NO_ATTRIBUTE),
    ],
    ids=map(str, range(15)),
)
def test_a_first_mistake_says_what_to_write(
    mistake: Callable[[], object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as caught:
        mistake()
    shown = caught.value.args[0] if error is KeyError else str(caught.value)
    assert shown.endswith(message)


def test_a_step_input_has_keys_and_no_attributes() -> None:
    flow = SHOP.step("words", lambda i: i.site, depends_on=["site"])
    with pytest.raises(StepFailedError) as caught:
        flow.run_sync({})
    assert str(caught.value.__cause__) == "a step input has no attribute 'site'; read inputs[\"site\"]."


def test_the_outputs_are_a_dict_that_can_be_pickled() -> None:
    outputs = pickle.loads(pickle.dumps(SHOP.run_sync({})))  # noqa: S301  made above
    assert outputs == {"site": 1}
    assert repr(outputs) == "{'site': 1}"
    with pytest.raises(KeyError, match="Did you mean"):
        outputs["sitee"]


def test_in_help_no_argument_seems_to_have_a_default() -> None:
    assert str(inspect.signature(Flow.step)).startswith("(self, slug: 'str', handler: 'Callable[..., Output]', *, ")
