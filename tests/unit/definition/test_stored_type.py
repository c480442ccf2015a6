"""What is stored of a type: the same for equal types, whatever their classes are called."""

import dataclasses
import enum
import json
import sys
from collections.abc import Callable, Hashable
from decimal import Decimal
from pydoc import locate
from typing import Annotated, Any, Literal, NamedTuple, NotRequired, TypedDict

import pydantic
import pytest
from pydantic_core import core_schema
from typedflow_mypy.outputs.containers import CONTAINERS
from typedflow_mypy.outputs.storable import VALUES

from tests.unit.definition.declared_types import Box, Colour, Model, Plain, Point, Report, Sites, Tree, UserId, Website
from tests.unit.definition.test_storable import WITH_FRAMES, Frame, FrameCodec
from typedflow import codecs
from typedflow._definition.declared_type import DeclaredType
from typedflow._definition.stored_type import stored_type
from typedflow.codecs import _registry

SITE = (
    '{"properties":{"size":{"type":"integer"},"title":{"type":"string"}},"required":["size","title"],"type":"object"}'
)


def stored(declared: Any) -> str:
    return json.dumps(stored_type(DeclaredType.of(declared)), separators=(",", ":"))


class Renamed(TypedDict):
    size: int
    title: str


class Priced(pydantic.BaseModel):
    """A docstring."""

    price: Annotated[Decimal, pydantic.Field(title="Price", description="In euros", gt=0, examples=["1.5"])]
    note: str = "none"

    @pydantic.computed_field
    def cents(self) -> int:
        return int(self.price * 100)


class Odd(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(json_schema_extra={"title": "x", "hint": object()})  # type: ignore[dict-item]  # no JSON
    x: int


class Failing:
    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        return core_schema.any_schema()

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> Any:
        raise LookupError


@dataclasses.dataclass
class Cat:
    kind: Literal["cat"]


@dataclasses.dataclass
class Dog:
    kind: Literal["dog"]
    owner: "Cat | None" = None


class Pair(NamedTuple):
    a: int
    b: str


class Shades(enum.Enum):
    LIGHT = 0.5
    DARK = "dark"


class Rights(enum.Flag):
    READ = enum.auto()
    WRITE = enum.auto()


class Loose(TypedDict):
    title: str
    note: NotRequired[int]


@pytest.mark.parametrize(
    ("declared", "described"),
    [
        (int, '{"type":"integer"}'),
        (UserId, '{"type":"integer"}'),
        (None, '{"type":"null"}'),
        (Any, "null"),
        (object, "null"),
        (int | None, '{"anyOf":[{"type":"integer"},{"type":"null"}]}'),
        (Website, SITE),
        (Renamed, SITE),
        (
            Loose,
            '{"properties":{"note":{"type":"integer"},"title":{"type":"string"}},"required":["title"],"type":"object"}',
        ),
        (Decimal, '{"format":"decimal","type":"string"}'),
        (complex, '{"format":"complex","type":"string"}'),
        (bytes, '{"codec":"bytes"}'),
        (set[int], '{"items":{"type":"integer"},"type":"array","uniqueItems":true}'),
        (
            dict[int, str],
            (
                '{"items":{"maxItems":2,"minItems":2,"prefixItems":[{"type":"integer"},{"type":"string"}],'
                '"type":"array"},"type":"array"}'
            ),
        ),
        (
            dict[Literal["a"], int],
            '{"additionalProperties":{"type":"integer"},"propertyNames":{"enum":["a"]},"type":"object"}',
        ),
        (dict[str, Any], '{"additionalProperties":true,"type":"object"}'),
        (Pair, '{"maxItems":2,"minItems":2,"prefixItems":[{"type":"integer"},{"type":"string"}],"type":"array"}'),
        (Colour, '{"enum":["red"]}'),
        (Shades, '{"enum":["DARK","LIGHT"]}'),
        (Rights, '{"maximum":3,"minimum":0,"type":"integer"}'),
        (Literal[Shades.DARK, 7], '{"enum":["DARK",7]}'),
        (Literal["b", 1, "a"], '{"enum":["a","b",1]}'),
        (
            Priced,
            (
                '{"properties":{"note":{"type":"string"},"price":{"format":"decimal",'
                '"type":"string"}},"required":["price"],"type":"object"}'
            ),
        ),
        (Box[int], '{"properties":{"item":{"type":"integer"}},"required":["item"],"type":"object"}'),
        (Annotated[int, pydantic.Field(ge=1)], '{"minimum":1,"type":"integer"}'),
        (
            Tree,
            (
                '{"$ref":"#/$defs/1","$defs":{"1":{"anyOf":[{"type":"integer"},{"items":{"$ref":"#/$defs/1"},'
                '"type":"array"}]}}}'
            ),
        ),
        (
            Sites,
            (
                '{"properties":{"all":{"items":{"$ref":"#/$defs/1"},"type":"array"},"best":{"$ref":"#/$defs/1"}},'
                f'"type":"object","$defs":{{"1":{SITE}}}}}'
            ),
        ),
        (
            Annotated[Cat | Dog, pydantic.Field(discriminator="kind")],
            (
                '{"anyOf":[{"$ref":"#/$defs/1"},{"properties":{"kind":{"enum":["dog"]},"owner":{"anyOf":[{"$ref":'
                '"#/$defs/1"},{"type":"null"}]}},"required":["kind"],"type":"object"}],"$defs":{"1":{"properties":'
                '{"kind":{"enum":["cat"]}},"required":["kind"],"type":"object"}}}'
            ),
        ),
        (Hashable, "null"),
        (Plain, '{"object":"tests.unit.definition.declared_types.Plain"}'),
        (list[Plain], '{"items":{"object":"tests.unit.definition.declared_types.Plain"},"type":"array"}'),
        (Callable[[], int], "null"),
        (Odd, '{"properties":{"x":{"type":"integer"}},"required":["x"],"type":"object"}'),
        (Failing, "null"),
        (Annotated[Any, pydantic.WithJsonSchema({"$ref": "#/$defs/Nowhere"})], "null"),
        (
            Annotated[Frame, pydantic.PlainValidator(lambda value: value), pydantic.PlainSerializer(str)],
            '{"type":"string"}',
        ),
        (
            Annotated[
                Frame, pydantic.PlainValidator(lambda value: value), pydantic.PlainSerializer(str, return_type=str)
            ],
            '{"type":"string"}',
        ),
    ],
)
def test_what_is_stored_of_a_type(declared: Any, described: str) -> None:
    assert stored(declared) == described


def test_nothing_is_known_of_a_type_that_is_not_declared() -> None:
    assert stored_type(None) is None


class ModelCodec(codecs.Codec[Model]):
    name = "model"

    def encode(self, value: Model) -> bytes:
        raise NotImplementedError

    def decode(self, data: bytes) -> Model:
        raise NotImplementedError


def test_a_class_with_a_codec_is_named_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_registry, "_by_class", {})
    monkeypatch.setattr(_registry, "_by_name", {})
    codecs.register(Frame, FrameCodec())
    codecs.register(Model, ModelCodec())
    assert stored(Frame) == '{"codec":"frame"}'
    assert stored(list[Model]) == '{"items":{"codec":"model"},"type":"array"}'
    for declared in WITH_FRAMES:
        assert "frame" in stored(declared)


def test_a_codec_is_named_without_its_library(monkeypatch: pytest.MonkeyPatch) -> None:
    numpy = pytest.importorskip("numpy")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    for module in ("_numpy", "_pyarrow"):
        monkeypatch.delitem(sys.modules, f"typedflow.codecs.{module}", raising=False)
    assert stored(numpy.ndarray) == '{"codec":"numpy.ndarray"}'


@pytest.mark.parametrize(
    "declared",
    [Report, Model, Point, *(known for name in sorted(CONTAINERS | VALUES) if (known := locate(name)) is not None)],
)
def test_something_is_known_of_every_type_that_can_be_stored(declared: Any) -> None:
    if declared not in {locate("collections.defaultdict"), object, Any, locate("typing.Hashable")}:
        assert stored(declared) != "null"
