"""A condition holds if Postgres says that the value contains the pattern; a pattern is JSON that Postgres can hold."""

import enum
import json
import math
from collections import OrderedDict
from typing import Any, NamedTuple

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.postgres import ask
from typedflow._definition.condition import checked_pattern, contains


def nested(levels: int, inside: object = 1) -> Any:
    value = inside
    for _ in range(levels):
        value = [value]
    return value


CASES: list[tuple[str, Any, Any, bool]] = [
    ("a string contains itself", "a", "a", True),
    ("a string contains no other", "a", "b", False),
    ("a string contains no part of it", "ab", "a", False),
    ("upper case is another string", "a", "A", False),
    ("an accent composed otherwise is another string", "\u00e9", "e\u0301", False),
    ("a string is no number", "1", 1, False),
    ("null contains null", None, None, True),
    ("null is not false", None, False, False),
    ("null is not zero", None, 0, False),
    ("null is not an empty string", None, "", False),
    ("true contains true", True, True, True),
    ("true is not false", True, False, False),
    ("true is no number", True, 1, False),
    ("true is no number with a fraction", True, 1.0, False),
    ("one is not true", 1, True, False),
    ("zero is not false", 0, False, False),
    ("a whole number equals the same with a fraction of zero", 1, 1.0, True),
    ("the other way round too", 1.0, 1, True),
    ("zero has no sign", 0, -0.0, True),
    ("nor among fractions", -0.0, 0.0, True),
    ("numbers that differ little differ", 0.1 + 0.2, 0.3, False),
    ("big numbers are exact", 2**53, 2**53 + 1, False),
    ("big numbers are exact beside a fraction", 2**53 + 1, 2.0**53, False),
    ("huge numbers are exact", 10**400, 10**400 + 1, False),
    ("a power of ten is what it says", 10**23, 1e23, True),
    ("and not what a computer makes of it", int(1e23), 1e23, False),
    ("the largest of fractions is a whole number", 1.5e308, 15 * 10**307, True),
    ("the smallest is not zero", 5e-324, 0, False),
    ("an empty object is in any object", {"a": 1}, {}, True),
    ("an empty object contains itself", {}, {}, True),
    ("an object contains some of its keys", {"a": 1, "b": 2}, {"b": 2}, True),
    ("a key with another value does not count", {"a": 1}, {"a": 2}, False),
    ("a key that is not there does not count", {"a": 1}, {"b": 1}, False),
    ("a key that is not there is not null", {"a": 1}, {"b": None}, False),
    ("a key may be null", {"a": None}, {"a": None}, True),
    ("all keys have to be there", {"a": 1}, {"a": 1, "b": 2}, False),
    ("an object inside may have more keys", {"a": {"b": 1, "c": 2}}, {"a": {"c": 2}}, True),
    ("an object inside must have the key", {"a": {"b": 1}}, {"a": {"c": 2}}, False),
    ("an empty object inside asks for an object", {"a": [1]}, {"a": {}}, False),
    ("an object is not what is inside", {"a": {"b": 1}}, {"b": 1}, False),
    ("an object is no string", {"a": 1}, "a", False),
    ("a string is no object", "a", {}, False),
    ("null is no object", None, {}, False),
    ("an empty array is in any array", [1], [], True),
    ("an empty array contains itself", [], [], True),
    ("an empty array is in no object", {}, [], False),
    ("an empty object is in no array", [], {}, False),
    ("an empty object is not in an array of objects", [{}], {}, False),
    ("an array contains some of its items", [1, 2, 3], [3, 1], True),
    ("an array must have each item", [1, 2], [1, 3], False),
    ("the order of items does not count", [1, 2], [2, 1], True),
    ("nor how often an item is there", [1], [1, 1], True),
    ("nor how often it is in the value", [1, 1], [1], True),
    ("true in an array is no number", [True], [1], False),
    ("one in an array is not true", [1], [True], False),
    ("numbers in arrays are compared as numbers", [1, 2.0], [2, 1.0], True),
    ("big numbers in arrays too", [10**23], [1e23], True),
    ("null in an array is an item", [None], [None], True),
    ("and is there or not", [0], [None], False),
    ("an array in an array", [[1, 2]], [[2]], True),
    ("an array in an array must be in one of its arrays", [[1], [2]], [[1, 2]], False),
    ("two of them may be in the same", [[1, 2]], [[1], [2]], True),
    ("an empty array in an array asks for an array", [1], [[]], False),
    ("an array is not flat", [[1]], [1], False),
    ("nor is a pattern", [1], [[1]], False),
    ("an object in an array may have more keys", [{"a": 1, "b": 2}], [{"b": 2}], True),
    ("all its keys must be in one object", [{"a": 1}, {"b": 2}], [{"a": 1, "b": 2}], False),
    ("an object in an array is no array", [[1]], [{}], False),
    ("the special case: an array contains a string that is an item", ["a", "b"], "b", True),
    ("or a number", [1, 2], 2.0, True),
    ("or true", [True], True, True),
    ("or null", [None], None, True),
    ("but not one that is none", ["a"], "b", False),
    ("nor true for a number", [1], True, False),
    ("nothing is in an empty array", [], None, False),
    ("it does not work the other way round", "b", ["b"], False),
    ("nor with an object", [{"a": 1}], {"a": 1}, False),
    ("nor under a key", {"a": ["b"]}, {"a": "b"}, False),
    ("nor in another array", [["a"]], ["a"], False),
    ("nor deeper", [["a"]], "a", False),
    ("a long key is a key", {"k" * 1000: 1}, {"k" * 1000: 1}, True),
    ("an empty key is a key", {"": 1}, {"": 1}, True),
    ("a pattern may be deep", nested(100), nested(100), True),
    ("and say so at its end", nested(100, 1), nested(100, 2), False),
    ("a value may be deeper", nested(101), nested(99, []), True),
]


class TestContains:
    @pytest.mark.parametrize(("value", "pattern", "expected"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
    def test_what_contains_what(self, value: object, pattern: object, *, expected: bool) -> None:
        assert contains(value, pattern) is expected
        assert contains(value, checked_pattern("if_", pattern)) is expected

    def test_postgres_says_the_same_of_each_of_these_cases(self, postgres: str) -> None:
        answers = ask(postgres, [(value, pattern) for _, value, pattern, _ in CASES])
        assert dict(zip((case[0] for case in CASES), answers, strict=True)) == {case[0]: case[3] for case in CASES}

    def test_a_tuple_is_an_array(self) -> None:
        assert contains(({"a": (1, 2)},), [{"a": [2]}])
        assert contains([[1, 2]], ((2,),))
        assert contains((1, 2), 2)
        assert not contains({"a": (1,)}, {"a": 1})

    def test_a_value_of_a_million_levels_is_read_as_deep_as_the_pattern(self) -> None:
        assert contains(nested(1_000_000), nested(100, []))
        assert not contains(nested(1_000_000), nested(100, {}))

    def test_many_items_are_looked_up_and_not_searched_for(self) -> None:
        numbers = list(range(200_000))
        assert contains(numbers, numbers[::-1])
        assert not contains(numbers, [*numbers, -1])


class Colour(enum.StrEnum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


class Point(NamedTuple):
    x: int
    y: float


CIRCULAR: list[Any] = []
CIRCULAR.append({"again": CIRCULAR})
USE = "Use a dict, a list, a string, a number, a boolean or None."


class TestPatterns:
    @pytest.mark.parametrize(
        ("pattern", "problem"),
        [
            (math.nan, "if_ is NaN, which JSON cannot represent: it becomes null. Write None."),
            ([math.inf], "if_[0] is infinite, which JSON cannot represent: it becomes null. Write None."),
            (
                {"a": [1, 2, -math.inf]},
                'if_["a"][2] is infinite, which JSON cannot represent: it becomes null. Write None.',
            ),
            ({1, 2}, f"if_ is a set, which has no JSON form. {USE}"),
            ({"a": object()}, f'if_["a"] is a object, which has no JSON form. {USE}'),
            ({"a": ({"b": b"b"},)}, f'if_["a"][0]["b"] is a bytes, which has no JSON form. {USE}'),
            ([1j], f"if_[0] is a complex, which has no JSON form. {USE}"),
            ([range(3)], f"if_[0] is a range, which has no JSON form. {USE}"),
            (len, f"if_ is a builtin_function_or_method, which has no JSON form. {USE}"),
            (
                {"a": {1: 2}},
                'if_["a"] has the key 1, but keys in JSON are strings. Use a string.',
            ),
            ({None: 2}, "if_ has the key None, but keys in JSON are strings. Use a string."),
            ({"a": "b\0"}, "if_[\"a\"] has the character '\\x00', which jsonb cannot hold. Remove it."),
            (["\ud83d"], "if_[0] has the character '\\ud83d', which jsonb cannot hold. Remove it."),
            (
                {"a": {"\udfff": 1}},
                "a key of if_[\"a\"] has the character '\\udfff', which jsonb cannot hold. Remove it.",
            ),
            ({"é": [{}, {'"': {1}}]}, f'if_["é"][1]["\\""] is a set, which has no JSON form. {USE}'),
            ({"\n": {1}}, f'if_["\\n"] is a set, which has no JSON form. {USE}'),
            ([-(10**4300)], "if_[0] has more than 4,300 digits. Use a smaller number."),
            (nested(101), "if_ is nested more than 100 levels deep. Test less of the value."),
            (nested(1_000_000), "if_ is nested more than 100 levels deep. Test less of the value."),
            (CIRCULAR, "if_ is nested more than 100 levels deep. Test less of the value."),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_what_is_no_json_value_is_refused(self, pattern: object, problem: str) -> None:
        with pytest.raises((TypeError, ValueError)) as caught:
            checked_pattern("if_", pattern)
        assert str(caught.value) == problem

    @pytest.mark.parametrize("text", ["\0", "a\0b", "\ud83d", "\ude00\ud83d"])
    def test_postgres_refuses_the_same_strings(self, text: str, postgres: str) -> None:
        with pytest.raises(ValueError, match="which jsonb cannot hold"):
            checked_pattern("if_", text)
        for value in (text, {text: 1}):
            with psycopg.connect(postgres) as connection, pytest.raises(psycopg.DataError):
                connection.execute("select %s::text::jsonb", (json.dumps(value),))

    @given(st.text())
    def test_no_other_string_is_refused(self, text: str) -> None:
        text = text.replace("\0", "")
        assert checked_pattern("if_", {text: text}) == {text: text}

    def test_a_pattern_is_copied_into_plain_dicts_lists_strings_and_numbers(self) -> None:
        pattern = OrderedDict(colour=Colour.RED, level=Level.HIGH, point=Point(1, 2.5), flags=(True, None))
        copy = checked_pattern("if_", pattern)
        assert copy == {"colour": "red", "level": 3, "point": [1, 2.5], "flags": [True, None]}
        assert repr(copy) == "{'colour': 'red', 'level': 3, 'point': [1, 2.5], 'flags': [True, None]}"

    def test_changing_the_pattern_afterwards_changes_nothing(self) -> None:
        pattern = {"a": [{"b": 1}]}
        copy = checked_pattern("if_", pattern)
        pattern["a"][0]["b"] = 2
        pattern["a"].append({})
        assert copy == {"a": [{"b": 1}]}
