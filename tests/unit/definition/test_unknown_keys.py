"""Unknown keys of a flow input: refused with the key that is meant, unless the flow or the class lets them pass."""

import json
from dataclasses import dataclass
from typing import Any

import pydantic
import pytest
from typing_extensions import TypedDict

from typedflow import Flow, FlowDefinitionError, InvalidInputError


class Site(TypedDict):
    url: str


class Page(TypedDict):
    site: Site
    limit: int


class Model(pydantic.BaseModel):
    x: int
    site: Site = {"url": ""}
    renamed: int = pydantic.Field(default=0, alias="other")


@dataclass
class Point:
    x: int
    model: Model | None = None


class Tree(TypedDict):
    name: str
    children: "list[Tree]"


class Choice(TypedDict):
    one: "Site | dict[str, Point] | tuple[int, Site]"


class Allowing(pydantic.BaseModel, extra="allow"):
    x: int


class Ignoring(pydantic.BaseModel, extra="ignore"):
    x: int


class WithItems(TypedDict, extra_items=int):  # type: ignore[call-arg]  # mypy does not know it yet
    x: int


class Open(TypedDict, closed=False):
    x: int


class Closed(TypedDict, closed=True):
    x: int


@pytest.mark.parametrize(
    ("declared", "given", "problem"),
    [
        (Site, {"url": "", "ulr": 1}, 'ulr: there is no such key; did you mean "url"? (given 1)'),
        (
            Page,
            {"site": {"url": "", "depth": 1}, "limit": 1},
            'site.depth: there is no such key; the keys are "url" (given 1)',
        ),
        (list[Page], [{"site": {"url": ""}, "limit": 1, "z": 2}], None),
        (Model, {"x": 1, "y": 2}, 'y: there is no such key; the keys are "other", "site", "x" (given 2)'),
        (Model, {"x": 1, "othr": 2}, 'othr: there is no such key; did you mean "other"? (given 2)'),
        (Model, {"x": 1, "site": {"url": "", "urll": 2}}, 'site.urll: there is no such key; did you mean "url"?'),
        (Point, {"x": 1, "modle": None}, 'modle: there is no such key; did you mean "model"? (given None)'),
        (Point, {"x": 1, "model": {"x": 1, "y": 2}}, "model.y: there is no such key; the keys are"),
        (
            Tree,
            {"name": "", "children": [{"name": "", "children": [], "nam": 1}]},
            'children.0.nam: there is no such key; did you mean "name"? (given 1)',
        ),
        (Choice, {"one": {"url": "", "ulr": 1}}, 'one.Site.ulr: there is no such key; did you mean "url"? (given 1)'),
        (Choice, {"one": {"a": {"x": 1, "modl": 1}}}, 'a.modl: there is no such key; did you mean "model"? (given 1)'),
        (Choice, {"one": [1, {"url": "", "rul": 1}]}, '1.rul: there is no such key; did you mean "url"? (given 1)'),
        (Closed, {"x": 1, "y": 1}, 'y: there is no such key; the keys are "x" (given 1)'),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_an_unknown_key_is_refused_with_the_key_that_is_meant(declared: Any, given: Any, problem: str | None) -> None:
    problem = problem or '0.z: there is no such key; the keys are "limit", "site" (given 2)'
    with pytest.raises(InvalidInputError) as caught:
        Flow("f", declared).parse_input(json.dumps(given))
    assert problem in str(caught.value)


def test_an_unknown_key_is_refused_before_anything_runs() -> None:
    flow = Flow("f", Site).step("a", lambda i: 1)
    with pytest.raises(InvalidInputError) as caught:
        flow.run_sync({"url": "", "ulr": 1})  # type: ignore[typeddict-unknown-key]
    assert str(caught.value) == (
        'flow "f": the input is not a valid Site: ulr: there is no such key; did you mean "url"? (given 1)'
    )


def test_a_flow_may_ignore_unknown_keys() -> None:
    flow = Flow("f", Page, unknown_keys="ignore").step("a", lambda i: i["run"])
    text = '{"site": {"url": "", "more": 1}, "limit": 1, "more": 2}'
    assert flow.parse_input(text) == {"site": {"url": ""}, "limit": 1}
    assert flow.step("b", lambda i: 1).replace("a", lambda i: i["run"]).definition.unknown_keys == "ignore"


@pytest.mark.parametrize("declared", [Allowing, Ignoring, WithItems, Open])
def test_a_class_that_says_what_happens_to_unknown_keys_is_not_changed(declared: Any) -> None:
    assert Flow("f", declared).parse_input('{"x": 1, "y": 2}')


def test_another_word_is_refused_by_the_flow() -> None:
    with pytest.raises(FlowDefinitionError) as caught:
        Flow("f", int, unknown_keys="allow")  # type: ignore[arg-type]
    assert str(caught.value) == 'flow "f": unknown_keys must be "forbid" or "ignore", not \'allow\'.'
