"""How numbers stand in jsonb, which would make integers of floats with a large exponent."""

import json

import pytest

from typedflow.engines.pgflow._values import to_jsonb
from typedflow.stores import StoredValue


@pytest.mark.parametrize("value", [1e300, -2.5e30, 1e-7, [1e22, "1e22", 'a "1e5" \\'], {"1e5": 1e16, "n": 100000}])
def test_a_float_is_written_in_digits_and_a_text_stays(value: object) -> None:
    text = to_jsonb(StoredValue(json.dumps(value)))
    assert json.loads(text) == value
    assert json.dumps(json.loads(text)) == json.dumps(value)
    assert "e+" not in text
