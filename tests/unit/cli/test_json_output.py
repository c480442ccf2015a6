"""The outputs of a run as JSON, and those that have no JSON form."""

from __future__ import annotations

import datetime as dt
import json
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pydantic
import pytest

from tests.unit.definition.declared_types import SITE, Model, Plain, Point, Report
from typedflow._cli.json_output import encode_outputs


class Broken(pydantic.BaseModel):
    @pydantic.model_serializer
    def serialize(self) -> Any:
        raise LookupError("\x1b[2J")


class Modelled(pydantic.BaseModel):
    value: Any


@dataclass
class Held:
    value: object


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


def recursive() -> list[Any]:
    value: list[Any] = []
    value.append(value)
    return value


def test_outputs_become_json() -> None:
    outputs = {"a": Report(SITE), "b": Model(x=1), "c": Point(1, 2), "d": dt.date(2024, 1, 2), "e": "é\n\x1b", "f": {}}
    text, problems = encode_outputs(outputs)

    assert problems == []
    assert text == json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n"
    assert json.loads(text) == {
        "a": {"website": SITE, "tags": []},
        "b": {"x": 1},
        "c": [1, 2],
        "d": "2024-01-02",
        "e": "é\n\x1b",
        "f": {},
    }


def test_no_outputs_are_an_empty_object() -> None:
    assert encode_outputs({}) == ("{}\n", [])
    assert encode_outputs({"bad": Plain()})[0] == "{}\n"


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (math.nan, '"NaN"'),
        (math.inf, '"Infinity"'),
        (-math.inf, '"-Infinity"'),
        (10**5000, "1" + "0" * 5000),
        (-0.0, "-0.0"),
        (np.float32(0.5), "0.5"),
        (np.int64(3), "3"),
        (np.float32("nan"), '"NaN"'),
        (None, "null"),
    ],
    ids=["nan", "inf", "minus_inf", "huge", "zero", "float32", "int64", "float32_nan", "none"],
)
def test_numbers_that_json_does_not_have_are_no_nulls(number: object, shown: str) -> None:
    assert encode_outputs({"a": number}) == ('{\n  "a": ' + shown + "\n}\n", [])


ADVICE = "Return a TypedDict, a dataclass, a pydantic model or plain data, or print other outputs with --output."
ADVICE_ON_BYTES = "Return a text, such as base64 makes of bytes, or print other outputs with --output."
UNKNOWN = f"of type Plain: pydantic does not know this type. {ADVICE}"
SAME = "two keys of a dict have the same JSON form"


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        (
            b"\xff",
            f"it is of type bytes: invalid utf-8 sequence of 1 bytes from index 0. {ADVICE_ON_BYTES}",
        ),
        (Plain(), f"it is {UNKNOWN}"),
        ([{"a": Plain()}], f'its [0]["a"] is {UNKNOWN}'),
        ((1, Held({"b": [Plain()]})), f'its [1].value["b"][0] is {UNKNOWN}'),
        (Modelled(value={3: Plain()}), f"its .value[3] is {UNKNOWN}"),
        ({Plain(): 1}, f"it is of type dict: pydantic does not know this type. {ADVICE}"),
        (recursive(), f"it is of type list: ValueError: Circular reference detected (id repeated). {ADVICE}"),
        (nested(100_000), f"it is of type list: ValueError: Maximum serialization depth exceeded. {ADVICE}"),
        ({1: "a", "1": "b"}, f'it is of type dict: {SAME}, "1". {ADVICE}'),
        ([{None: 1, "None": 2}], f'its [0] is of type dict: {SAME}, "None". {ADVICE}'),
        ({(1, 2): 1, "1,2": 2}, f'it is of type dict: {SAME}, "1,2". {ADVICE}'),
        (Broken(), rf"it is of type Broken: Error calling function `serialize`: LookupError: \x1b[2J. {ADVICE}"),
        (["\ud800", Plain()], f"its [1] is {UNKNOWN}"),
    ],
    ids=[
        "bytes", "object", "inner", "dataclass", "model", "key", "recursive", "deep", "keys", "inner_keys", "tuple",
        "raises", "with_surrogate",
    ],
)  # fmt: skip
def test_what_has_no_json_form_is_named_by_its_step_place_and_type(output: object, reason: str) -> None:
    text, problems = encode_outputs({"good": 1, "bad": output, "better": [2]})

    assert json.loads(text) == {"good": 1, "better": [2]}
    assert problems == [f'the output of step "bad" has no JSON form, so it is not printed: {reason}']


@pytest.mark.parametrize(
    ("output", "shown"),
    [
        ("\ud800", "\ud800"),
        ({"\ud800": math.nan, 1: [dt.date(2024, 1, 2), "\udfff"]}, {"\ud800": "NaN", "1": ["2024-01-02", "\udfff"]}),
        (Held({"\ud800"}), {"value": ["\ud800"]}),
        (Modelled(value="\ud800"), {"value": "\ud800"}),
    ],
    ids=["text", "dict", "dataclass", "model"],
)
def test_a_surrogate_has_a_json_form(output: object, shown: object) -> None:
    text, problems = encode_outputs({"a": output})
    assert (json.loads(text), problems) == ({"a": shown}, [])


def test_a_list_as_deep_as_pydantic_writes_is_printed() -> None:
    assert json.loads(encode_outputs({"a": nested(200)})[0]) == {"a": nested(200)}
