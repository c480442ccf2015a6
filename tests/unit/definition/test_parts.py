"""Parts of flows, and flows that are joined: what is kept, and what is refused."""

from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

import pytest

from typedflow import Flow, FlowDefinitionError

if TYPE_CHECKING:
    from decimal import Decimal


class Page(TypedDict):
    url: str


class LongPage(TypedDict):
    url: str
    depth: NotRequired[int]


class OptionalPage(TypedDict, total=False):
    url: str


class Priced(TypedDict):
    price: "Decimal"


class Base: ...


class Derived(Base): ...


def flow_of(input_type: Any, *slugs: str, name: str = "other") -> Flow[Any, Any]:
    flow: Flow[Any, Any] = Flow(name, input_type)
    for slug in slugs:
        flow = flow.step(slug, lambda _: 1)  # type: ignore[typedflow-not-literal]
    return flow


SHOP: Flow[Any, Any] = (
    Flow("shop", list[int], max_attempts=5)
    .step("a", lambda i: 1)
    .step("b", lambda i: 1, depends_on=["a"], if_={"a": 1})
    .map("c", lambda i: 1, over="run", max_concurrency=2)
    .step("d", lambda i: [1], depends_on=["b", "a"], timeout=3)
    .map("e", lambda i: 1, over="d")
)


@pytest.mark.parametrize(
    ("named", "part"),
    [("a", "a"), ("b", "ab"), ("c", "c"), ("d", "abd"), ("e", "abde"), ("cb", "abc"), ("ec", "abcde"), ("aa", "a")],
)
def test_a_part_has_the_named_steps_and_their_ancestors_in_order(named: str, part: str) -> None:
    definition = SHOP.up_to(*named).definition  # type: ignore[typedflow-not-literal]
    assert "".join(step.slug for step in definition.steps) == part
    assert [step.index for step in definition.steps] == list(range(len(part)))
    for step in definition.steps:
        whole = SHOP.definition[step.slug]
        assert (step.handler, step.options, step.over, step.max_concurrency, step.depends_on) == (
            whole.handler, whole.options, whole.over, whole.max_concurrency, whole.depends_on
        )  # fmt: skip
    assert (definition.slug, definition.input_type, definition.options) == ("shop", list[int], SHOP.definition.options)
    assert len(SHOP.definition) == 5


def test_a_part_can_be_extended() -> None:
    part = SHOP.up_to("b").step("c", lambda i: 2, depends_on=["b"])
    assert [step.slug for step in part.definition.steps] == ["a", "b", "c"]
    assert part.definition["c"].options.max_attempts == 5


@pytest.mark.parametrize(
    ("flow", "slugs", "message"),
    [
        (SHOP, (), 'flow "shop": up_to() needs the slug of at least one step; the flow has "a", "b", "c", "d", "e".'),
        (flow_of(int), (), 'flow "other": up_to() needs the slug of at least one step; the flow has no steps.'),
        (
            flow_of(int, "website"),
            ("websit",),
            'flow "other", step "websit": the flow has no such step. Did you mean "website"?',
        ),
        (SHOP, (["a"],), 'flow "shop": a slug must be a string, not list.'),
    ],
    ids=["none", "no_steps", "unknown", "list"],
)
def test_a_part_of_wrong_steps_is_refused(flow: Flow[Any, Any], slugs: tuple[Any, ...], message: str) -> None:
    with pytest.raises(FlowDefinitionError) as caught:
        _ = flow.up_to(*slugs)  # type: ignore[typedflow-not-literal]
    assert str(caught.value) == message


def test_joined_flows_have_the_steps_of_both_with_their_own_options() -> None:
    other = Flow("other", list[int], timeout=9).step("x", lambda i: 1).step("y", lambda i: 1, depends_on=["x"])
    joined = SHOP.include(other).step("z", lambda i: 1, depends_on=["y", "d"])
    steps = joined.definition.steps
    assert [step.slug for step in steps] == ["a", "b", "c", "d", "e", "x", "y", "z"]
    assert [step.index for step in steps] == list(range(8))
    assert [(step.options.max_attempts, step.options.timeout) for step in steps[-3:]] == [
        (other.definition["x"].options.max_attempts, 9),
        (other.definition["x"].options.max_attempts, 9),
        (5, SHOP.definition.options.timeout),
    ]
    assert (len(SHOP.definition), len(other.definition)) == (5, 2)


@pytest.mark.parametrize(
    ("given", "expected"),
    [(int, int), (int, object), (int, Any), (LongPage, Page), (Derived, Base), (None, None), (Priced, Priced)],
)
def test_the_steps_of_a_flow_that_takes_less_can_be_included(given: Any, expected: Any) -> None:
    assert len(flow_of(given, name="f").include(flow_of(expected, "a")).definition) == 1


@pytest.mark.parametrize(
    ("given", "other", "problem"),
    [
        (int, flow_of(str), "its input type is str, and that of this flow is int. Both must have the same input type."),
        (Page, flow_of(LongPage), "its input type is LongPage, and that of this flow is Page."),
        (OptionalPage, flow_of(Page), "its input type is Page, and that of this flow is OptionalPage."),
        (Page, flow_of(Priced), "its input type is Priced, and that of this flow is Page."),
        (Base, flow_of(Derived), "its input type is Derived, and that of this flow is Base."),
        (int, flow_of(int, "a", "z"), 'both flows have a step "a". Choose other slugs in one of them.'),
        (int, flow_of(int, "b", "a"), 'both flows have steps "b", "a". Choose other slugs in one of them.'),
    ],
)
def test_flows_that_do_not_fit_are_not_joined(given: Any, other: Flow[Any, Any], problem: str) -> None:
    with pytest.raises(FlowDefinitionError) as caught:
        _ = flow_of(given, "a", "b", name="f").include(other)
    assert str(caught.value).startswith(f'flow "f": flow "other" cannot be included: {problem}')


def test_only_a_flow_can_be_included() -> None:
    with pytest.raises(FlowDefinitionError, match=r'^flow "shop": include\(\) takes a flow, not list\.$'):
        _ = SHOP.include([SHOP])  # type: ignore[arg-type]
