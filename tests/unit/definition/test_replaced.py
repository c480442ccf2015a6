"""A flow with another handler for one of its steps."""

from typing import Any

import pytest

from tests.unit.definition.steps import handler, handler_of, other, shop
from typedflow import (
    FlowDefinition,
    InvalidHandlerError,
    UnknownStepError,
)


class TestReplaced:
    def test_a_step_gets_another_handler_and_keeps_all_else(self) -> None:
        base = (
            shop().with_map("c", handler, "a", if_={"a": []}, max_attempts=2, max_concurrency=3).with_step("d", handler)
        )
        replaced = base.with_replaced("c", other)
        before, after = base["c"], replaced["c"]
        assert (handler_of(before).function, handler_of(after).function) == (handler, other)
        assert (after.slug, after.index, after.depends_on) == ("c", 2, ("a",))
        assert (after.over, after.max_concurrency, after.options) == ("a", 3, before.options)
        assert [step.slug for step in replaced.steps] == ["a", "b", "c", "d"]
        assert [handler_of(step).function for step in replaced.steps] == [handler, handler, other, handler]
        assert (replaced.slug, replaced.input_type, replaced.options) == (base.slug, base.input_type, base.options)

    def test_both_flows_can_be_extended(self) -> None:
        base = shop()
        replaced = base.with_replaced("a", other).with_step("c", handler, ["a"])
        assert [step.slug for step in replaced.steps] == ["a", "b", "c"]
        assert "c" not in base
        assert base.with_step("c", other)["c"].depends_on == ()

    @pytest.mark.parametrize(
        ("definition", "slug", "problem"),
        [
            (shop(), "c", 'the flow has no such step. Its steps are "a", "b".'),
            (shop().with_step("website", handler), "websit", 'the flow has no such step. Did you mean "website"?'),
            (shop(), 1, 'the flow has no such step. Its steps are "a", "b".'),
            (FlowDefinition("shop", dict), "a", "the flow has no steps."),
        ],
    )
    def test_only_a_step_of_the_flow_can_be_replaced(self, definition: FlowDefinition, slug: Any, problem: str) -> None:
        with pytest.raises(UnknownStepError) as caught:
            definition.with_replaced(slug, other)
        assert str(caught.value) == f'flow "shop", step "{slug}": {problem}'
        assert caught.value.known == tuple(step.slug for step in definition.steps)

    def test_a_step_of_another_branch_is_no_step_of_the_flow(self) -> None:
        base = shop()
        base.with_step("c", handler)
        with pytest.raises(UnknownStepError):
            base.with_replaced("c", other)

    def test_the_new_handler_is_checked(self) -> None:
        with pytest.raises(InvalidHandlerError) as caught:
            shop().with_replaced("a", None)
        assert (caught.value.flow, caught.value.step) == ("shop", "a")
