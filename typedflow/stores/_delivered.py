"""What is stored of a value that is delivered without its flow, validated by the shape of the run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from pydantic_core import to_jsonable_python

from typedflow import codecs
from typedflow._definition.json_validator import ClassWithoutJsonError, json_validator
from typedflow._definition.validation import plain_or_error, problems
from typedflow.exceptions import CodecError, InvalidDeliveryError
from typedflow.stores._records import StoredValue

if TYPE_CHECKING:
    from typedflow.stores._records import RunRecord

_BYTES = "bytes"


def delivered(run: RunRecord, step: str, value: object) -> StoredValue:
    """Return a value as it is delivered to a wait step. Whether the step waits is not checked here.

    Raises:
        InvalidDeliveryError: The value is not of the type that the shape of the run has for the step.
    """
    schema = _output_of(run, step) or {}
    try:
        if "codec" in schema:
            return _encoded(schema["codec"], value)
        if isinstance(value, Mapping) and schema.get("items", {}).get("maxItems") == 2:  # keys that are not strings
            value = list(value.items())
        form = to_jsonable_python(value, by_alias=False, inf_nan_mode="strings", fallback=plain_or_error)
        text = json.dumps(form, separators=(",", ":"), ensure_ascii=False)
        json_validator(schema).validate_json(text, strict=True)
    except ValidationError as error:
        wrong = problems(error)
    except ClassWithoutJsonError as error:
        wrong = (f"it has objects of {error.name}, which only the flow can encode. Deliver it with flow.deliver()",)
    except (CodecError, TypeError, ValueError) as error:
        wrong = (str(error).removesuffix("."),)
    else:
        return StoredValue(text)
    raise InvalidDeliveryError(run.flow, run.run_id, step, "output of the step", wrong)


def _output_of(run: RunRecord, step: str) -> dict[str, Any] | None:
    steps = {each["slug"]: each for each in json.loads(run.shape)["steps"]}
    output: dict[str, Any] | None = steps.get(step, {}).get("output")
    return output


def _encoded(codec: str, value: object) -> StoredValue:
    if codec == _BYTES:
        if not isinstance(value, bytes):
            raise TypeError(f"it is a {type(value).__name__}, and not bytes")
        return StoredValue(value, codec)
    name, data = codecs.encode(value)
    if name != codec:
        raise ValueError(f"it is an object of the codec {name}, and not of {codec}")
    return StoredValue(data, name)
