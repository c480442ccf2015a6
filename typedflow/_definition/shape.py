"""The shape of a flow: what a run of it stores, and in which order, without its code."""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from typedflow._definition.options import UNSET
from typedflow._definition.predicate import is_predicate
from typedflow._definition.stored_type import stored_type
from typedflow._definition.validation import declared_input, declared_output

if TYPE_CHECKING:
    from typedflow._definition.flow import FlowDefinition, StepDefinition

VERSION: Final = 1


class _Shape(NamedTuple):
    text: str
    fingerprint: str


def shape_of(definition: FlowDefinition) -> str:
    """Return the shape of a flow as JSON. Flows that were defined alike have equal shapes. It is made once.

    Handlers, attempts, delays, timeouts, limits and where handlers run are not part of it.

    Raises:
        FlowDefinitionError: A declared type does not exist at run time, or no step can use it.
    """
    return _shape(definition).text


def fingerprint(definition: FlowDefinition) -> str:
    """Return a digest of the shape of a flow. It does not depend on the order of steps and of dependencies.

    Raises:
        FlowDefinitionError: A declared type does not exist at run time, or no step can use it.
    """
    return _shape(definition).fingerprint


def _shape(definition: FlowDefinition) -> _Shape:
    shape: _Shape | None = definition.prepared.get(_Shape)
    if shape is None:
        form = _form(definition)
        shape = definition.prepared.setdefault(_Shape, _Shape(_text(form), _digest(form)))
    return shape


def _digest(form: dict[str, Any]) -> str:
    steps = [{**step, "depends_on": sorted(step["depends_on"])} for step in form["steps"]]
    ordered = {**form, "steps": sorted(steps, key=lambda step: str(step["slug"]))}
    return blake2b(_text(ordered).encode(), digest_size=16).hexdigest()


def _form(definition: FlowDefinition) -> dict[str, Any]:
    types: dict[int, dict[str, Any] | None] = {}

    def described(declared: Any) -> dict[str, Any] | None:
        if id(declared) not in types:
            types[id(declared)] = stored_type(declared)
        return types[id(declared)]

    outputs = [declared_output(definition, step) for step in definition.steps]
    return {
        "version": VERSION,
        "flow": definition.slug,
        "input": described(declared_input(definition)),
        "steps": [_step(step, described(output)) for step, output in zip(definition.steps, outputs, strict=True)],
    }


def _step(step: StepDefinition, output: dict[str, Any] | None) -> dict[str, Any]:
    form: dict[str, Any] = {"slug": step.slug, "kind": "step", "depends_on": list(step.depends_on)}
    if step.output_type is not None:
        form["kind"] = "wait"
    if step.over is not None:
        form |= {"kind": "map", "over": step.over}
        if step.beside is not None:
            form["beside"] = list(step.beside)
    form["output"] = output
    for name in ("if_", "if_not"):
        condition = getattr(step.options, name)
        if condition is not UNSET:
            form[name] = {"predicate": True} if is_predicate(condition) else {"pattern": condition}
    if step.options.has_condition:
        form["when_unmet"] = step.options.when_unmet
    if step.options.when_exhausted != "fail":
        form["when_exhausted"] = step.options.when_exhausted
    return form


def _text(form: dict[str, Any]) -> str:
    return json.dumps(form, separators=(",", ":"))
