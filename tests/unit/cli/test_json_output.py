"""The outputs of a run as JSON, and those that have no JSON form."""

from __future__ import annotations

import datetime as dt
import json
import math
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


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        (b"\xff", "invalid utf-8 sequence of 1 bytes from index 0"),
        (Plain(), "Unable to serialize unknown type: <class 'tests.unit.definition.declared_types.Plain'>"),
        ([{"a": Plain()}], "Unable to serialize unknown type: <class 'tests.unit.definition.declared_types.Plain'>"),
        (
            {Plain(): 1},
            "Unable to serialize unknown type: <class 'tests.unit.definition.declared_types.Plain'>",
        ),
        (recursive(), "ValueError: Circular reference detected (id repeated)"),
        (nested(100_000), "ValueError: Maximum serialization depth exceeded"),
        (
            "\ud800",
            "UnicodeEncodeError: 'utf-8' codec can't encode character '\\ud800' in position 0: surrogates not allowed",
        ),
        ({1: "a", "1": "b"}, 'two keys of a dict have the same JSON form, "1"'),
        ([{None: 1, "None": 2}], 'two keys of a dict have the same JSON form, "None"'),
        ({(1, 2): 1, "1,2": 2}, 'two keys of a dict have the same JSON form, "1,2"'),
        (Broken(), r"Error calling function `serialize`: LookupError: \x1b[2J"),
    ],
    ids=["bytes", "object", "inner", "key", "recursive", "deep", "surrogate", "keys", "inner_keys", "tuple", "raises"],
)
def test_what_has_no_json_form_is_named_by_its_step(output: object, reason: str) -> None:
    text, problems = encode_outputs({"good": 1, "bad": output, "better": [2]})

    assert json.loads(text) == {"good": 1, "better": [2]}
    assert problems == [f'the output of step "bad" has no JSON form, so it is not printed: {reason}.']


def test_a_list_as_deep_as_pydantic_writes_is_printed() -> None:
    assert json.loads(encode_outputs({"a": nested(200)})[0]) == {"a": nested(200)}
