"""Where types say that what was stored fits, each stored value can be read; compared for all pairs of many types."""

import dataclasses
import datetime as dt
import enum
import math
import uuid
from collections import defaultdict
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, NotRequired, TypedDict

import pydantic
import pytest

from tests.unit.definition.declared_types import Tree
from typedflow._definition.declared_type import DeclaredType
from typedflow._definition.fitting import why_not_fitting
from typedflow._definition.stored_type import stored_type
from typedflow.engines._encoding_form import StoredForm


class Title(TypedDict):
    title: str


class Site(TypedDict):
    title: str
    size: int


class Noted(TypedDict):
    title: str
    note: NotRequired[str]


@dataclasses.dataclass
class Page:
    title: str
    size: float = 0.0


class Closed(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid")
    title: str


class Aliased(pydantic.BaseModel):
    title: str = pydantic.Field(alias="name")

    @pydantic.field_serializer("title")
    def shout(self, title: str) -> str:
        return title.upper()

    @pydantic.computed_field
    def length(self) -> int:
        return len(self.title)


class Renamed(pydantic.BaseModel):
    name: str


class Colour(enum.Enum):
    RED = "red"


class Shade(enum.Enum):
    LIGHT = 0.5
    red = "dark"


class Rights(enum.Flag):
    READ = 1
    WRITE = 2


class Pair(NamedTuple):
    a: int
    b: str


DAY = dt.date(2026, 12, 1)
VALUES: list[tuple[Any, list[Any]]] = [
    (int, [1, -(10**20)]),
    (float, [1.5, 2, math.inf]),
    (bool, [True]),
    (str, ["x", "red", "YWI="]),
    (bytes, [b"ab"]),
    (list[bytes], [[b"ab"]]),
    (list[str], [["YWI=", "x"]]),
    (Decimal, [Decimal("1.5")]),
    (dt.date, [DAY]),
    (dt.datetime, [dt.datetime(2026, 12, 1, tzinfo=dt.UTC)]),
    (dt.timedelta, [dt.timedelta(hours=1)]),
    (uuid.UUID, [uuid.UUID(int=7)]),
    (Path, [Path("a")]),
    (complex, [1 + 2j]),
    (None, [None]),
    (int | None, [1, None]),
    (int | str | None, [1, "x", None]),
    (Title, [{"title": "t"}]),
    (Site, [{"title": "t", "size": 1}]),
    (Noted, [{"title": "t"}, {"title": "t", "note": "n"}]),
    (Page, [Page("t", 1.5)]),
    (Closed, [Closed(title="t")]),
    (Aliased, [Aliased(name="t")]),
    (Renamed, [Renamed(name="t")]),
    (list[Page], [[Page("t")]]),
    (Colour, [Colour.RED]),
    (Shade, [Shade.LIGHT, Shade.red]),
    (Rights, [Rights.READ, Rights.READ | Rights.WRITE]),
    (Literal["red", 1], ["red", 1]),
    (Literal[Colour.RED], [Colour.RED]),
    (Pair, [Pair(1, "x")]),
    (tuple[int, str], [(1, "x")]),
    (tuple[int, ...], [(1, 2, 3), ()]),
    (list[int], [[1, 2], []]),
    (set[int], [{1, 2}]),
    (frozenset[str], [frozenset({"x"})]),
    (dict[str, int], [{"size": 1}, {}]),
    (dict[str, str], [{"title": "t"}, {"x": "y"}]),
    (dict[int, str], [{1: "x"}, {}]),
    (dict[str, Any], [{"title": "t", "size": None}]),
    (dict[Literal["title"], str], [{"title": "t"}]),
    (list[tuple[int, str]], [[(1, "x")]]),
    (Tree, [1, [1, [2]]]),
    (Annotated[int, pydantic.Field(ge=5)], [7]),
    (Annotated[str, pydantic.PlainSerializer(len, return_type=int)], ["xyz"]),
    (defaultdict[str, int], [defaultdict(int, x=1)]),
]


@pytest.mark.parametrize("index", range(len(VALUES)), ids=lambda index: str(VALUES[index][0]))
def test_what_fits_by_its_type_can_be_read(index: int) -> None:
    before, values = VALUES[index]
    declared = DeclaredType.of(before)
    was = stored_type(declared)
    stored = [StoredForm(declared).encode(value, "output") for value in values]
    assert why_not_fitting(was, was) is None
    for (after, _), each in product(VALUES, stored):
        other = DeclaredType.of(after)
        if why_not_fitting(was, stored_type(other)) is None:
            StoredForm(other).decode(each)
