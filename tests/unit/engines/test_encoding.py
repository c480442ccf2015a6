"""What is stored comes back as it was, or is refused where it is put out."""

from datetime import datetime
from typing import Any

import pytest

from typedflow import Flow, UnstorableValueError
from typedflow.engines._encoding import Encoding
from typedflow.stores import StoredValue


def encoding(declared: Any = None) -> Encoding:
    def handler(inputs: Any) -> Any: ...

    if declared is not None:
        handler.__annotations__["return"] = declared
    return Encoding.of(Flow("shop", int).step("rows", handler).definition)


def test_a_value_comes_back() -> None:
    now = encoding(datetime)
    stored = now.output_to_store("rows", datetime(2026, 1, 1), None)
    assert stored == StoredValue('"2026-01-01T00:00:00"')
    assert now.output_from_store("rows", stored) == datetime(2026, 1, 1)


def test_what_would_come_back_as_something_else_is_refused() -> None:
    with pytest.raises(UnstorableValueError) as caught:
        encoding().output_to_store("rows", {"a": [1, (2,)]}, None)
    assert str(caught.value).startswith('flow "shop", step "rows": output["a"][1] cannot be stored: it is a tuple')


def test_the_limit_counts_bytes() -> None:
    assert encoding(str).output_to_store("rows", "ä", 4) == StoredValue('"ä"')
    with pytest.raises(UnstorableValueError) as caught:
        encoding(str).output_to_store("rows", "ä", 3)
    assert str(caught.value) == (
        'flow "shop", step "rows": the output cannot be stored: it takes 4 bytes, and the limit is 3. Store it '
        "elsewhere and pass on where it is, or give the store a larger max_value_bytes."
    )
