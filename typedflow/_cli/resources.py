"""Finds the resources that ``--resources`` names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typedflow._cli.failure import Failure
from typedflow._cli.named_object import load_object
from typedflow._definition.annotation_name import name_of

if TYPE_CHECKING:
    from typedflow._definition.flow import FlowDefinition


def resources_option(definition: FlowDefinition, target: str | None) -> dict[str, Any]:
    """Return the option ``resources`` of a run, if there is one.

    Args:
        definition: The flow.
        target: What the command line names: ``path/to/file.py:NAME`` or ``package.module:NAME``.

    Raises:
        Failure: The flow needs resources, and none are named; or there are no such.
    """
    if target is not None:
        return {"resources": load_object("--resources", target)}
    if definition.resources is None:
        return {}
    wanted = name_of(definition.resources)
    raise Failure(
        f'flow "{definition.slug}" needs resources. Name what gives an instance of {wanted}: --resources '
        "path/to/file.py:NAME or --resources package.module:NAME."
    )
