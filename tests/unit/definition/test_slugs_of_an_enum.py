"""Slugs that are members of an enum become plain strings."""

from __future__ import annotations

import enum
from typing import Any

import pytest

from typedflow import Flow, UnknownDependencyError, UnknownStepError


class Name(str, enum.Enum):  # noqa: UP042  on Python 3.11 its members are written `Name.LOAD`
    LOAD = "load"
    CLEAN = "clean"
    UPPER = "upper"


FLOW = (
    Flow(Name.LOAD, str)
    .step(Name.LOAD, lambda i: i["run"].split())
    .step(Name.CLEAN, lambda i: i[Name.LOAD], depends_on=[Name.LOAD], if_={Name.LOAD: ["a"]})
    .map(Name.UPPER, lambda word: word.upper(), over=Name.CLEAN)
)


def test_everything_that_names_a_step_is_a_plain_string() -> None:
    definition = FLOW.replace(Name.LOAD, lambda i: ["a"]).definition
    clean, upper = definition.steps[1:]
    names = [definition.slug, *(step.slug for step in definition.steps), *clean.depends_on]
    tested: Any = clean.options.if_

    assert [type(name) for name in [*names, *tested, upper.over]] == [str] * 7
    assert repr(FLOW.run_sync("a")) == "{'load': ['a'], 'clean': ['a'], 'upper': ['A']}"


def test_errors_name_the_values() -> None:
    flow = Flow(Name.UPPER, str)
    with pytest.raises(UnknownDependencyError, match='flow "upper", step "clean": depends on "load"'):
        _ = flow.step(Name.CLEAN, lambda i: 1, depends_on=[Name.LOAD])  # type: ignore[typedflow-unknown-dependency]
    with pytest.raises(UnknownStepError, match="has no steps"):
        _ = flow.replace(Name.LOAD, lambda i: 1)  # type: ignore[typedflow-unknown-step]
