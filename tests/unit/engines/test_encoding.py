"""What is stored comes back as it was, or is refused."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import enum
import fractions
import ipaddress
import math
import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Generic, Literal, NamedTuple, NotRequired, TypeAlias, TypeVar
from zoneinfo import ZoneInfo

import pydantic
import pytest
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, SecretStr, computed_field, field_serializer
from typing_extensions import TypedDict

from typedflow import (
    Flow,
    InvalidHandlerError,
    StepFailedError,
    StepInput,
    StoredValueError,
    UnstorableValueError,
    codecs,
)
from typedflow._text import escaped
from typedflow.codecs import _registry
from typedflow.engines._encoding import Encoding
from typedflow.exceptions import DifferentInputError
from typedflow.stores import MemoryStore, StoredValue

if TYPE_CHECKING:
    from typedflow._definition.flow import FlowDefinition

T = TypeVar("T")
UNDECLARED = object()
NOON = dt.datetime(2026, 1, 1, 12)  # noqa: DTZ001  without a zone, on purpose
BERLIN = ZoneInfo("Europe/Berlin")


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Number(enum.IntEnum):
    ONE = 1


class Name(enum.StrEnum):
    A = "a"


class Mixed(enum.Enum):
    PAIR = (1, 2)
    HALF = 0.5


class Bits(enum.Flag):
    LOW = 1
    HIGH = 2


@dataclasses.dataclass
class Row:
    price: float


@dataclasses.dataclass
class LongRow(Row):
    text: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Point:
    x: int
    near: list[Point] = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Doubled:
    number: int
    double: int = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        self.double = 2 * self.number

    @cached_property
    def triple(self) -> int:
        return 3 * self.number


@dataclasses.dataclass
class Box(Generic[T]):
    held: T


class Invoice(BaseModel):
    total: Decimal = Field(alias="Total")
    when: dt.date

    @computed_field
    def double(self) -> Decimal:
        return 2 * self.total

    @field_serializer("when")
    def write(self, when: dt.date) -> str:
        return when.strftime("%d.%m.%Y")


class Secret(BaseModel):
    name: str
    password: str = Field(default="", exclude=True)


class Growing(BaseModel):
    number: int

    @pydantic.field_validator("number")
    @classmethod
    def grow(cls, number: int) -> int:
        return number + 1


class Private(BaseModel):
    number: int
    _seen: int = PrivateAttr(default=0)


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")
    number: int


class Holder(BaseModel, Generic[T]):
    held: T


class Cat(BaseModel):
    kind: Literal["cat"] = "cat"
    name: str


class Dog(BaseModel):
    kind: Literal["dog"] = "dog"
    name: str


class Circle(BaseModel):
    kind: Literal["circle"] = Field(default="circle", alias="Kind")


class Square(BaseModel):
    kind: Literal["square"] = Field(default="square", alias="Kind")
    below: list[Shape] = []


Shape: TypeAlias = Annotated[Circle | Square, Field(discriminator="kind")]


class North(BaseModel):
    size: int


class South(BaseModel):
    size: int


class Tree(BaseModel):
    name: str
    below: list[Tree] = []


class Own(BaseModel):
    number: int = Field(alias="count")

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)


class Site(TypedDict):
    url: str
    title: NotRequired[str]


class Pair(NamedTuple):
    number: int
    text: str = "b"
    held: dict[int, bytes] | None = None


class Matrix:
    def __init__(self, rows: bytes) -> None:
        self.rows = rows


class MatrixCodec(codecs.Codec[Matrix]):
    name = "matrix"

    def encode(self, value: Matrix) -> bytes:
        if not value.rows:
            raise ValueError("it is empty")
        return value.rows

    def decode(self, data: bytes) -> Matrix:
        return Matrix(data)


@dataclasses.dataclass
class Held:
    matrix: Matrix
    others: list[Any] = dataclasses.field(default_factory=list)


Pet = Annotated[Cat | Dog, Field(discriminator="kind")]


def definition(declared: Any) -> FlowDefinition:
    def handler(inputs: Any) -> Any: ...

    handler.__annotations__ = {} if declared is UNDECLARED else {"return": declared}
    flow: Any = Flow("shop", int)
    found: FlowDefinition = flow.step("rows", handler).definition
    return found


def store(declared: Any, value: object, limit: int | None = None) -> StoredValue:
    return Encoding.of(definition(declared)).output_to_store("rows", value, limit)


def restore(declared: Any, stored: StoredValue) -> Any:
    return Encoding.of(definition(declared)).output_from_store("rows", stored)


def size_of(value: Any) -> str:
    return "big" if (value["size"] if isinstance(value, dict) else value.size) > 1 else "small"


Sized = Annotated[
    Annotated[North, pydantic.Tag("small")] | Annotated[South, pydantic.Tag("big")], pydantic.Discriminator(size_of)
]
COME_BACK: list[tuple[Any, object, str]] = [
    (None, None, "null"),
    (bool, True, "true"),
    (int, 1, "1"),
    (int, True, "true"),
    (int, 10**4299, "1" + "0" * 4299),
    (float, 1.0, "1.0"),
    (float, 1, "1"),
    (float, True, "true"),
    (float, 1e22, "1e+22"),
    (float, -0.0, "-0.0"),
    (float, math.inf, '"Infinity"'),
    (list[float], [1, 2.0, -math.inf], '[1,2.0,"-Infinity"]'),
    (str, "ä\0\n", '"ä\\u0000\\n"'),
    (list[bytes], [b"\xff"], '["/w=="]'),
    (dt.datetime, NOON, '"2026-01-01T12:00:00"'),
    (dt.datetime, NOON.replace(tzinfo=dt.UTC), '"2026-01-01T12:00:00+00:00"'),
    (dt.datetime, NOON.replace(tzinfo=dt.timezone(dt.timedelta(seconds=61))), '"2026-01-01T12:00:00+00:01:01"'),
    (dt.datetime, NOON.replace(tzinfo=BERLIN), '"2026-01-01T12:00:00+01:00[Europe/Berlin]"'),
    (dt.date, NOON.date(), '"2026-01-01"'),
    (pydantic.PastDate, NOON.date(), '"2026-01-01"'),
    (dt.time, dt.time(1, 2, 3, 4), '"01:02:03.000004"'),
    (dt.time, dt.time(1, tzinfo=BERLIN), '"01:00:00[Europe/Berlin]"'),
    (dt.timedelta, dt.timedelta(days=-1, microseconds=1), '"-PT23H59M59.999999S"'),
    (uuid.UUID, uuid.UUID(int=1), '"00000000-0000-0000-0000-000000000001"'),
    (Decimal, Decimal("1.10"), '"1.10"'),
    (Decimal, Decimal("-Infinity"), '"-Infinity"'),
    (complex, 1 + 2j, '"1+2j"'),
    (complex, 1, "1"),
    (complex, 1.5, "1.5"),
    (complex, -math.inf, '"-Infinity"'),
    (complex, complex(0, math.inf), '"infj"'),
    (fractions.Fraction, fractions.Fraction(1, 3), '"1/3"'),
    (Path, Path("a/b"), '"a/b"'),
    (ipaddress.IPv4Address, ipaddress.IPv4Address("127.0.0.1"), '"127.0.0.1"'),
    (ZoneInfo, BERLIN, '"Europe/Berlin"'),
    (re.Pattern[str], re.compile("a"), '"a"'),
    (Color, Color.RED, '"red"'),
    (Number, Number.ONE, "1"),
    (Mixed, Mixed.PAIR, '"PAIR"'),
    (Mixed, Mixed.HALF, '"HALF"'),
    (Bits, Bits.LOW | Bits.HIGH, "3"),
    (Literal["a", 1, Color.RED], Color.RED, '"RED"'),
    (Literal["a", 1], 1, "1"),
    (tuple[int, str], (1, "a"), '[1,"a"]'),
    (tuple[int, ...], (1, 2), "[1,2]"),
    (Pair, Pair(1, "a", {1: b"\xff"}), '[1,"a",[[1,"/w=="]]]'),
    (set[str], {"b", "a", "c"}, '["a","b","c"]'),
    (set[int | str], {"a", 1}, '["a",1]'),
    (frozenset[tuple[int, int]], frozenset({(2, 1), (1, 2)}), "[[1,2],[2,1]]"),
    (collections.deque[int], collections.deque([1]), "[1]"),
    (Sequence[int], [1], "[1]"),
    (Iterable[int], [1], "[1]"),
    (AbstractSet[int], frozenset({1}), "[1]"),
    (Mapping[str, int], {"b": 1, "a": 2}, '{"b":1,"a":2}'),
    (dict[int, str], {1: "a", -2: "b"}, '[[1,"a"],[-2,"b"]]'),
    (dict[tuple[int, int], Row], {(1, 2): Row(1.5)}, '[[[1,2],{"price":1.5}]]'),
    (dict[Color, int], {Color.RED: 1}, '[["red",1]]'),
    (dict[int | str, int], {1: 1, "1": 2}, '[[1,1],["1",2]]'),
    (dict[Literal["a", "b"], int], {"b": 1}, '{"b":1}'),
    (collections.defaultdict[str, int], collections.defaultdict(int, a=1), '{"a":1}'),
    (collections.Counter[str], collections.Counter("aab"), '{"a":2,"b":1}'),
    (collections.OrderedDict[str, int], collections.OrderedDict(a=1), '{"a":1}'),
    (dict[str, Any], {"a": [1, {"b": None}]}, '{"a":[1,{"b":null}]}'),
    (dict[str, str], {"typedflow.codec": "x", "data": "y"}, '{"typedflow.codec":"x","data":"y"}'),
    (Site, {"url": "a"}, '{"url":"a"}'),
    (Site, {"title": "b", "url": "a"}, '{"title":"b","url":"a"}'),
    (Row, Row(1.5), '{"price":1.5}'),
    (Point, Point(1, [Point(2)]), '{"x":1,"near":[{"x":2,"near":[]}]}'),
    (Doubled, Doubled(2), '{"number":2}'),
    (Box[Row], Box(Row(1.5)), '{"held":{"price":1.5}}'),
    (Invoice, Invoice(Total=Decimal(1), when=NOON.date()), '{"total":"1","when":"2026-01-01"}'),
    (Secret, Secret(name="a"), '{"name":"a"}'),
    (Private, Private(number=1), '{"number":1}'),
    (Open, Open.model_validate({"number": 1, "more": [2]}), '{"number":1,"more":[2]}'),
    (Holder[int], Holder[int](held=1), '{"held":1}'),
    (Own, Own(count=1), '{"number":1}'),
    (Cat | Dog, Dog(name="a"), '{"kind":"dog","name":"a"}'),
    (list[Pet], [Dog(name="a"), Cat(name="b")], '[{"kind":"dog","name":"a"},{"kind":"cat","name":"b"}]'),
    (list[Shape], [Square(below=[Circle()])], '[{"kind":"square","below":[{"kind":"circle"}]}]'),
    (Tree, Tree(name="a", below=[Tree(name="b")]), '{"name":"a","below":[{"name":"b","below":[]}]}'),
    (int | str | None, "1", '"1"'),
    (float | str, "a", '"a"'),
    (dt.datetime | None, NOON, '"2026-01-01T12:00:00"'),
    (pydantic.AnyUrl, pydantic.AnyUrl("http://a/b"), '"http://a/b"'),
    (Annotated[str, pydantic.StringConstraints(strip_whitespace=True)], " a", '" a"'),
    (Annotated[dt.date, pydantic.PlainSerializer(str.upper)], NOON.date(), '"2026-01-01"'),
    (UNDECLARED, {"a": [1.5, None, {"b": True}], "c": ""}, '{"a":[1.5,null,{"b":true}],"c":""}'),
    (object, [1, [2, []]], "[1,[2,[]]]"),
]


def named(value: object) -> str:
    """Name a case in the same way in each process."""
    if value is UNDECLARED:
        return "undeclared"
    return f"{len(value)} items" if isinstance(value, set | frozenset) else f"{value!r:.40}"


@pytest.mark.parametrize(
    ("declared", "value", "data"),
    COME_BACK,
    ids=named,
)
def test_it_comes_back_as_it_was(declared: Any, value: object, data: str) -> None:
    stored = store(declared, value)
    assert stored == StoredValue(data)
    back = restore(declared, stored)
    assert type(back) is type(value)
    assert repr(back) == repr(value) or back == value


DECLARE = "Declare the type that is meant, or convert the value."
PLAIN = (
    "Only what JSON has comes back where no type is declared. Make the handler a function with a return type, or "
    "convert the value."
)
CLASS = (
    "Make it a TypedDict, a dataclass or a pydantic model, or register a codec for its class with "
    "typedflow.codecs.register."
)
SURROGATE = (
    "it has half of a surrogate pair, which UTF-8 does not have. Declare bytes, and encode it, for example with "
    "os.fsencode."
)
LONG = (
    "it is a whole number of more than 4,300 digits, which Python does not read. Declare bytes, and convert it with "
    "its to_bytes method."
)


class Plain:
    pass


class Broken:
    def __repr__(self) -> str:
        raise ValueError


def changed(given: str, restored: str, fix: str = DECLARE) -> str:
    return f"it is {given}, and would come back as {restored}. {fix}"


THE_OUTPUT = "the output"
REFUSED: list[tuple[Any, object, str, str]] = [
    (list[Row], [Row(1.0), LongRow(1.0)], "output[1]", changed("a LongRow", "a Row")),
    (Site, {"url": "a", "size": 1}, 'output["size"]', "it would be lost. Declare it, or leave it out."),
    (int, Number.ONE, THE_OUTPUT, changed("a Number", "an int")),
    (str, Name.A, THE_OUTPUT, changed("a Name", "a str")),
    (Sequence[int], (1,), THE_OUTPUT, changed("a tuple", "a list")),
    (AbstractSet[int], {1}, THE_OUTPUT, changed("a set", "a frozenset")),
    (float | str, "NaN", THE_OUTPUT, changed("a str", "a float")),
    (Sized, South(size=1), THE_OUTPUT, changed("a South", "a North")),
    (dt.date | str, "2026-01-01", THE_OUTPUT, changed("a str", "a date")),
    (North | South, South(size=1), THE_OUTPUT, changed("a South", "a North")),
    (Holder[int], Holder(held=1), THE_OUTPUT, changed("a Holder", "a Holder[int]")),
    (Secret, Secret(name="a", password="b"), "output.password", changed("'b'", "''")),  # noqa: S106  an example
    (Growing, Growing(number=1), "output.number", changed("2", "3")),
    (list[Any], [1, {"a": (2,)}], 'output[1]["a"]', changed("a tuple", "a list")),
    (dict[str, Any], {"a": {"b": NOON}}, 'output["a"]["b"]', changed("a datetime", "a str")),
    (Open, Open.model_validate({"number": 1, "more": NOON}), "output.more", changed("a datetime", "a str")),
    (set[Any], {(1,)}, THE_OUTPUT, "it could not be read back: Set items should be hashable. " + DECLARE),
    (re.Pattern[str], re.compile("a", 2), THE_OUTPUT, changed("re.compile('a', re.IGNORECASE)", "re.compile('a')")),
    (collections.deque[int], collections.deque([1], 3), THE_OUTPUT, changed("deque([1], maxlen=3)", "deque([1])")),
    (dt.time, dt.time(1, fold=1), THE_OUTPUT, changed("datetime.time(1, 0, fold=1)", "datetime.time(1, 0)")),
    (str, "a\ud800", THE_OUTPUT, SURROGATE),
    (list[int], [1, 10**4300], "output[1]", LONG),
    (UNDECLARED, {"rows": [1, (2,)]}, 'output["rows"][1]', changed("a tuple", "a list", PLAIN)),
    (UNDECLARED, {"rows": {1, 2}}, 'output["rows"]', changed("a set", "a list", PLAIN)),
    (UNDECLARED, [NOON], "output[0]", changed("a datetime", "a str", PLAIN)),
    (UNDECLARED, [b"a"], "output[0]", changed("a bytes", "a str", PLAIN)),
    (UNDECLARED, {"a": Row(1.0)}, 'output["a"]', changed("a Row", "a dict", PLAIN)),
    (UNDECLARED, [Color.RED], "output[0]", changed("a Color", "a str", PLAIN)),
    (UNDECLARED, {"a": [math.nan]}, 'output["a"][0]', f"it is nan, a number that JSON does not have. {PLAIN}"),
    (UNDECLARED, [1.0, -math.inf], "output[1]", f"it is -inf, a number that JSON does not have. {PLAIN}"),
    (UNDECLARED, {"a": {1: 2}}, 'output["a"]', f"it has the key 1, and JSON has only strings as keys. {PLAIN}"),
    (dict, {None: 2}, THE_OUTPUT, f"it has the key None, and JSON has only strings as keys. {DECLARE}"),
    (UNDECLARED, {"a": ["\udfff"]}, 'output["a"][0]', SURROGATE),
    (UNDECLARED, {'"\ud800': 1}, 'the key "\\"\\ud800" of output', SURROGATE),
    (UNDECLARED, [10**5000], "output[0]", LONG),
    (UNDECLARED, {"a": Plain()}, 'output["a"]', f"it is a Plain, which has no JSON form. {CLASS}"),
    (UNDECLARED, [Broken()], "output[0]", f"it is a Broken, which has no JSON form. {CLASS}"),
]  # fmt: skip


@pytest.mark.parametrize(("declared", "value", "path", "why"), REFUSED, ids=lambda value: f"{type(value).__name__}")
def test_what_would_come_back_as_something_else_is_refused(declared: Any, value: object, path: str, why: str) -> None:
    with pytest.raises(UnstorableValueError) as caught:
        store(declared, value)
    assert str(caught.value) == f'flow "shop", step "rows": {path} cannot be stored: {why}'


class TestObjectsWithACodec:
    @pytest.fixture(autouse=True)
    def _registered(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(_registry, "_by_class", {})
        monkeypatch.setattr(_registry, "_by_name", {})
        codecs.register(Matrix, MatrixCodec())

    @pytest.mark.parametrize("declared", [Matrix, UNDECLARED, Matrix | None, Any])
    def test_an_object_is_what_its_codec_makes_of_it(self, declared: Any) -> None:
        stored = store(declared, Matrix(b"\xff"))
        assert stored == StoredValue(b"\xff", "matrix")
        assert restore(declared, stored).rows == b"\xff"

    def test_an_object_in_a_value_is_text_in_base_64(self) -> None:
        text = '{"typedflow.codec":"matrix","data":"/w=="}'
        stored = store(Held, Held(Matrix(b"\xff"), [{"a": Matrix(b"\xff")}]))
        assert stored == StoredValue(f'{{"matrix":{text},"others":[{{"a":{text}}}]}}')
        back = restore(Held, stored)
        assert (back.matrix.rows, back.others[0]["a"].rows) == (b"\xff", b"\xff")

    def test_an_object_is_restored_where_no_type_is_declared(self) -> None:
        stored = store(UNDECLARED, {"a": [Matrix(b"1"), {"b": 1}]})
        back = restore(UNDECLARED, stored)
        assert (back["a"][0].rows, back["a"][1]) == (b"1", {"b": 1})

    @pytest.mark.parametrize(
        ("value", "path"), [(Matrix(b""), "the output"), ([1, {"a": Matrix(b"")}], 'output[1]["a"]')]
    )
    def test_what_the_codec_refuses_is_refused(self, value: object, path: str) -> None:
        with pytest.raises(UnstorableValueError) as caught:
            store(UNDECLARED, value)
        assert str(caught.value) == (
            f'flow "shop", step "rows": {path} cannot be stored: codec "matrix": a value cannot be encoded: '
            "ValueError: it is empty. Convert it to what its codec can encode."
        )

    @pytest.mark.parametrize(
        ("value", "why"),
        [
            (
                {"typedflow.codec": "x", "data": ""},
                'it could not be read back: no codec is registered under the name "x". There are codecs named',
            ),
            ({"typedflow.codec": "matrix", "data": "MQ=="}, "it is a dict, and would come back as a Matrix."),
            ([{"typedflow.codec": "matrix", "data": "?"}], "it could not be read back: "),
        ],
    )
    def test_what_looks_like_such_an_object_is_refused(self, value: object, why: str) -> None:
        with pytest.raises(UnstorableValueError) as caught:
            store(UNDECLARED, value)
        assert caught.value.problem.startswith(why.removesuffix("."))

    def test_a_class_that_pydantic_knows_may_have_one(self) -> None:
        class PointCodec(codecs.Codec[Point]):
            name = "point"

            def encode(self, value: Point) -> bytes:
                return b"%d" % value.x

            def decode(self, data: bytes) -> Point:
                return Point(int(data))

        codecs.register(Point, PointCodec())
        stored = store(list[Point], [Point(1)])
        assert stored == StoredValue('[{"typedflow.codec":"point","data":"MQ=="}]')
        assert restore(list[Point], stored) == [Point(1)]

    def test_what_is_stored_of_another_class_is_not_read(self) -> None:
        with pytest.raises(StoredValueError) as caught:
            restore(Row, StoredValue(b"1", "matrix"))
        assert str(caught.value) == (
            'flow "shop": the stored output of step "rows" cannot be read: it is not of the declared type: Input '
            "should be an instance of Row"
        )
        with pytest.raises(StoredValueError) as caught:
            restore(Matrix, StoredValue('{"matrix": 1}'))
        assert caught.value.reason == ("it is not of the declared type: it is not an object that a codec has encoded")

    def test_a_codec_that_is_gone_is_named(self) -> None:
        with pytest.raises(StoredValueError) as caught:
            restore(UNDECLARED, StoredValue(b"1", "gone"))
        assert caught.value.reason.startswith('no codec is registered under the name "gone". There are codecs named')


@pytest.mark.parametrize("declared", [bytes, UNDECLARED, bytes | str])
def test_bytes_are_stored_as_they_are(declared: Any) -> None:
    stored = store(declared, b"\xff\0")
    assert stored == StoredValue(b"\xff\0", "bytes")
    assert restore(declared, stored) == b"\xff\0"


class TestDepth:
    def test_a_value_may_be_nested_200_levels_deep(self) -> None:
        value: Any = 1
        for _ in range(200):
            value = [value]
        assert restore(UNDECLARED, store(UNDECLARED, value)) == value
        with pytest.raises(UnstorableValueError) as caught:
            store(UNDECLARED, [value])
        assert (caught.value.problem, caught.value.fix) == (
            "it is nested more than 200 levels deep",
            "Make the value flatter",
        )
        assert caught.value.path == f"{('output' + '[0]' * 201)[:100]}...{('[0]' * 201)[-100:]}"

    def test_a_recursive_type_may_be_as_deep(self) -> None:
        tree = Tree(name="leaf")
        for _ in range(99):
            tree = Tree(name="inner", below=[tree])
        assert restore(Tree, store(Tree, tree)) == tree
        with pytest.raises(UnstorableValueError, match="it is nested more than 200 levels deep"):
            store(Tree, Tree(name="root", below=[tree]))

    def test_what_contains_itself_is_refused(self) -> None:
        value: dict[str, Any] = {"a": []}
        value["a"].append({"b": value})
        with pytest.raises(UnstorableValueError) as caught:
            store(UNDECLARED, value)
        assert str(caught.value) == (
            'flow "shop", step "rows": output["a"][0]["b"] cannot be stored: it contains itself. Leave the cycle out.'
        )

    def test_what_is_in_a_value_twice_comes_back_as_two(self) -> None:
        shared = {"a": 1}
        first, second = restore(UNDECLARED, store(UNDECLARED, [shared, shared]))
        assert first == second == shared
        assert first is not second


class TestTimes:
    @pytest.mark.parametrize("fold", [0, 1])
    @pytest.mark.parametrize("day", [(2026, 3, 29), (2026, 10, 25)])
    def test_a_time_that_a_change_of_clocks_leaves_out_or_repeats_comes_back(
        self, day: tuple[int, int, int], fold: int
    ) -> None:
        moment = dt.datetime(*day, 2, 30, tzinfo=BERLIN, fold=fold)
        back = restore(dt.datetime, store(dt.datetime, moment))
        assert (back, back.fold, back.tzinfo) == (moment, fold, BERLIN)

    def test_a_moment_stays_the_same_if_the_rules_of_its_zone_have_changed(self) -> None:
        back = restore(dt.datetime, StoredValue('"2026-01-01T12:00:00+05:00[Europe/Berlin]"'))
        assert (back.isoformat(), back.tzinfo) == ("2026-01-01T08:00:00+01:00", BERLIN)

    def test_a_time_that_pydantic_has_read_comes_back_in_a_zone_of_python(self) -> None:
        read = pydantic.TypeAdapter(dt.datetime).validate_json('"2026-01-01T12:00:00+02:00"')
        back = restore(dt.datetime, store(dt.datetime, read))
        assert back == read
        assert back.tzinfo == dt.timezone(dt.timedelta(hours=2))

    def test_a_zone_with_a_name_of_its_own_is_refused(self) -> None:
        zone = dt.timezone(dt.timedelta(hours=1), "here")
        with pytest.raises(UnstorableValueError) as caught:
            store(dt.datetime, NOON.replace(tzinfo=zone))
        assert caught.value.problem.startswith(f"it is {NOON.replace(tzinfo=zone)!r}, and would come back as ")


def test_a_secret_is_refused_instead_of_its_stars() -> None:
    with pytest.raises(UnstorableValueError) as caught:
        store(SecretStr, SecretStr("a"))
    assert caught.value.problem == (
        "it is SecretStr('**********'), and would come back as another value that looks like this one"
    )


def test_what_a_class_of_the_user_raises_is_its_cause() -> None:
    def fail(value: object) -> object:
        raise LookupError("no")

    written = Annotated[fractions.Fraction, pydantic.PlainSerializer(fail)]
    with pytest.raises(UnstorableValueError) as caught:
        store(written, fractions.Fraction(1))
    assert "it has no JSON form: Error calling function `fail`: LookupError: no" in str(caught.value)


class TestNumbersOfNumpy:
    FIX = "Convert it to a number of Python's own with its item method."

    def test_they_are_refused(self) -> None:
        numpy = pytest.importorskip("numpy", exc_type=ImportError)
        for value, problem in (
            (numpy.float64(1.5), "it is a float64, and would come back as a float"),
            (numpy.int64(1), "it is an int64, which has no JSON form"),
            (numpy.bool_(True), "which has no JSON form"),  # noqa: FBT003  the number itself
        ):
            with pytest.raises(UnstorableValueError) as caught:
                store(UNDECLARED, [value])
            assert str(caught.value).endswith(f"{problem}. {self.FIX}")
            assert caught.value.path == "output[0]"


class TestInARun:
    @pytest.mark.parametrize("options", [{"max_attempts": 3, "base_delay": 0}, {"when_exhausted": "skip"}])
    def test_it_fails_the_run_and_is_not_tried_again(self, options: Any) -> None:
        calls: list[int] = []

        def handler(inputs: StepInput) -> dict[str, Any]:
            calls.append(1)
            return {"rows": [NOON]}

        shop: Any = Flow("shop", int)
        flow = shop.step("rows", handler, **options)
        with MemoryStore() as memory, pytest.raises(StepFailedError) as caught:
            flow.run_sync(1, store=memory)
        assert isinstance(caught.value.__cause__, UnstorableValueError)
        assert caught.value.__cause__.path == 'output["rows"][0]'
        assert calls == [1]

    def test_without_a_store_it_is_an_output_like_others(self) -> None:
        flow = Flow("shop", int).step("rows", lambda inputs: {"rows": {NOON}})
        assert flow.run_sync(1) == {"rows": {"rows": {NOON}}}

    def test_an_item_of_a_map_step_is_a_value_of_its_own(self) -> None:
        flow = Flow("shop", list[int]).map("rows", lambda item: "a" * item, over="run")
        with MemoryStore(max_value_bytes=12) as memory:
            assert flow.run_sync([10, 10], store=memory)["rows"] == ["a" * 10] * 2
            with pytest.raises(StepFailedError, match="it takes 13 bytes, and the limit is 12") as caught:
                flow.run_sync([10, 11], store=memory)
            assert caught.value.item == 1


class TestLimit:
    @pytest.mark.parametrize(("declared", "value", "size"), [(str, "ä", 4), (bytes, b"ab", 2), (list[int], [1], 3)])
    def test_the_limit_counts_bytes(self, declared: Any, value: object, size: int) -> None:
        store(declared, value, size)
        with pytest.raises(UnstorableValueError) as caught:
            store(declared, value, size - 1)
        assert str(caught.value) == (
            f'flow "shop", step "rows": the output cannot be stored: it takes {size} bytes, and the limit is '
            f"{size - 1}. Store it elsewhere and pass on where it is, or give the store a larger max_value_bytes."
        )

    def test_sizes_are_easy_to_read(self) -> None:
        with pytest.raises(UnstorableValueError, match="it takes 2,000,002 bytes, and the limit is 1,000,000"):
            store(str, "a" * 2_000_000, 1_000_000)


class TestInput:
    def test_the_flow_input_comes_back(self) -> None:
        encoding = Encoding.of(Flow("shop", Invoice).definition)
        given = Invoice(Total=Decimal(1), when=NOON.date())
        assert encoding.input_from_store(encoding.input_to_store(given, None)) == given

    def test_a_problem_is_that_of_the_input(self) -> None:
        encoding = Encoding.of(Flow("shop", dict[str, Any]).definition)
        with pytest.raises(UnstorableValueError) as caught:
            encoding.input_to_store({"a": NOON}, None)
        assert str(caught.value) == (
            f'flow "shop": input["a"] cannot be stored: it is a datetime, and would come back as a str. {DECLARE}'
        )
        with pytest.raises(UnstorableValueError, match='flow "shop": the input cannot be stored: it takes 2 bytes'):
            encoding.input_to_store({}, 1)
        with pytest.raises(StoredValueError) as error:
            encoding.input_from_store(StoredValue("[1"))
        assert str(error.value) == (
            'flow "shop": the stored input cannot be read: it is not of the declared type: Invalid JSON: EOF while '
            "parsing a list at line 1 column 2"
        )

    def test_an_input_without_unknown_keys_is_read(self) -> None:
        encoding = Encoding.of(Flow("shop", Site, unknown_keys="forbid").definition)
        assert encoding.input_from_store(encoding.input_to_store({"url": "a"}, None)) == {"url": "a"}


class TestFromAStore:
    def test_a_date_in_the_future_is_read_when_it_has_passed(self) -> None:
        assert restore(pydantic.FutureDate, StoredValue('"2000-01-01"')) == dt.date(2000, 1, 1)
        assert restore(pydantic.FutureDatetime, StoredValue('"2000-01-01T00:00:00"')).year == 2000

    def test_what_is_not_of_the_declared_type_is_not_read(self) -> None:
        with pytest.raises(StoredValueError) as caught:
            restore(list[Row], StoredValue('[{"price": 1.5}, {"price": "x"}]'))
        assert caught.value.reason.startswith("it is not of the declared type: 1.price.")

    def test_a_number_is_not_read_from_any_text(self) -> None:
        with pytest.raises(StoredValueError, match="it is not a number"):
            restore(float, StoredValue('"1"'))
        with pytest.raises(StoredValueError, match="it is not a text"):
            restore(dt.datetime, StoredValue("1"))
        with pytest.raises(StoredValueError, match="it is not one of 'PAIR', 'HALF'"):
            restore(Mixed, StoredValue('"SOME"'))

    def test_what_a_validator_raises_is_said(self) -> None:
        def fail(value: object) -> object:
            raise LookupError("no")

        declared = Annotated[int, pydantic.AfterValidator(fail)]
        with pytest.raises(StoredValueError) as caught:
            restore(declared, StoredValue("1"))
        assert str(caught.value) == ('flow "shop": the stored output of step "rows" cannot be read: LookupError: no')
        assert isinstance(caught.value.__cause__, LookupError)
        with pytest.raises(UnstorableValueError, match="it could not be read back: LookupError: no"):
            store(declared, 1)

    @pytest.mark.parametrize("made", [Tree.model_construct(_fields_set=None, names=1, below=[]), Point.__new__(Point)])
    def test_an_object_that_its_class_did_not_make_is_refused(self, made: object) -> None:
        with pytest.raises(UnstorableValueError):
            store(type(made), made)


class TestCanonicalForm:
    @pytest.mark.parametrize(
        ("declared", "one", "other"),
        [
            (Pair, Pair(1, "", {1: b"", 2: b""}), Pair(1, "", {2: b"", 1: b""})),
            (dict, {"b": 1, "a": {"d": [], "c": "ä"}}, {"a": {"c": "ä", "d": []}, "b": 1}),
            (dict[int, dict[int, int]], {1: {1: 1, 2: 2}, 2: {}}, {2: {}, 1: {2: 2, 1: 1}}),
            (dict[Color, set[int]], {Color.RED: {1, 9}, Color.BLUE: set()}, {Color.BLUE: set(), Color.RED: {9, 1}}),
        ],
    )  # fmt: skip
    def test_equal_values_have_the_same(self, declared: Any, one: object, other: object) -> None:
        encoding = Encoding.of(definition(declared))
        first, second = encoding.output_to_store("rows", one, None), encoding.output_to_store("rows", other, None)
        assert first != second
        assert encoding.canonical("rows", first) == encoding.canonical("rows", second)
        assert restore(declared, encoding.canonical("rows", first)) == one

    def test_numbers_of_different_types_have_different_ones(self) -> None:
        encoding = Encoding.of(definition(float))
        forms = {encoding.canonical("rows", encoding.output_to_store("rows", value, None)) for value in (1, 1.0, True)}
        assert len(forms) == 3

    def test_a_run_is_started_again_with_an_equal_input(self) -> None:
        flow = Flow("shop", dict[int, dict[str, int]]).step("rows", lambda inputs: 1)
        with MemoryStore() as store_:
            flow.run_sync({1: {"a": 1, "b": 2}, 2: {}}, store=store_, run_id="first")
            flow.run_sync({2: {}, 1: {"b": 2, "a": 1}}, store=store_, run_id="first")
            with pytest.raises(DifferentInputError):
                flow.run_sync({2: {}, 1: {"b": 2, "a": 2}}, store=store_, run_id="first")

    def test_what_cannot_be_read_has_none(self) -> None:
        encoding = Encoding.of(definition(dict[int, int]))
        with pytest.raises(StoredValueError):
            encoding.canonical("rows", StoredValue("[1]"))

    def test_bytes_stay_what_they_are(self) -> None:
        encoding = Encoding.of(definition(bytes))
        stored = encoding.output_to_store("rows", b"a", None)
        assert encoding.canonical("rows", stored) == stored


def test_a_flow_has_one_encoding() -> None:
    flow = definition(int)
    assert Encoding.of(flow) is Encoding.of(flow)


def test_a_declared_type_that_does_not_exist_is_reported() -> None:
    with pytest.raises(InvalidHandlerError, match="the return type cannot be found at run time"):
        store("Missing", 1)


def test_equal_sets_are_written_in_the_same_order() -> None:
    numbers = set(range(100))
    for number in range(99, -1, -1):
        numbers.remove(number)
        numbers.add(number)
    assert store(set[int], numbers) == store(set[int], set(range(100)))


def test_a_message_shows_no_control_characters() -> None:
    with pytest.raises(UnstorableValueError) as caught:
        store(UNDECLARED, {"\x1b[31m": (1,)})
    assert escaped(str(caught.value)) == str(caught.value)
    assert caught.value.path == 'output["\x1b[31m"]'
