"""Types that handlers declare and flows take."""

import dataclasses
import enum
from typing import TYPE_CHECKING, NamedTuple, NewType, TypedDict

import pydantic
import typing_extensions

if TYPE_CHECKING:
    from decimal import Decimal


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


class Unfinished(TypedDict):
    price: "Decimal"


UserId = NewType("UserId", int)

SITE: Website = {"title": "t", "size": 1}
