"""The plugin as a guest of mypy: which versions it works with, and what it knows of pydantic."""

from __future__ import annotations

import datetime as dt
import decimal
import fractions
import ipaddress
import math
import re
import sys
import threading
import uuid
from pathlib import Path
from pkgutil import resolve_name
from pydoc import locate
from typing import Any

import pydantic
import pytest
from pydantic_core import to_jsonable_python
from typedflow_mypy.model.flow_notes import Declared, FlowNotes, Skip
from typedflow_mypy.outputs.containers import CONTAINERS
from typedflow_mypy.outputs.storable import VALUES
from typedflow_mypy.plugin import plugin
from typedflow_mypy.rules import options
from typedflow_mypy.rules.json_shape import STRINGS
from typedflow_mypy.source import step_options

from tests.mypy_runs import DEFAULT, Mypy
from typedflow import Flow, InvalidStepOptionError, StepOptions
from typedflow._definition.options import EXCEPT_IN_MAPS, MAX_CONCURRENCY, REQUIREMENTS

OWN_CALL = """
from typing import TypedDict
from typedflow import Flow, StepInput

class Page(TypedDict):
    url: str

def nested(inputs: StepInput) -> int:
    reveal_type(Flow("inner", Page).step("a", lambda i: nested(i)))
    return 1

flow = Flow("outer", Page).step("count", nested)
"""


def test_a_call_may_be_checked_within_its_own_check(tmp_path: Path, mypy: Mypy) -> None:
    """The lambda passes its input on to the function that the call stands in, whose body is checked with that input."""
    (tmp_path / "program.py").write_text(OWN_CALL, "utf-8")

    report = re.sub(r"TypedDict\('([\w.]+)'", r"TypedDict(\1", mypy.check(tmp_path, DEFAULT))
    assert report.replace("builtins.", "") == (
        'program.py:9: note: Revealed type is "typedflow.flow.Flow[TypedDict(program.Page, '
        "{'url': str}), TypedDict({'a': int})]\"\n"
    )


def test_the_plugin_knows_which_options_may_be_unpacked() -> None:
    assert set(StepOptions.__annotations__) == step_options.NAMES


NOTES = {
    "root": Declared(()),
    "unknown": Declared(None),
    "map": Declared(("root",), over="root"),
    "of_the_input": Declared((), over="run", skip=Skip(alone=True, with_dependents=False, returns_none=True)),
    "later": Declared(("root", "map"), required=("map",)),
    "with_item": Declared(("root", "map"), over="map", keys=("root", "item"), fills_in=True),
}


def test_the_notes_of_a_flow_are_read_as_they_were_written() -> None:
    notes = FlowNotes.made_of("flow", {})
    for slug, step in NOTES.items():
        notes = notes.with_step(slug, step)

    assert (notes.slug, notes.steps) == ("flow", NOTES)
    assert {slug: notes.step(slug) for slug in NOTES} == NOTES
    assert notes == FlowNotes.made_of("flow", NOTES)
    assert list(notes.skips) == ["of_the_input"]


def test_a_step_that_is_added_again_is_noted_by_its_last_line() -> None:
    notes = FlowNotes.made_of(None, NOTES).with_step("root", Declared(("map",)))

    assert notes.slug is None
    assert notes.step("root") == notes.steps["root"] == Declared(("map",))
    assert notes.step("none") == notes.step(None) == Declared(None)


@pytest.mark.parametrize(
    ("slugs", "leaves"), [(["root", "map", "of_the_input"], ["map", "of_the_input"]), (["root", "unknown"], None)]
)
def test_the_leaves_of_a_flow_follow_from_the_dependencies(slugs: list[str], leaves: list[str] | None) -> None:
    assert FlowNotes.made_of("flow", NOTES).leaves(slugs) == leaves


@pytest.mark.parametrize("version", ["0.991", "1.14.1"])
def test_an_older_mypy_is_refused_in_one_sentence(version: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        plugin(version)

    assert capsys.readouterr().err == (
        f"typedflow's mypy plugin works with mypy 1.15 to 2.4, and this is mypy {version}; install one of these\n"
    )


def test_a_mypy_without_what_the_plugin_needs_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "typedflow_mypy.hooks", None)
    with pytest.raises(SystemExit):
        plugin("3.0.0")

    assert "and this is mypy 3.0.0; install one of these" in capsys.readouterr().err


@pytest.mark.parametrize("name", sorted(CONTAINERS | VALUES))
def test_pydantic_has_a_schema_for_what_can_be_stored(name: str) -> None:
    known: Any = locate(name)
    if name == "collections.defaultdict":
        known = known[str, int]  # pydantic wants to know what the default is

    pydantic.TypeAdapter(known)


@pytest.mark.parametrize("kind", [bytearray, range, threading.Event, ValueError, type("Text", (str,), {})])
def test_pydantic_has_no_schema_for_what_cannot_be_stored(kind: type) -> None:
    with pytest.raises(pydantic.errors.PydanticSchemaGenerationError):
        pydantic.TypeAdapter(kind)


OF_RUN_TIME = {
    **REQUIREMENTS,
    "max_concurrency": MAX_CONCURRENCY,
}


def test_the_plugin_says_of_an_option_what_is_said_at_run_time() -> None:
    said = {name: words for name, (words, _) in options.REQUIREMENTS.items()}

    assert said == {name: words for name, (words, _) in OF_RUN_TIME.items() if name not in options.CONDITIONS}
    assert options.EXCEPT_IN_MAPS == EXCEPT_IN_MAPS


@pytest.mark.parametrize(
    "value",
    [
        0,
        1,
        3,
        10**400,
        -1,
        0.5,
        1.5,
        2.0,
        math.inf,
        -math.inf,
        math.nan,
        True,
        False,
        "",
        "skip",
        "none",
        "forever",
        1j,
    ],
)
@pytest.mark.parametrize("name", sorted(options.REQUIREMENTS))
def test_the_plugin_allows_an_option_what_is_allowed_at_run_time(name: str, value: object) -> None:
    assert options.REQUIREMENTS[name][1](value) == OF_RUN_TIME[name][1](value)


def test_the_plugin_says_what_when_unmet_needs_as_it_is_said_at_run_time() -> None:
    with pytest.raises(InvalidStepOptionError) as caught:
        _ = Flow("flow", str).step("step", lambda i: 1, when_unmet="fail")  # type: ignore[typedflow-option]

    assert caught.value.requirement == options.NEEDS_CONDITION


def test_the_plugin_says_what_cache_version_needs_as_it_is_said_at_run_time() -> None:
    with pytest.raises(InvalidStepOptionError) as caught:
        _ = Flow("flow", str).step("step", lambda i: 1, cache_version=1)  # type: ignore[typedflow-option]

    assert caught.value.requirement == options.NEEDS_CACHE


@pytest.mark.parametrize(
    "value",
    [
        b"text",
        1 + 2j,
        dt.date(2024, 5, 1),
        dt.datetime(2024, 5, 1, tzinfo=dt.UTC),
        dt.time(12),
        dt.timedelta(1),
        decimal.Decimal("1.5"),
        fractions.Fraction(1, 2),
        ipaddress.ip_address("127.0.0.1"),
        ipaddress.ip_network("::/0"),
        Path("file"),
        re.compile("a+"),
        uuid.UUID(int=1),
    ],
    ids=repr,
)
def test_a_condition_is_tested_on_a_string_where_the_plugin_says_so(value: object) -> None:
    assert isinstance(value, tuple(map(resolve_name, STRINGS)))
    assert isinstance(to_jsonable_python(value), str)
