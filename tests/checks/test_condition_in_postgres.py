"""A condition holds of random values if Postgres says that they contain the pattern."""

import math
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.postgres import ask
from typedflow._definition.condition import contains

# Values of a group are easily taken for each other.
GROUPS: list[list[Any]] = [
    [0, -0.0, False, None, "", "0", [], {}],
    [1, 1.0, True, "1", [1], [True]],
    [10**23, 1e23, int(1e23), "1e23"],
    [2**53, 2.0**53, 2**53 + 1, 2.0**53 + 2],
    ["a", "b", "\u00e9", "e\u0301", ["a"], {"a": 1}],
]
VALUES = st.recursive(
    st.one_of(
        st.sampled_from([value for group in GROUPS for value in group]),
        st.sampled_from([value for group in GROUPS for value in group]),
        st.integers() | st.floats(allow_nan=False, allow_infinity=False),
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=3),
    ),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.sampled_from("abc"), inside, max_size=3),
    max_leaves=8,
)


def near(value: Any) -> list[Any]:
    """Patterns that the value just contains, or just does not."""
    more = {**value, "c": None} if isinstance(value, dict) else [value, None]
    items = value if isinstance(value, list) else []
    return [*next((group for group in GROUPS if value in group), []), *items, [value], more]


@st.composite
def patterns_for(draw: st.DrawFn, value: Any) -> Any:
    way = draw(st.integers(0, 7))
    if way == 0:
        return draw(VALUES)
    if way == 1:
        return draw(st.sampled_from(near(value)))
    if isinstance(value, dict):
        return {key: draw(patterns_for(value[key])) for key in value if draw(st.booleans())}
    if isinstance(value, list):
        return [draw(patterns_for(item)) for item in draw(st.permutations(value)) if draw(st.booleans())]
    return value


PAIRS = VALUES.flatmap(lambda value: st.tuples(st.just(value), patterns_for(value)))


def test_any_value_contains_any_pattern_if_and_only_if_postgres_says_so(postgres: str) -> None:
    said: list[bool] = []

    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
    @given(st.lists(PAIRS, min_size=20, max_size=40))
    def compare(pairs: list[tuple[Any, Any]]) -> None:
        answers = ask(postgres, pairs)
        assert [contains(value, pattern) for value, pattern in pairs] == answers
        said.extend(answers)

    compare()
    assert len(said) > 2000
    assert 0.2 < sum(said) / len(said) < 0.8  # both answers occur often


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=20))
def test_a_fraction_equals_a_whole_number_if_and_only_if_postgres_says_so(
    postgres: str, fractions: list[float]
) -> None:
    pairs = []
    for fraction in fractions:
        neighbours = (int(fraction), int(Decimal(repr(fraction))), fraction, math.nextafter(fraction, 0.0))
        pairs += [(fraction, each) for each in neighbours] + [(each, fraction) for each in neighbours]
    assert [contains(value, pattern) for value, pattern in pairs] == ask(postgres, pairs)
