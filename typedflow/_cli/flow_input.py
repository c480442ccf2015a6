"""The flow input, as ``--input`` gives it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from typedflow._cli.failure import Failure
from typedflow._cli.text_source import read_text
from typedflow._definition import validation
from typedflow._definition.annotation_name import name_of
from typedflow._definition.declared_type import DeclaredType
from typedflow._text import quoted
from typedflow.exceptions import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typedflow._definition.flow import FlowDefinition

# A key and its value. No JSON begins like this.
_PAIR: Final = re.compile(r"(?P<key>[^\W\d][\w.-]*)=(?P<value>.*)", re.DOTALL)


def read_flow_input(definition: FlowDefinition, sources: Sequence[str]) -> Any:
    """Return the flow input that the values of ``--input`` stand for.

    Args:
        definition: The flow.
        sources: A JSON text, ``@FILE`` or ``-``; or any number of ``key=value``.

    Raises:
        Failure: They cannot be read.
        InvalidInputError: The input is not of the flow's input type.
    """
    if not sources:
        return _without_source(definition)
    pairs = [_PAIR.fullmatch(source) for source in sources]
    if all(pairs):
        return _from_pairs(definition, [(pair["key"], pair["value"]) for pair in pairs if pair])
    if len(sources) > 1:
        raise Failure("--input takes either one JSON text, @FILE or -, or any number of key=value.")
    text, origin = read_text("--input", sources[0])
    try:
        return validation.decode_input(definition, text)
    except InvalidInputError as error:
        cause = error.__context__
        found = cause.errors(include_url=False)[0] if isinstance(cause, ValidationError) else None
        if found is None or found["type"] != "json_invalid" or found["loc"]:
            raise
        advice = " JSON puts strings and keys in double quotes." if text.strip() else " It is empty."
        raise Failure(f"{origin} is not JSON: {found['ctx']['error']}.{advice}") from None


def _without_source(definition: FlowDefinition) -> Any:
    """Return None, or an input without keys, if the input type allows it."""
    keys: set[str] = set()
    if definition.input_type not in {Any, object}:
        for text in ("null", "{}"):
            try:
                flow_input = validation.decode_input(definition, text)
            except InvalidInputError:
                keys = DeclaredType.of(definition.input_type).keys
            else:
                if text == "null" or keys:
                    return flow_input
    kind = f", {_article(name_of(definition.input_type))}"
    advice = "Give it as JSON: --input '...', @FILE or -."
    if keys:
        advice += f" Or give each key: {' '.join(f'--input {key}=...' for key in sorted(keys)[:10])}."
    raise Failure(f'flow "{definition.slug}" needs a flow input{kind}. {advice}')


def _article(name: str) -> str:
    return f"an {name}" if name[:1] in set("aeiouAEIOU") else f"a {name}"


def _from_pairs(definition: FlowDefinition, pairs: list[tuple[str, str]]) -> Any:
    """Return the input with these keys. A value is JSON if it is of the key's type then; otherwise it is a text."""
    given = dict(pairs)
    if len(given) < len(pairs):
        twice = [key for key in given if [other for other, _ in pairs].count(key) > 1]
        raise Failure(f"--input gives {quoted(twice)} twice.")
    texts = {key: value if _is_json(value) else json.dumps(value) for key, value in pairs}
    try:
        return validation.decode_input(definition, _object(texts))
    except InvalidInputError as error:
        first = error
    wrong = _wrong_keys(first)
    changed = {key: json.dumps(given[key]) if key in wrong else text for key, text in texts.items()}
    try:
        return validation.decode_input(definition, _object(changed))
    except InvalidInputError as error:
        still_wrong = _wrong_keys(error)
    # What is right as a text stays one. What is wrong as both is reported as the JSON that it is.
    reported = {key: text if key in still_wrong else changed[key] for key, text in texts.items()}
    return validation.decode_input(definition, _object(reported))


def _wrong_keys(error: InvalidInputError) -> set[object]:
    cause = error.__context__
    return {each["loc"][0] for each in cause.errors() if each["loc"]} if isinstance(cause, ValidationError) else set()


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _object(texts: dict[str, str]) -> str:
    return "{" + ", ".join(f"{json.dumps(key)}: {text}" for key, text in texts.items()) + "}"
