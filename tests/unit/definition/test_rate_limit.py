"""What a rate limit may be."""

import math
from datetime import timedelta
from typing import Any

import pytest

from typedflow import RateLimit


def test_a_period_is_one_second_and_is_kept_in_seconds() -> None:
    assert RateLimit(3) == RateLimit(3, per=1) == RateLimit(3, timedelta(seconds=1))
    assert (RateLimit(3).period, RateLimit(3, timedelta(minutes=1)).period) == (1, 60)


@pytest.mark.parametrize("count", [0, -1, 1.0, True, "1", None])
def test_the_count_is_a_whole_number(count: Any) -> None:
    with pytest.raises(ValueError, match=r"^RateLimit: count must be a whole number of at least 1, not ") as caught:
        RateLimit(count)
    assert str(caught.value).endswith(f"not {count!r}.")


@pytest.mark.parametrize("per", [0, -1, math.inf, math.nan, "1", None, timedelta(0)])
def test_the_period_is_a_duration(per: Any) -> None:
    with pytest.raises(ValueError, match=r"^RateLimit: per must be a finite duration above 0 ") as caught:
        RateLimit(1, per)
    assert str(caught.value).endswith(f"(seconds or a timedelta), not {per!r}.")


@pytest.mark.parametrize("name", ["", 1, ("a",)])
def test_the_name_is_a_string(name: Any) -> None:
    with pytest.raises(
        ValueError, match=r"^RateLimit: name must be a string that is not empty, or None, not "
    ) as caught:
        RateLimit(1, name=name)
    assert str(caught.value).endswith(f"not {name!r}.")
