"""Random values as JSON has them, and how two of them differ that equal each other."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

MARKS: list[Any] = [
    {"$typedflow": {"skipped": "condition_unmet", "cascade": False, "error": None}},
    {"$typedflow": {"failed": None}},
    {"$typedflow": {"codec": "bytes", "data": "AA=="}},
    {"$typedflow": 1, "other": 2},
    "$typedflow",
]
NUMBERS: list[Any] = [
    *(0, -0.0, 0.0, 1, 1.0, True, 10**22, 1e22, 1e16, 1e15, 2**53 + 1, 2.0**53, 1e-7, 5e-324, 1.7976931348623157e308),
    *(-1e300, 10**4000, -(10**4000), 0.1, -0.05, 100000, 1e5),
]
TEXTS = ["1e5", "-0.0", '"1e300"', "\\", '\\"1e5', "\\u0000", "\u2028", "\U0001f600", "é", "\x7f", "$typedflow", ""]
LEAVES = st.one_of(
    st.sampled_from(NUMBERS),
    st.sampled_from(TEXTS),
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5),
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    LEAVES,
    lambda inside: (
        st.lists(inside, max_size=4)
        | st.dictionaries(st.sampled_from([*"abc", *TEXTS]), inside, max_size=4)
        | st.lists(inside | st.sampled_from(MARKS), min_size=1, max_size=2).map(lambda items: {"deep": [items]})
    ),
    max_leaves=8,
)


def shown(value: Any) -> str:
    """A text that is the same for equal values of equal types. Keys have no order, and zero no sign, as in jsonb."""
    if isinstance(value, dict):
        return f"{{{', '.join(sorted(f'{key!r}: {shown(each)}' for key, each in value.items()))}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(shown, value))}]"
    return "0.0" if isinstance(value, float) and value == 0 else repr(value)
