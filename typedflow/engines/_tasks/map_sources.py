"""What a map step can map over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Final

from typedflow.exceptions import InvalidMapSourceError

if TYPE_CHECKING:
    from typedflow._definition.flow import StepDefinition

# Sequences whose items are hardly ever what is meant.
_TEXTS: Final = (str, bytes, bytearray, memoryview)
# Methods that make a list, of arrays and tables that are not sequences, with what to write.
_TO_LISTS: Final = {
    "tolist": "call its .tolist()",
    "to_list": "call its .to_list()",
    "to_pylist": "call its .to_pylist()",
    "to_dicts": "call its .to_dicts()",
    "to_dict": 'call its .to_dict("records")',
}


def source_error(flow: str, step: StepDefinition, source: object) -> InvalidMapSourceError | None:
    """Return what is wrong with the source of a map step: it works on any sequence, except for strings and bytes."""
    if isinstance(source, list | tuple) or (isinstance(source, Sequence) and not isinstance(source, _TEXTS)):
        return None
    over = step.over or "run"
    return InvalidMapSourceError(flow, step.slug, over, type(source).__name__, _remedy(source))


def _remedy(source: object) -> str:
    if isinstance(source, _TEXTS):
        return "A string is not taken for a list of characters: put it into a list, or split it."
    if isinstance(source, AbstractSet):
        return "A set has no order: make it a list, such as sorted(...)."
    if isinstance(source, Mapping):
        return "Make it a list, such as list(....values()) or list(....items())."
    if isinstance(source, Iterator):
        return "An iterator can be read only once: make it a list."
    methods = [call for method, call in _TO_LISTS.items() if hasattr(type(source), method)]
    return f"Make it a list: {methods[0]}." if methods else "Make it a list or a tuple."
