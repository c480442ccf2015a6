"""What becomes of a value that is written as JSON."""

import dataclasses
import datetime as dt
import math
import uuid
from typing import Any

import pydantic
import pytest

from tests.unit.definition.declared_types import Colour, Plain, Website
from typedflow import (
    NoJsonFormError,
)
from typedflow._definition.validation import json_form


class Address(pydantic.BaseModel):
    street: str
    postal_code: str = pydantic.Field(alias="postalCode")


@dataclasses.dataclass
class Person:
    name: str
    born: dt.date
    at: Address
    tags: frozenset[str] = frozenset()


class Money(pydantic.BaseModel):
    amount: int

    @pydantic.field_serializer("amount")
    def with_currency(self, amount: int) -> str:
        if amount < 0:
            raise RuntimeError("no debts")
        return f"{amount} EUR"


class Loose(str):
    __slots__ = ()


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


CODEC = "'utf-8' codec can't"
CIRCULAR: dict[str, Any] = {}
CIRCULAR["again"] = CIRCULAR


class TestJsonForm:
    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            (None, None),
            (True, True),
            (1, 1),
            (-0.0, -0.0),
            (1e23, 1e23),
            (10**400, 10**400),
            ("é\0", "é\0"),
            ({"a": [1, {"b": None}]}, {"a": [1, {"b": None}]}),
            (Website(title="Home", size=1), {"title": "Home", "size": 1}),
            ((1, (2,)), [1, [2]]),
            ({3}, [3]),
            (frozenset(), []),
            (b"bytes", "bytes"),
            (dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC), "2026-01-02T03:04:05Z"),
            (dt.date(2026, 1, 2), "2026-01-02"),
            (dt.timedelta(hours=1), "PT1H"),
            (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
            (Colour.RED, "red"),
            (Loose("a"), "a"),
            ({1: "a", Colour.RED: "b"}, {"1": "a", "red": "b"}),
            (
                Person("Ada", dt.date(1815, 12, 10), Address(street="S", postalCode="1"), frozenset({"x"})),
                {"name": "Ada", "born": "1815-12-10", "at": {"street": "S", "postalCode": "1"}, "tags": ["x"]},
            ),
            (Money(amount=3), {"amount": "3 EUR"}),
            ([math.nan, {"a": math.inf}, -math.inf], [None, {"a": None}, None]),
            (pydantic.create_model("Size", width=(float, ...))(width=math.nan), {"width": None}),
            (nested(200), nested(200)),
        ],
        ids=lambda value: type(value).__name__,
    )
    def test_a_value_is_made_of_what_json_has(self, value: object, expected: object) -> None:
        found = json_form("shop", "a", value)
        assert repr(found) == repr(expected)

    def test_the_value_stays_as_it_is(self) -> None:
        value = {"a": (1, {2}), "b": [math.nan]}
        json_form("shop", "a", value)["b"].append(1)
        assert repr(value) == "{'a': (1, {2}), 'b': [nan]}"

    @pytest.mark.parametrize(
        ("value", "reason"),
        [
            (Plain(), f"Unable to serialize unknown type: <class '{Plain.__module__}.Plain'>"),
            ({"a": [len]}, "Unable to serialize unknown type: <class 'builtin_function_or_method'>"),
            (range(3), "Unable to serialize unknown type: <class 'range'>"),
            (b"\xff", "invalid utf-8 sequence of 1 bytes from index 0"),
            ("\ud83d", rf"UnicodeEncodeError: {CODEC} encode character '\ud83d' in position 0: surrogates not allowed"),
            (
                Money(amount=-1),
                "Error calling function `with_currency`: RuntimeError: no debts",
            ),
            (CIRCULAR, "ValueError: Circular reference detected (id repeated)"),
            (nested(201), "recursion limit exceeded at line 1 column 202"),
            (nested(100_000), "ValueError: Maximum serialization depth exceeded"),
            (10**4300, "number out of range at line 1 column 4301"),
        ],
        ids=lambda value: type(value).__name__,
    )
    def test_what_has_none_is_refused_with_the_name_of_the_step(self, value: object, reason: str) -> None:
        with pytest.raises(NoJsonFormError) as caught:
            json_form("shop", "a", value)
        assert str(caught.value) == (
            f'flow "shop": the output of step "a", which a condition tests, has no JSON form: {reason}. '
            "Make it plain data, a dataclass or a pydantic model, nested at most 200 levels deep."
        )
        assert (caught.value.flow, caught.value.source, caught.value.reason) == ("shop", "a", reason)
        assert caught.value.__cause__ is not None
