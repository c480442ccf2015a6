"""Types that handlers declare and flows take."""

import dataclasses
import enum
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Generic, NamedTuple, NewType, TypedDict, TypeVar

import pydantic
import typing_extensions
from typing_extensions import TypeAliasType

if TYPE_CHECKING:
    from decimal import Decimal

T = TypeVar("T")


class Website(TypedDict):
    title: str
    size: int


class Extended(typing_extensions.TypedDict):
    title: str
    note: typing_extensions.NotRequired[str]


class Sites(TypedDict, total=False):
    best: Website
    all: list[Website]


@dataclasses.dataclass
class Report:
    website: Website
    tags: set[str] = dataclasses.field(default_factory=set)


class Model(pydantic.BaseModel):
    x: int


class Point(NamedTuple):
    x: int
    y: int


class Colour(enum.Enum):
    RED = "red"


class Plain:
    pass


class Box(pydantic.BaseModel, Generic[T]):
    model_config = pydantic.ConfigDict(populate_by_name=True)
    item: T = pydantic.Field(alias="anything")


class Nested(TypedDict):
    flag: int
    boxes: list[Box[int]]
    names: AbstractSet[str]


Tree = TypeAliasType("Tree", "int | list[Tree]")


class Unfinished(TypedDict):
    price: "Decimal"


UserId = NewType("UserId", int)

SITE: Website = {"title": "t", "size": 1}
