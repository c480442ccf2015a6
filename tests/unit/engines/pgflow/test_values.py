"""What is written as jsonb is read as what it was, or refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings

from tests.unit.engines.pgflow.values import MARKS, VALUES, shown
from typedflow import Flow
from typedflow.engines._encoding import Encoding
from typedflow.engines.pgflow._values import (
    FailedItem,
    Skipped,
    UnstorableInPostgresError,
    from_jsonb,
    to_jsonb,
    written_again,
)
from typedflow.stores import StoredError, StoredValue

ENCODING = Encoding.of(Flow("flow", int).step("any", lambda i: 1).definition)
ERROR = StoredError("app.ShopError", 'no "cups"\nat all', ("a note",), "Traceback ...")


def as_jsonb(value: object) -> Any:
    """The object of JSON that Postgres gives for a value, if it keeps each number as it is written."""
    return json.loads(to_jsonb(ENCODING.output_to_store("any", value, None)))


@pytest.mark.parametrize("value", [1e300, -2.5e30, 1e-7, [1e22, "1e22", 'a "1e5" \\'], {"1e5": 1e16, "n": 100000}])
def test_a_float_is_written_in_digits_and_a_text_stays(value: object) -> None:
    text = to_jsonb(StoredValue(json.dumps(value)))

    assert shown(json.loads(text)) == shown(value)
    assert "e+" not in text
    assert written_again(json.loads(text)) == text


@settings(max_examples=300, deadline=None)
@given(VALUES)
def test_any_value_comes_back(value: object) -> None:
    if (isinstance(value, dict) and "$typedflow" in value) or (
        isinstance(value, list) and any(isinstance(each, dict) and "$typedflow" in each for each in value)
    ):
        with pytest.raises(UnstorableInPostgresError):
            as_jsonb(value)
        return
    read = as_jsonb(value)
    stored = from_jsonb(read)

    assert isinstance(stored, StoredValue)
    assert shown(ENCODING.output_from_store("any", stored)) == shown(value)
    assert shown(json.loads(written_again(read))) == shown(value)


@pytest.mark.parametrize("value", [*MARKS[:4], [1, MARKS[0]], [{"$typedflow": None}]])
def test_what_may_be_taken_for_a_mark_is_refused(value: object) -> None:
    with pytest.raises(UnstorableInPostgresError) as refused:
        as_jsonb(value)

    assert str(refused.value) == 'an object with the key "$typedflow" has a meaning of its own. Rename the key.'


@pytest.mark.parametrize("value", ["$typedflow", {"deep": MARKS[0]}, [[MARKS[1]]], '{"$typedflow": {}}'])
def test_a_mark_further_in_is_a_value(value: object) -> None:
    assert from_jsonb(as_jsonb(value)) == StoredValue(json.dumps(value))


@pytest.mark.parametrize("value", ["\0", ["a\0b"], {"a\0": 1}, "\\\0", "\\\\\0"])
def test_a_text_with_nul_is_refused(value: object) -> None:
    with pytest.raises(UnstorableInPostgresError) as refused:
        as_jsonb(value)

    assert str(refused.value) == "Postgres cannot store the character NUL in JSON. Remove it, or encode the text."


@pytest.mark.parametrize("value", ["\\u0000", "\\\\u0000", "u0000\\"])
def test_a_text_that_looks_like_an_escaped_nul_is_a_value(value: str) -> None:
    assert as_jsonb(value) == value


@pytest.mark.parametrize("value", [b"", b"\x00\xff", bytes(range(256))])
def test_what_a_codec_has_made_comes_back(value: bytes) -> None:
    stored = from_jsonb(as_jsonb(value))

    assert isinstance(stored, StoredValue)
    assert ENCODING.output_from_store("any", stored) == value


@pytest.mark.parametrize(
    "mark",
    [
        Skipped("condition_unmet", is_cascade=False),
        Skipped("handler_failed", is_cascade=True, error=ERROR),
        FailedItem(None),
        FailedItem(ERROR),
    ],
)
def test_a_mark_comes_back(mark: Skipped | FailedItem) -> None:
    assert from_jsonb(json.loads(to_jsonb(mark))) == mark
    assert from_jsonb(json.loads(written_again(json.loads(to_jsonb(mark))))) == mark


@pytest.mark.parametrize("value", [None, [], {}, {"$typedflow": 1}, {"$typedflow": {}, "other": 1}, "text", 1.5])
def test_what_another_worker_has_written_is_a_value(value: object) -> None:
    assert from_jsonb(value) == StoredValue(json.dumps(value))
