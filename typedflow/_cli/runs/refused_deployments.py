"""Which flows cannot be deployed in the place of what a database has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typedflow._cli.engine.database import opened_database
from typedflow._cli.failure import Failure
from typedflow.exceptions import FlowDefinitionError, NotStorableError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from typedflow._definition.flow import FlowDefinition


def refused_deployments(url: str, definitions: Iterable[FlowDefinition]) -> dict[str, tuple[str, ...]]:
    """Return why flows cannot be deployed, a sentence for each difference, by the slugs of these flows.

    Raises:
        Failure: pgflow cannot express one of the flows.
        EngineFailure: The database cannot be reached.
    """
    with opened_database(url) as database:
        from typedflow.engines.pgflow._deploy import refused_changes  # noqa: PLC0415  needs the extra

        try:
            found = {each.slug: refused_changes(database, each) for each in definitions}
        except (FlowDefinitionError, NotStorableError) as error:
            raise Failure(f"{error}") from error
    return {slug: changes for slug, changes in found.items() if changes}
