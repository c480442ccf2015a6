"""`CacheKeys`: under which keys the outputs of a run are cached."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from typedflow._definition.read_keys import read_keys
from typedflow._definition.shape import shape_of
from typedflow.context import ITEM
from typedflow.engines._encoding import Encoding
from typedflow.stores import CacheKey

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typedflow._definition.flow import FlowDefinition, StepDefinition
    from typedflow.stores import StoredValue

_RUN: Final = "run"


class CacheKeys:
    """Makes the keys of one run. What several tasks read is encoded once.

    Args:
        definition: The flow.
        flow_input: The validated flow input.
    """

    def __init__(self, definition: FlowDefinition, flow_input: object) -> None:
        self._definition = definition
        self._encoding = Encoding.of(definition)
        self._flow_input = flow_input
        self._types = _types(definition).by_slug
        self._digests: dict[str, str] = {}
        self._items: dict[str, list[Any]] = {}
        self._reads: dict[str, list[str]] = {}

    def key(self, step: StepDefinition, task_index: int, outputs: Mapping[str, Any]) -> CacheKey:
        """Return the key of a task.

        Args:
            step: Its step, which has a cache.
            task_index: Its index in the step.
            outputs: The outputs of the dependencies, by slug.
        """
        reads = self._reads.get(step.slug)
        if reads is None:
            reads = self._reads[step.slug] = _reads(step)
        step_input, types = {}, {step.slug: self._types[step.slug]}
        for key in reads:
            if step.over is not None and key == ITEM:
                source, step_input[key] = step.over, self._item(step.over, task_index, outputs)
            else:
                source, step_input[key] = key, self._value(key, outputs)
            types[source] = self._types[source]
        described = {
            "flow": self._definition.slug,
            "step": step.slug,
            "version": step.options.cache_version,
            "types": types,
            "input": step_input,
        }
        return CacheKey(
            _digest(json.dumps(described, sort_keys=True)), self._definition.slug, step.slug, step.options.cache or 0.0
        )

    def _value(self, slug: str, outputs: Mapping[str, Any]) -> str:
        """Return the digest of the flow input or of an output."""
        digest = self._digests.get(slug)
        if digest is None:
            digest = self._digests[slug] = _digest(json.dumps(self._stored(slug, outputs)))
        return digest

    def _stored(self, slug: str, outputs: Mapping[str, Any]) -> Any:
        if slug == _RUN:
            stored = self._encoding.input_to_store(self._flow_input, None)
            return _form(self._encoding.canonical(_RUN, stored))
        output = outputs[slug]
        if self._definition[slug].over is not None and output is not None:
            return [self._output(slug, item) for item in output]
        return self._output(slug, output)

    def _output(self, slug: str, output: object) -> Any:
        """Return how the output of a task is stored. A skipped step has None, which its type may not allow."""
        if output is None:
            return None
        stored = self._encoding.output_to_store(slug, output, None)
        return _form(self._encoding.canonical(slug, stored))

    def _item(self, over: str, index: int, outputs: Mapping[str, Any]) -> str:
        """Return the digest of an item."""
        if over != _RUN and self._definition[over].over is not None:
            return _digest(json.dumps(self._output(over, outputs[over][index])))
        if over not in self._items:
            self._items[over] = _listed(self._stored(over, outputs))
        items = self._items[over]
        if index < len(items):
            return _digest(json.dumps(items[index]))
        return _digest(json.dumps([self._value(over, outputs), index]))  # what is stored is not a list


def _reads(step: StepDefinition) -> list[str]:
    """Return the keys of the step input that count; the item alone, if the handler takes the item itself."""
    if step.reads is None:
        return [ITEM]
    given = [_RUN, *step.reads, *([] if step.over is None else [ITEM])]
    read = None if step.handler is None else read_keys(step.handler)
    return given if read is None else [key for key in given if key in read]


class _Types(NamedTuple):
    """What a shape says of the types of the steps and, under ``run``, of the flow input."""

    by_slug: dict[str, Any]


def _types(definition: FlowDefinition) -> _Types:
    types: _Types | None = definition.prepared.get(_Types)
    if types is None:
        shape = json.loads(shape_of(definition))
        steps = {step["slug"]: {"kind": step["kind"], "output": step["output"]} for step in shape["steps"]}
        types = definition.prepared.setdefault(_Types, _Types({_RUN: shape["input"], **steps}))
    return types


def _form(stored: StoredValue) -> Any:
    """Return what is stored as JSON."""
    if isinstance(stored.data, bytes):
        return {"codec": stored.codec, "digest": sha256(stored.data).hexdigest()}
    return [stored.data]


def _listed(form: Any) -> list[Any]:
    """Return the parts of what is stored, if it is a list."""
    parts = json.loads(form[0]) if isinstance(form, list) else None
    return parts if isinstance(parts, list) else []


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
