"""Delivers the output of a wait step to a run in a store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typedflow._definition.validation import delivery_validator
from typedflow._text import quoted
from typedflow.engines._encoding import Encoding
from typedflow.engines._run_options import check_stored_run
from typedflow.exceptions import DeliveryError, UnknownStepError

if TYPE_CHECKING:
    from collections.abc import Collection

    from typedflow._definition.flow import FlowDefinition
    from typedflow.stores import RunLog


def deliver(
    definition: FlowDefinition, run_id: str, slug: str, value: object, store: RunLog, *, is_json: bool = False
) -> None:
    """Validate a value with the type that a wait step declares, and deliver it to a run in a store.

    Args:
        definition: The flow.
        run_id: Identifier of the run.
        slug: Slug of the wait step.
        value: The value.
        store: The store.
        is_json: Whether the value is given as a JSON text.

    Raises:
        InvalidOptionError: The identifier is not a string, or the store is not a store.
        UnknownRunError: The store has no such run.
        UnknownStepError: The flow has no such step.
        DeliveryError: The step does not wait. The error says why.
        InvalidDeliveryError: The value is not of the type that the step declares.
        UnstorableValueError: The value cannot be stored.
    """
    check_stored_run(definition.slug, run_id, store, methods=("run", "deliver"))
    if slug not in definition:
        raise UnknownStepError(definition.slug, slug, tuple(step.slug for step in definition.steps))
    waits = [step.slug for step in definition.steps if step.handler is None]
    if slug not in waits:
        raise DeliveryError(store.name, run_id, slug, no_wait_step(waits))
    if (flow := store.run(run_id).flow) != definition.slug:
        reason = f'the run is one of flow "{flow}", and not of flow "{definition.slug}".'
        raise DeliveryError(store.name, run_id, slug, reason)
    valid = delivery_validator(definition, definition[slug], is_json=is_json)(run_id, value)
    store.deliver(run_id, slug, Encoding.of(definition).output_to_store(slug, valid, store.max_value_bytes))


def no_wait_step(waits: Collection[str]) -> str:
    """Say why nothing can be delivered to a step that has a handler."""
    has = f"The wait steps of the flow are {quoted(waits)}." if waits else "The flow has no wait step."
    return f"nothing can be delivered to it, because it has a handler. {has}"
