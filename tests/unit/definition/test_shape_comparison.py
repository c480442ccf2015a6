"""What a change of a flow is, and which unfinished runs it keeps from being resumed."""

import json
import pickle
import random
from collections.abc import Callable
from functools import reduce
from typing import Any, NotRequired, TypedDict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from typedflow import Flow
from typedflow._definition.resumable import why_not_resumable
from typedflow._definition.shape import fingerprint, shape_of
from typedflow._definition.shape_comparison import differences
from typedflow._shape_difference import ShapeDifference
from typedflow.exceptions import OtherFlowError, ShapeMismatchError

Change = Callable[[Flow[Any, Any]], Flow[Any, Any]]
SAFE = "safe for every unfinished run"


class Site(TypedDict):
    title: str


class Noted(TypedDict):
    title: str
    note: NotRequired[str]


class Sized(TypedDict):
    title: str
    size: int


def site(inputs: Any) -> Site:
    raise NotImplementedError


def noted(inputs: Any) -> Noted:
    raise NotImplementedError


def sized(inputs: Any) -> Sized:
    raise NotImplementedError


def number(inputs: Any) -> int:
    raise NotImplementedError


def text(inputs: Any) -> str:
    raise NotImplementedError


def undeclared(inputs: Any) -> Any:
    raise NotImplementedError


def flow(change: Change, input_type: Any = int) -> Flow[Any, Any]:
    return change(Flow("shop", input_type).step("a", number).step("b", number, depends_on=["a"]))


CHANGES: list[tuple[Change, Change, list[tuple[str, str]]]] = [
    (lambda f: f, lambda f: f.step("c", number), [('step "c" is new', SAFE)]),
    (lambda f: f.step("c", number), lambda f: f, [('step "c" is gone', SAFE)]),
    (
        lambda f: f.step("c", number),
        lambda f: f.step("d", number),
        [
            ('step "d" is new: it is as "c" was, but a run that has executed "c" executes it nevertheless', SAFE),
            ('step "c" is gone', SAFE),
        ],
    ),
    (
        lambda f: f.step("c", number, depends_on=["a"]),
        lambda f: f.step("c", number, depends_on=["a", "b"]),
        [
            (
                'step "c" depended on "a" and depends on "a", "b"',
                'refused for runs in which step "c" has completed or was skipped',
            )
        ],
    ),
    (lambda f: f.step("c", number, depends_on=["a", "b"]), lambda f: f.step("c", number, depends_on=["b", "a"]), []),
    (
        lambda f: f.step("c", number, depends_on=["a"]),
        lambda f: f.map("c", number, over="a"),
        [
            (
                'step "c" was a step and is a map step',
                'refused for runs in which step "c" has started or has completed',
            )
        ],
    ),
    (
        lambda f: f.wait("c", int),
        lambda f: f.step("c", number),
        [('step "c" was a wait step and is a step', 'refused for runs in which step "c" has started')],
    ),
    (
        lambda f: f.map("c", number, over="a"),
        lambda f: f.map("c", number, over="b"),
        [
            (
                'step "c" mapped over "a" and maps over "b"',
                'refused for runs in which step "c" has started or has completed or was skipped',
            )
        ],
    ),
    (
        lambda f: f.map("c", number, over="a"),
        lambda f: f.map("c", number, over="a", depends_on=["b"]),
        [
            (
                'step "c" depended on "a" and depends on "a", "b"',
                'refused for runs in which step "c" has started or has completed or was skipped',
            )
        ],
    ),
    (
        lambda f: f.map("c", number, over="a"),
        lambda f: f.map("c", number, over="a", depends_on=[]),
        [('step "c" took an item and takes a step input with the item', SAFE)],
    ),
    (
        lambda f: f.map("c", number, over="a", depends_on=["a", "b"]),
        lambda f: f.map("c", number, over="a", depends_on=["b"]),
        [
            (
                'step "c" took a step input with the item and "a", "b" and takes a step input with the item and "b"',
                SAFE,
            )
        ],
    ),
    (
        lambda f: f.step("c", site),
        lambda f: f.step("c", noted),
        [('the output of step "c" has another type, which what is stored fits', SAFE)],
    ),
    (
        lambda f: f.step("c", site),
        lambda f: f.step("c", sized),
        [
            (
                'the output of step "c" has another type: the key "size" is required, and is missing in what is stored',
                'refused for runs in which step "c" has completed, unless what it has stored fits',
            )
        ],
    ),
    (
        lambda f: f.map("c", number, over="a"),
        lambda f: f.map("c", text, over="a"),
        [
            (
                'the output of step "c" has another type: it was an integer and is a string',
                'refused for runs in which step "c" has started or has completed, unless what it has stored fits',
            )
        ],
    ),
    (
        lambda f: f.step("c", number),
        lambda f: f.step("c", undeclared),
        [('the output of step "c" has another type, which what is stored fits', SAFE)],
    ),
    (
        lambda f: f.step("c", number, if_=1),
        lambda f: f.step("c", number, if_=True),
        [('step "c": if_ was 1 and is true', SAFE)],
    ),
    (
        lambda f: f.step("c", number, if_={"x": "y" * 100}),
        lambda f: f.step("c", number, if_=lambda i: True),
        [('step "c": if_ was {"x": "' + "y" * 73 + "... and is a predicate", SAFE)],
    ),
    (
        lambda f: f.step("c", number),
        lambda f: f.step("c", number, if_not=None),
        [('step "c": if_not was missing and is null', SAFE)],
    ),
    (
        lambda f: f.step("c", number, if_=1),
        lambda f: f.step("c", number),
        [
            ('step "c": if_ was 1 and is missing', SAFE),
            (
                'step "c" could be skipped, and cannot be skipped any more',
                'refused for runs in which step "c" was skipped',
            ),
        ],
    ),
    (
        lambda f: f.step("c", number, if_=1, when_unmet="fail"),
        lambda f: f.step("c", number, if_=1, when_unmet="skip"),
        [('step "c": when_unmet was "fail" and is "skip"', SAFE)],
    ),
    (
        lambda f: f.step("c", number, when_exhausted="skip"),
        lambda f: f.step("c", number, when_exhausted="skip_cascade"),
        [
            ('step "c": when_exhausted was "skip" and is "skip_cascade"', SAFE),
            (
                'step "c" could be skipped without its dependents, and is skipped only with them',
                'refused for runs in which step "c" was skipped',
            ),
        ],
    ),
    (
        lambda f: f.step("c", number, when_exhausted="skip_cascade").step("d", number, depends_on=["c"]),
        lambda f: f.step("c", number, when_exhausted="skip").step("d", number, depends_on=["c"]),
        [
            ('step "c": when_exhausted was "skip_cascade" and is "skip"', SAFE),
            (
                'step "d" could be skipped, and cannot be skipped any more',
                'refused for runs in which step "d" was skipped',
            ),
        ],
    ),
    (
        lambda f: f.map("c", number, over="a", when_exhausted="none"),
        lambda f: f.map("c", number, over="a"),
        [
            (
                'step "c": when_exhausted was "none" and is "fail"',
                'refused for runs in which step "c" has started or has completed, unless what it has stored fits',
            )
        ],
    ),
]


@pytest.mark.parametrize(("before", "after", "found"), CHANGES)
def test_each_kind_of_change(before: Change, after: Change, found: list[tuple[str, str]]) -> None:
    assert [(each.sentence, each.effect) for each in _differences(flow(before), flow(after))] == found


def test_the_flow_input() -> None:
    same: Change = lambda f: f  # noqa: E731  a change like the others
    (difference,) = _differences(flow(same, Site), flow(same, Sized))
    assert (difference.step, difference.effect) == (None, "refused for runs whose stored flow input does not fit")
    assert difference.sentence == (
        'the flow input has another type: the key "size" is required, and is missing in what is stored'
    )
    assert _refused(flow(same, Site), flow(same, Sized), {}) == [difference.sentence]
    assert _differences(flow(same, Site), flow(same, Site)) == ()


@pytest.mark.parametrize(
    ("after", "status", "is_refused"),
    [
        (lambda f: f.step("c", text, depends_on=["b"], if_={}), None, False),
        (lambda f: f.step("c", text, depends_on=["b"], if_={}), "created", False),
        (lambda f: f.step("c", text, depends_on=["b"], if_={}), "started", False),
        (lambda f: f.step("c", text, depends_on=["b"], if_={}), "skipped", False),
        (lambda f: f.step("c", text, depends_on=["b"], if_={}), "completed", True),
        (lambda f: f.step("c", number, depends_on=["a"], if_={}), "failed", False),
        (lambda f: f.step("c", number, depends_on=["a"], if_={}), "skipped", True),
        (lambda f: f.step("c", number, depends_on=["a"], if_={}), "completed", True),
        (lambda f: f.step("c", number, depends_on=["b"]), "completed", False),
        (lambda f: f.step("c", number, depends_on=["b"]), "skipped", True),
        (lambda f: f.map("c", number, over="b", when_exhausted="skip"), "cancelled", True),
        (lambda f: f.map("c", number, over="b", when_exhausted="skip"), "skipped", False),
        (lambda f: f, "completed", False),
    ],
)
def test_how_far_the_step_has_come_decides(after: Change, status: str | None, is_refused: bool) -> None:  # noqa: FBT001
    before = Flow("shop", int).step("a", number).step("b", number).step("c", number, depends_on=["b"], if_={})
    now = after(Flow("shop", int).step("a", number).step("b", number))
    assert bool(_refused(before, now, {} if status is None else {"c": status})) is is_refused


def test_values_decide_where_types_do_not_say() -> None:
    before, after = Flow("shop", int).step("a", text), Flow("shop", str).step("a", number)
    asked = []

    def why_not_readable(slug: str) -> str | None:
        asked.append(slug)
        return "it is x" if slug == "a" else None

    stored = shape_of(before.definition)
    (found,) = why_not_resumable(stored, after.definition, {"a": "completed"}, why_not_readable)
    assert (found.step, asked) == ("a", ["run", "a"])
    assert found.sentence == 'the output of step "a" has another type: it was a string and is an integer (it is x)'
    assert why_not_resumable(stored, after.definition, {"a": "started"}, why_not_readable) == ()


def test_a_step_that_another_version_has_executed() -> None:
    one, both = Flow("shop", int).step("a", text), Flow("shop", int).step("a", text).step("b", text)
    stored = shape_of(one.definition)
    assert why_not_resumable(stored, both.definition, {"a": "completed", "b": "created"}) == ()
    (found,) = why_not_resumable(stored, both.definition, {"b": "completed"})
    assert found.sentence == 'step "b" was executed by a version of the flow that the run was not started with'
    assert why_not_resumable(stored, both.definition, {"b": "completed"}, lambda _: None) == ()


def test_a_shape_of_a_later_version_of_typedflow_is_refused() -> None:
    now = Flow("shop", int).step("a", text).definition
    stored = shape_of(now).replace('"version":1', '"version":2')
    (found,) = why_not_resumable(stored, now, {"a": "completed"})
    assert found.sentence == "its shape has version 2, which this version of typedflow does not know"


def test_the_errors_say_what_to_do() -> None:
    before, after = Flow("shop", int).step("a", text), Flow("shop", int).step("a", number)
    refused = why_not_resumable(shape_of(before.definition), after.definition, {"a": "completed"})
    error = ShapeMismatchError("runs.db", "shop", "7", refused)
    assert str(error) == (
        'store "runs.db": run "7" cannot be resumed by flow "shop" as it is now: the output of step "a" has another '
        "type: it was a string and is an integer. Resume it with the version of the flow that it was started with, or "
        'have what has changed executed again: flow.retry("7", store=store, from_steps=["a"]).'
    )
    of_input = why_not_resumable(shape_of(before.definition), Flow("shop", str).step("a", text).definition, {})
    assert str(ShapeMismatchError("runs.db", "shop", "7", of_input)) == (
        'store "runs.db": run "7" cannot be resumed by flow "shop" as it is now: the flow input has another type: it '
        "was an integer and is a string. Resume it with the version of the flow that it was started with, or start a "
        "new run."
    )
    other = OtherFlowError("runs.db", "shop", "7", "stock")
    assert str(other) == (
        'store "runs.db": run "7" is a run of flow "stock", not of flow "shop". Resume it with its own.'
    )
    for each in (error, other):
        again = pickle.loads(pickle.dumps(each))  # noqa: S301  made here
        assert (str(again), vars(again)) == (str(each), vars(each))


class _Step(TypedDict):
    slug: str
    handler: Any
    depends_on: list[str]
    over: str | None
    options: dict[str, Any]


HANDLERS = [site, sized, number, text]
OPTIONS: list[dict[str, Any]] = [
    {},
    {"when_exhausted": "skip"},
    {"when_exhausted": "skip_cascade"},
    {"if_": {}},
    {"if_": {}, "when_unmet": "fail"},
    {"if_not": lambda i: False},
]


def _random_steps(chosen: random.Random) -> list[_Step]:
    steps: list[_Step] = []
    for index in range(chosen.randint(1, 8)):
        slugs = [step["slug"] for step in steps]
        over = chosen.choice([*slugs, "run"]) if chosen.random() < 0.3 else None
        others = chosen.sample(slugs, chosen.randint(0, len(slugs)))
        steps.append(
            {
                "slug": f"s{index}",
                "handler": chosen.choice(HANDLERS),
                "depends_on": others,
                "over": over,
                "options": chosen.choice(OPTIONS),
            }
        )
    return steps


def _defined(steps: list[_Step]) -> Flow[Any, Any]:
    def add(flow: Any, step: _Step) -> Any:
        options = {"depends_on": step["depends_on"], **step["options"]}
        if step["over"] is not None:
            return flow.map(step["slug"], step["handler"], over=step["over"], **options)
        return flow.step(step["slug"], step["handler"], **options)

    flow: Flow[Any, Any] = reduce(add, steps, Flow("shop", int))
    return flow


def _changed(steps: list[_Step], chosen: random.Random) -> tuple[str, list[_Step]]:
    """Change one thing in one step. Return its slug, and all steps."""
    index = chosen.randrange(len(steps))
    step: _Step = {**steps[index]}
    earlier = [each["slug"] for each in steps[:index]]
    match chosen.choice(["handler", "depends_on", "over", "options", "removed", "added"]):
        case "handler":
            step["handler"] = chosen.choice([each for each in HANDLERS if each is not step["handler"]])
        case "depends_on" if earlier and step["over"] is None:
            slug = chosen.choice(earlier)
            others = [each for each in step["depends_on"] if each != slug]
            step["depends_on"] = others if slug in step["depends_on"] else [*others, slug]
        case "over":
            step["over"] = chosen.choice([each for each in [*earlier, "run", None] if each != step["over"]])
        case "options":
            step["options"] = chosen.choice([each for each in OPTIONS if each is not step["options"]])
        case "removed" if index == len(steps) - 1:
            return step["slug"], steps[:-1]
        case _:
            new: _Step = {"slug": "new", "handler": number, "depends_on": [], "over": None, "options": {}}
            return "new", [*steps[:index], new, *steps[index:]]
    return step["slug"], [*steps[:index], step, *steps[index + 1 :]]


@given(st.randoms(use_true_random=False))
def test_equal_flows_have_equal_shapes_and_each_single_change_is_reported(chosen: random.Random) -> None:
    steps = _random_steps(chosen)
    before = _defined(steps)
    assert shape_of(_defined(steps).definition) == shape_of(before.definition)
    slug, changed = _changed(steps, chosen)
    after = _defined(changed)
    assert fingerprint(after.definition) != fingerprint(before.definition)
    found = _differences(before, after)
    assert slug in {each.step for each in found}
    assert all(each.step == slug or each.aspect == "skips" for each in found)
    back = _differences(after, before)
    assert slug in {each.step for each in back}


def _differences(before: Flow[Any, Any], after: Flow[Any, Any]) -> tuple[ShapeDifference, ...]:
    return differences(json.loads(shape_of(before.definition)), json.loads(shape_of(after.definition)))


def _refused(before: Flow[Any, Any], after: Flow[Any, Any], finished: dict[str, str]) -> list[str]:
    return [each.sentence for each in why_not_resumable(shape_of(before.definition), after.definition, finished)]
