"""Which types take every stored value of another one, and why others do not."""

import dataclasses
import datetime as dt
import enum
from typing import Annotated, Any, Literal, NamedTuple, NotRequired, TypedDict

import pydantic
import pytest
from typing_extensions import TypeAliasType

from tests.unit.definition.declared_types import Plain, Tree, Website
from typedflow._definition.declared_type import DeclaredType
from typedflow._definition.fitting import why_not_fitting
from typedflow._definition.stored_type import stored_type

Deeper = TypeAliasType("Deeper", "int | str | list[Deeper]")
Shallow = TypeAliasType("Shallow", "int | list[str]")


@dataclasses.dataclass
class Site:
    title: str
    size: float
    tags: list[str] = dataclasses.field(default_factory=list)


class Title(TypedDict):
    title: str


class Sized(TypedDict):
    title: str
    size: str


class Dated(TypedDict):
    title: str
    at: dt.date


class Loose(TypedDict):
    title: NotRequired[str]


class Closed(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid")
    title: str


class Pair(NamedTuple):
    a: int
    b: int


class Colour(enum.Enum):
    RED = "red"


class Colours(enum.Enum):
    BLUE = "blue"
    RED = "red"


def problem(stored: Any, declared: Any) -> str | None:
    return why_not_fitting(stored_type(DeclaredType.of(stored)), stored_type(DeclaredType.of(declared)))


@pytest.mark.parametrize(
    ("stored", "declared"),
    [
        (int, int),
        (int, Any),
        (Website, Any),
        (int, float),
        (int, int | None),
        (int | None, str | int | None),
        (int | bool, Any | None),
        (dt.date, str),
        (set[int], list[int]),
        (list[int], list[float]),
        (Pair, list[int]),
        (Pair, tuple[int, int]),
        (tuple[int, int], Pair),
        (list[int], list[Any]),
        (Website, Site),
        (Website, Title),
        (Title, Loose),
        (Site, dict[str, Any]),
        (Closed, Title),
        (Title, Closed),
        (Title, dict[str, str]),
        (dict[str, int], dict[str, int | str]),
        (dict[int, int], dict[float, int]),
        (dict[str, str], Loose),
        (Colour, str),
        (Colour, Colours),
        (Literal["a", 1], str | int),
        (Literal["a"], Literal["a", "b"]),
        (Annotated[int, pydantic.Field(ge=1)], int),
        (Tree, Deeper),
        (int, Tree),
        (list[Tree], list[Deeper] | str),
        (dict[str, Tree], dict[str, Deeper]),
        (list[Website] | None, list[Site] | None),
    ],
)
def test_every_stored_value_fits(stored: Any, declared: Any) -> None:
    assert problem(stored, declared) is None


@pytest.mark.parametrize(
    ("stored", "declared", "reason"),
    [
        (Any, int, "what is stored may be any value"),
        (int, str, "it was an integer and is a string"),
        (float, int, "it was a number and is an integer"),
        (int | None, int, "it was null and is an integer"),
        (str, int | None, "it was a string and is an integer or null"),
        (str, dt.date, "it was a string and is a date"),
        (str, Colours, 'it was a string and is one of "blue", "red"'),
        (Colours, Colour, 'it was "blue" and is "red"'),
        (Colour, int, 'it was "red" and is an integer'),
        (list[int], set[int], "it had no uniqueItems and has uniqueItems true"),
        (list[int], list[str], "at [*], it was an integer and is a string"),
        (list[int], Pair, "it had 0 fixed items and has 2"),
        (Pair, tuple[int, int, int], "it had 2 fixed items and has 3"),
        (Pair, tuple[int, str], "at [1], it was an integer and is a string"),
        (Pair, list[str], "at [0], it was an integer and is a string"),
        (list[Any], list[int], "at [*], it was any value and is an integer"),
        (int, Annotated[int, pydantic.Field(ge=1)], "it had no minimum and has minimum 1"),
        (
            Annotated[int, pydantic.Field(ge=1)],
            Annotated[int, pydantic.Field(ge=2)],
            "it had minimum 1 and has minimum 2",
        ),
        (Title, Website, 'the key "size" is required, and is missing in what is stored'),
        (Loose, Title, 'the key "title" is required, and may be missing in what is stored'),
        (dict[str, str], Title, 'the key "title" is required, and may be missing in what is stored'),
        (Website, Sized, "at size, it was an integer and is a string"),
        (list[Website], list[Sized], "at [*].size, it was an integer and is a string"),
        (Website, Closed, "at size, there is no such key any more"),
        (Website, dict[str, int], "at title, it was a string and is an integer"),
        (dict[str, str], dict[str, int], "at *, it was a string and is an integer"),
        (dict[str, int], dict[int, int], "it was an object and is an array"),
        (dict[str, int], dict[Literal["a"], int], 'it had no propertyNames and has propertyNames {"enum": ["a"]}'),
        (dict[str, int], Loose, "at title, it was an integer and is a string"),
        (list[int], dict[str, int], "it was an array and is an object"),
        (Plain, int, "it was an object of the class tests.unit.definition.declared_types.Plain and is an integer"),
        (Deeper, Tree, "it was a string and is an integer or an array"),
        (Tree, Shallow, "it was an array and is an integer or an array"),
        (Tree, int, "it was an array and is an integer"),
        (str, Tree, "it was a string and is an integer or an array"),
        (str, Literal["x" * 100, "y"], f'it was a string and is one of "{"x" * 79}...'),
    ],
)
def test_why_some_stored_values_may_not_fit(stored: Any, declared: Any, reason: str) -> None:
    assert problem(stored, declared) == reason


def test_a_codec_fits_itself_only() -> None:
    assert why_not_fitting({"codec": "a"}, {"codec": "a"}) is None
    assert why_not_fitting({"codec": "a"}, {"codec": "b"}) == (
        'it was an object of the codec "a" and is an object of the codec "b"'
    )
    assert why_not_fitting({"type": "integer"}, {"codec": "a"}) == (
        'it was an integer and is an object of the codec "a"'
    )
    assert why_not_fitting({"codec": "a"}, {"type": "integer"}) == (
        'it was an object of the codec "a" and is an integer'
    )
