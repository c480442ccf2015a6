"""The outputs of a run as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json

from typedflow._definition.validation import plain_or_error
from typedflow._text import in_one_line

if TYPE_CHECKING:
    from collections.abc import Mapping


class _SameKeyError(ValueError):
    """Two keys of a dict, such as 1 and "1", have the same JSON form."""


def encode_outputs(outputs: Mapping[str, Any]) -> tuple[str, list[str]]:
    """Return the outputs as indented JSON, without those that have no JSON form, and say why these have none.

    NaN and infinity become the strings ``"NaN"``, ``"Infinity"`` and ``"-Infinity"``: JSON does not have these numbers,
    and null stands for a skipped step.
    """
    encoded, problems = [], []
    for slug, output in outputs.items():
        try:
            text = to_json(output, indent=2, inf_nan_mode="strings", fallback=plain_or_error).decode()
            json.loads(text, object_pairs_hook=_check_keys, parse_int=str, parse_float=str)
        except Exception as error:  # noqa: BLE001  a class may have a serializer of its own, which may raise anything
            problems.append(f'the output of step "{slug}" has no JSON form, so it is not printed: {_reason(error)}.')
        else:
            encoded.append(f'  "{slug}": ' + text.replace("\n", "\n  "))
    return "{\n" + ",\n".join(encoded) + "\n}\n" if encoded else "{}\n", problems


def _check_keys(pairs: list[tuple[str, object]]) -> None:
    keys = [key for key, _ in pairs]
    if len(set(keys)) < len(keys):
        twice = next(key for key in keys if keys.count(key) > 1)
        raise _SameKeyError(f"two keys of a dict have the same JSON form, {json.dumps(twice)}")


def _reason(error: Exception) -> str:
    text = in_one_line(error)
    for prefix in ("PydanticSerializationError: ", "_SameKeyError: ", "Error serializing to JSON: ") * 2:
        text = text.removeprefix(prefix)
    return text.removesuffix(".")
