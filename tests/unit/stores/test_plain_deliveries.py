"""What is delivered to a store without the flow: it is validated by the shape of the run."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal, TypedDict

import pydantic
import pytest

from typedflow import FlowDefinition, InvalidDeliveryError
from typedflow._definition.shape import shape_of
from typedflow.engines._encoding import Encoding
from typedflow.stores import RunRecord, StoredValue
from typedflow.stores._delivered import delivered


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


@dataclass
class Answer:
    days: int
    note: str | None = None


class Parcel(pydantic.BaseModel):
    code: Annotated[str, pydantic.StringConstraints(pattern=r"^[A-Z]+$", max_length=5)]
    weight: Annotated[float, pydantic.Field(ge=0, alias="kilograms")] = 1.0
    parts: list[Parcel] = []


class Approval(TypedDict):
    by: str
    granted: bool


def run_of(output_type: Any) -> tuple[RunRecord, Encoding]:
    definition = FlowDefinition("shop", int).with_wait("answer", output_type)
    now = dt.datetime.now(dt.UTC)
    record = RunRecord(
        "r1",
        "shop",
        "started",
        now,
        None,
        None,
        None,
        None,
        is_interrupted=False,
        retrying=0,
        waiting=("answer",),
        input=StoredValue("1"),
        error=None,
        fingerprint="",
        shape=shape_of(definition),
    )
    return record, Encoding.of(definition)


VALUES: dict[str, tuple[Any, Any, Any]] = {
    "a_typed_dict": (Approval, {"by": "ada", "granted": True}, {"by": "ada", "granted": True}),
    "a_dataclass": (Answer, Answer(3), Answer(3)),
    "a_dict_for_a_dataclass": (Answer, {"days": 3}, Answer(3)),
    "a_model": (
        Parcel,
        Parcel.model_validate({"code": "A", "kilograms": 2}),
        Parcel.model_validate({"code": "A", "kilograms": 2}),
    ),
    "a_recursive_model": (Parcel, {"code": "A", "parts": [{"code": "B"}]}, Parcel(code="A", parts=[Parcel(code="B")])),
    "the_name_of_a_field": (Parcel, {"code": "A", "weight": 2}, Parcel.model_validate({"code": "A", "kilograms": 2})),
    "none": (None, None, None),
    "a_union": (int | None, 3, 3),
    "a_date": (dt.datetime, dt.datetime(2026, 12, 1, tzinfo=dt.UTC), dt.datetime(2026, 12, 1, tzinfo=dt.UTC)),
    "the_text_of_a_date": (dt.date, "2026-12-01", dt.date(2026, 12, 1)),
    "a_duration": (dt.timedelta, dt.timedelta(days=2), dt.timedelta(days=2)),
    "a_uuid": (uuid.UUID, uuid.UUID(int=5), uuid.UUID(int=5)),
    "a_decimal": (Decimal, Decimal("1.50"), Decimal("1.50")),
    "an_enum": (Colour, Colour.BLUE, Colour.BLUE),
    "a_value_of_an_enum": (Colour, 2, Colour.BLUE),
    "a_literal": (Literal["yes", "no"], "yes", "yes"),
    "a_tuple": (tuple[int, str], (1, "a"), (1, "a")),
    "any_tuple": (tuple[int, ...], [1, 2], (1, 2)),
    "a_set": (set[int], {1, 2}, {1, 2}),
    "int_keys": (dict[int, str], {1: "a"}, {1: "a"}),
    "a_mapping": (dict[str, list[float]], {"a": [1.5, 2]}, {"a": [1.5, 2.0]}),
    "bytes": (bytes, b"abc", b"abc"),
    "anything": (Any, {"a": [1, None]}, {"a": [1, None]}),
}


@pytest.mark.parametrize("case", VALUES)
def test_what_is_delivered_comes_back_as_what_the_flow_declares(case: str) -> None:
    output_type, value, expected = VALUES[case]
    run, encoding = run_of(output_type)
    found = encoding.output_from_store("answer", delivered(run, "answer", value))
    assert (found, type(found)) == (expected, type(expected))


WRONG: dict[str, tuple[Any, Any, str]] = {
    "a_missing_key": (Approval, {"by": "ada"}, "granted: Field required"),
    "a_key_too_many": (Approval, {"by": "", "granted": True, "x": 1}, "x: Extra inputs are not permitted (given 1)"),
    "a_text_for_a_number": (Answer, {"days": "3"}, "days: Input should be a valid integer (given '3')"),
    "a_number_for_a_bool": (Approval, {"by": "", "granted": 1}, "granted: Input should be a valid boolean (given 1)"),
    "no_duration": (dt.timedelta, "soon", "Input should be a valid duration, invalid digit in duration (given 'soon')"),
    "another_word": (Literal["yes", "no"], "maybe", "Input should be 'no' or 'yes' (given 'maybe')"),
    "a_pattern": (Parcel, {"code": "abc"}, "code: String should match pattern '^[A-Z]+$' (given 'abc')"),
    "a_length": (Parcel, {"code": "ABCDEF"}, "code: String should have at most 5 characters (given 'ABCDEF')"),
    "a_bound": (
        Parcel, {"code": "A", "weight": -1}, "weight: Input should be greater than or equal to 0 (given -1)",
    ),
    "an_alias": (Parcel, {"code": "A", "kilograms": 2}, "kilograms: Extra inputs are not permitted (given 2)"),
    "text_for_bytes": (bytes, "abc", "it is a str, and not bytes"),
    "a_part": (Parcel, {"code": "A", "parts": [{}]}, "parts.0.code: Field required"),
    "a_tuple_too_long": (tuple[int, str], [1, "a", 2],
        "Tuple should have at most 2 items after validation, not 3 (given [1, 'a', 2])",
   ),
    "what_has_no_json": (Any, object(), "Unable to serialize unknown type: <class 'object'>"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_value_is_refused_to_the_one_who_delivers_it(case: str) -> None:
    output_type, value, wrong = WRONG[case]
    with pytest.raises(InvalidDeliveryError) as caught:
        delivered(run_of(output_type)[0], "answer", value)
    place = 'flow "shop", run "r1", step "answer"'
    assert str(caught.value) == f"{place}: what was delivered is not a valid output of the step: {wrong}"


def test_a_stored_type_has_an_object_that_only_the_flow_can_encode() -> None:
    class Odd:
        pass

    with pytest.raises(InvalidDeliveryError, match="which only the flow can encode"):
        delivered(run_of(list[Odd])[0], "answer", [])
