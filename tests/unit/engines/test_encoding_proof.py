"""A value of any declared type comes back equal and of the same types, or is refused."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import math
import uuid
from decimal import Decimal
from types import GenericAlias
from typing import TYPE_CHECKING, Any, Literal, TypeAlias
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from typing_extensions import TypeAliasType, TypedDict

from typedflow._definition.declared_type import DeclaredType
from typedflow.engines._encoding_difference import difference
from typedflow.engines._encoding_form import StoredForm, UnencodableError

if TYPE_CHECKING:
    from collections.abc import Callable


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Site(TypedDict, total=False):
    url: str
    size: float | None


@dataclasses.dataclass
class Row:
    price: Decimal
    tags: set[str]


class Page(BaseModel):
    site: Site
    rows: list[Row]


class Tree(BaseModel):
    name: int
    below: list[Tree] = []


Json = TypeAliasType("Json", "dict[str, Json] | list[Json] | str | int | float | bool | None")
Choice: TypeAlias = Row | list[int] | int | None
TEXT = st.text(st.characters(exclude_categories=[]), max_size=5)
NAMES = st.text("ab", max_size=2)
ZONES = st.none() | st.just(dt.UTC) | st.just(ZoneInfo("Europe/Berlin")) | st.timezones()
SITES = st.fixed_dictionaries({}, optional={"url": NAMES, "size": st.none() | st.floats() | st.integers()})
ROWS = st.builds(Row, st.decimals(), st.sets(NAMES, max_size=3))
Typed: TypeAlias = "tuple[Any, st.SearchStrategy[Any]]"
SCALARS: list[Typed] = [
    (int, st.integers() | st.booleans()),
    (float, st.floats() | st.integers() | st.booleans()),
    (str, TEXT),
    (bool, st.booleans()),
    (bytes, st.binary(max_size=5)),
    (dt.datetime, st.datetimes(timezones=ZONES)),
    (dt.date, st.dates()),
    (dt.time, st.times(timezones=ZONES)),
    (dt.timedelta, st.timedeltas()),
    (Decimal, st.decimals()),
    (uuid.UUID, st.uuids()),
    (Color, st.sampled_from(Color)),
    (Literal["a", 1, Color.RED], st.sampled_from(["a", 1, Color.RED])),
    (None, st.none()),
    (Site, SITES),
    (Row, ROWS),
    (Page, st.builds(Page, site=SITES, rows=st.lists(ROWS, max_size=2))),
    (Json, st.recursive(NAMES | st.floats() | st.none(), lambda of: st.lists(of) | st.dictionaries(NAMES, of))),
    (Choice, ROWS | st.lists(st.integers(), max_size=2) | st.integers() | st.none()),
    (Any, st.none() | st.floats() | NAMES | st.lists(st.integers() | st.tuples(), max_size=2)),
]
HASHABLE: list[Typed] = [*SCALARS[:9], (Decimal, st.decimals(allow_nan=False)), *SCALARS[10:12]]


def lists(of: Typed) -> Typed:
    return GenericAlias(list, (of[0],)), st.lists(of[1], max_size=3)


def tuples(of: Typed) -> Typed:
    return GenericAlias(tuple, (of[0], ...)), st.lists(of[1], max_size=3).map(tuple)


def pairs(of: Typed) -> Typed:
    return GenericAlias(tuple, (int, of[0])), st.tuples(st.integers(), of[1])


def dicts(of: Typed) -> Typed:
    return GenericAlias(dict, (str, of[0])), st.dictionaries(TEXT, of[1], max_size=3)


def perhaps(of: Typed) -> Typed:
    return of[0] | None if of[0] is not None else None, st.none() | of[1]


def either(of: Typed) -> Typed:
    return of[0] | str if of[0] is not None else None | str, of[1] | TEXT


def keyed(key: Typed, of: Typed) -> Typed:
    return GenericAlias(dict, (key[0], of[0])), st.dictionaries(key[1], of[1], max_size=3)


def sets(of: Typed) -> Typed:
    return GenericAlias(set, (of[0],)), st.sets(of[1], max_size=4)


def made(depth: int) -> st.SearchStrategy[Typed]:
    plain = st.sampled_from(SCALARS)
    if not depth:
        return plain
    makers: list[Callable[[Typed], Typed]] = [lists, tuples, pairs, dicts, perhaps, either]
    nested = st.tuples(st.sampled_from(makers), made(depth - 1)).map(lambda chosen: chosen[0](chosen[1]))
    by_key = st.tuples(st.sampled_from(HASHABLE), made(depth - 1)).map(lambda chosen: keyed(*chosen))
    return plain | nested | by_key | st.sampled_from(HASHABLE).map(sets)


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        (Json, {"a": [1.5, {"b": None}]}),
        (Choice, Row(Decimal(1), set())),
        (list[Site | None], [{"url": ""}, None]),
        (Site | list[int], {"size": 1}),
        (Page, Page(site={}, rows=[Row(Decimal(1), {"a"})])),
        (Tree, Tree(name=1, below=[Tree(name=2)])),
        (tuple[int, tuple[str, ...]], (1, ("a",))),
        (dict[Color, dt.datetime], {Color.RED: dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}),
    ],
    ids=str,
)
def test_what_is_frequent_need_not_be_decoded(declared: Any, value: object) -> None:
    assert StoredForm(DeclaredType.of(declared)).is_proven(value)


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_it_comes_back_or_is_refused(data: st.DataObject) -> None:
    declared, values = data.draw(made(3), "type")
    value = data.draw(values, "value")
    form = StoredForm(DeclaredType.of(declared))
    try:
        stored = form.encode(value, "output")
    except UnencodableError:
        assert not form.is_proven(value) or has_surrogate(value)
        return
    back = form.decode(stored)
    assert difference(value, back, "output") is None
    assert form.canonical(form.encode(back, "output")) == form.canonical(stored)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | TEXT | st.tuples(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT | st.integers(), inner, max_size=3),
    )
)
@settings(max_examples=100, deadline=None)
def test_where_no_type_is_declared_what_json_has_comes_back(value: Any) -> None:
    form = StoredForm(None)
    try:
        back = form.decode(form.encode(value, "output"))
    except UnencodableError:
        assert not is_json(value)
    else:
        assert is_json(value)
        assert difference(value, back, "output") is None


def is_json(value: Any) -> bool:
    if isinstance(value, dict):
        return all(type(key) is str and is_json(key) for key in value) and all(map(is_json, value.values()))
    if isinstance(value, list):
        return all(map(is_json, value))
    if isinstance(value, str):
        return not has_surrogate(value)
    return not isinstance(value, tuple) and not (isinstance(value, float) and not math.isfinite(value))


def has_surrogate(value: object) -> bool:
    try:
        repr(value).encode()
    except UnicodeEncodeError:
        return True
    return "\\ud" in repr(value)
