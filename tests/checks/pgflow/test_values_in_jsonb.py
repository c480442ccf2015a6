"""What is stored comes back from a real jsonb column, as pgflow has them: equal, and of the same types."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.engines.pgflow.values import VALUES, shown
from typedflow import Flow, StepInput
from typedflow.engines._encoding import Encoding
from typedflow.engines.pgflow._history import Failure, TaskHistory
from typedflow.engines.pgflow._values import FailedItem, Skipped, from_jsonb, to_jsonb, written_again
from typedflow.stores import StoredError, StoredValue

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass
class Row:
    price: float
    tags: set[str]
    data: bytes


def number(inputs: StepInput) -> float:
    return 1.0


def rows(inputs: StepInput) -> dict[int, list[Row]]:
    return {}


def times(inputs: StepInput) -> tuple[dt.datetime, dt.timedelta, Decimal]:
    return dt.datetime.now(dt.UTC), dt.timedelta(), Decimal()


ENCODING = Encoding.of(
    Flow("flow", int).step("any", lambda i: 1).step("number", number).step("rows", rows).step("times", times).definition
)
NOON = dt.datetime(2026, 12, 1, 12, tzinfo=dt.UTC)
TYPED: list[tuple[str, Any]] = [
    *(("number", number) for number in (math.inf, -math.inf, 1e300, 5e-324, 3.0)),
    ("rows", {1: [Row(1e22, {"a"}, b"\x00\xff")], 10**30: [], -1: [Row(math.inf, set(), b"")]}),
    ("times", (NOON, dt.timedelta(days=1, microseconds=1), Decimal("1.10"))),
    ("any", b"\x00\xff"),
]


def kept(server: str, texts: Sequence[str]) -> list[Any]:
    """What comes back of JSON texts from a jsonb column, all in one query."""
    with psycopg.connect(server) as connection:
        connection.execute("create temporary table kept (place int, value jsonb)")
        connection.execute(
            "insert into kept select place, value::jsonb from unnest(%s::text[]) with ordinality as all_(value, place)",
            (list(texts),),
        )
        return [row[0] for row in connection.execute("select value from kept order by place")]


def test_any_value_comes_back(server: str) -> None:
    count = 0

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
    @given(st.lists(VALUES.map(lambda value: [[value]]), min_size=20, max_size=40))
    def compare(values: list[Any]) -> None:
        nonlocal count
        read = kept(server, [to_jsonb(ENCODING.output_to_store("any", value, None)) for value in values])
        again = kept(server, [written_again(each) for each in read])
        stored = [from_jsonb(each) for each in again]
        found = [ENCODING.output_from_store("any", each) for each in stored if isinstance(each, StoredValue)]
        assert list(map(shown, found)) == list(map(shown, values))
        assert list(map(shown, again)) == list(map(shown, read))
        count += len(values)

    compare()
    assert count > 500


def test_values_of_declared_types_come_back(server: str) -> None:
    read = kept(server, [to_jsonb(ENCODING.output_to_store(slug, value, None)) for slug, value in TYPED])
    found: list[Any] = []
    for (slug, _), value in zip(TYPED, kept(server, [written_again(each) for each in read]), strict=True):
        stored = from_jsonb(value)
        assert isinstance(stored, StoredValue)
        found.append(ENCODING.output_from_store(slug, stored))

    assert list(map(repr, found)) == [repr(value) for _, value in TYPED]


def test_marks_come_back(server: str) -> None:
    error = StoredError("ValueError", 'no "cups"\nat all \\x00 \U0001f600', ("a note",), "Traceback ...")
    marks: list[Skipped | FailedItem] = [
        Skipped("condition_unmet", is_cascade=True),
        Skipped("handler_failed", is_cascade=False, error=error),
        FailedItem(error),
        FailedItem(None),
    ]

    assert [from_jsonb(each) for each in kept(server, [to_jsonb(mark) for mark in marks])] == marks


def test_a_history_comes_back_from_a_column_of_text(server: str) -> None:
    error = StoredError("ValueError", "half \ud800, NUL \0", ("[typedflow] ",), "\n[typedflow] {}")
    history = TaskHistory().failed(Failure(1, 1.5, 2.5, 0.25, error)).failed(Failure(2, 3.0, 4.0))
    with psycopg.connect(server) as connection:
        row = connection.execute("select %s::text", (history.text("half \ud800, NUL \0"),)).fetchone()

    assert row is not None
    assert TaskHistory.of(row[0]) == history


@pytest.mark.parametrize("value", ["\0", "1e", "\\"])
def test_postgres_refuses_no_text_that_is_not_refused_before(value: str, server: str) -> None:
    try:
        text = to_jsonb(ENCODING.output_to_store("any", [value], None))
    except ValueError:
        assert "\0" in value
    else:
        assert kept(server, [text]) == [[value]]
