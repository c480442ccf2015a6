"""The flows of targets by their slugs, for commands that compare flows with what was stored of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typedflow._cli.failure import Failure
from typedflow._cli.target import flows_in, load_flow, load_module
from typedflow._definition.shape import fingerprint
from typedflow._text import quoted
from typedflow.exceptions import FlowDefinitionError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from typedflow._definition.flow import FlowDefinition


def flows_by_slug(targets: Iterable[str]) -> dict[str, FlowDefinition]:
    """Return the flows of some targets by slug, in the order of the slugs.

    A target without a name stands for all flows of its module. If several of them have the same slug, it is the one
    that extends the others.

    Raises:
        Failure: A target is not a flow and has none, or several flows have the same slug.
    """
    found: dict[str, dict[str, FlowDefinition]] = {}
    for target in targets:
        for name, definition in _flows(target).items():
            found.setdefault(definition.slug, {})[name] = definition
    return {slug: _one(slug, flows) for slug, flows in sorted(found.items())}


def _flows(target: str) -> dict[str, FlowDefinition]:
    if ":" in target and not target.endswith(".py"):
        return {target: load_flow(target).definition}
    flows = {f"{target}:{name}": flow.definition for name, flow in flows_in(load_module(target)).items()}
    if not flows:
        raise Failure(f'"{target}" has no flow. Define one: NAME = Flow("slug", InputType).step(...).')
    return flows


def _one(slug: str, flows: dict[str, FlowDefinition]) -> FlowDefinition:
    longest = max(flows.values(), key=len)
    steps = {step.slug for step in longest.steps}
    try:
        for flow in flows.values():
            is_extended = len(flow) < len(longest) and all(step.slug in steps for step in flow.steps)
            if not is_extended and fingerprint(flow) != fingerprint(longest):
                raise Failure(f'several flows have the slug "{slug}": {quoted(flows)}. Name the one that is run.')
    except FlowDefinitionError as error:
        raise Failure(f"{error}", error=error) from error
    return longest
