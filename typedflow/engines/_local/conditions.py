"""Tests whether the conditions of a run's steps are met."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typedflow._definition import condition
from typedflow._definition.validation import json_form
from typedflow.exceptions import ConditionUnmetError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typedflow.engines._local.plan import PlannedStep


class Conditions:
    """Tests the conditions of a run. The JSON form of each value is made once for all conditions."""

    def __init__(self, flow: str) -> None:
        self._flow = flow
        self._json_forms: dict[str, object] = {}

    def unmet(self, step: PlannedStep, flow_input: object, outputs: Mapping[str, Any]) -> ConditionUnmetError | None:
        """Return the error of an unmet condition; None if the condition is met.

        Args:
            step: A step that has a condition.
            flow_input: What a root step tests.
            outputs: What any other step tests: the outputs of its dependencies that were not skipped.

        Raises:
            NoJsonFormError: A tested value has no JSON form.
        """
        options = step.options
        unmet = condition.unmet(options, self._tested(step, flow_input, outputs))
        if unmet is None:
            return None
        pattern = options.if_ if unmet == "if_" else options.if_not
        return ConditionUnmetError(self._flow, step.slug, unmet, pattern)

    def _tested(self, step: PlannedStep, flow_input: object, outputs: Mapping[str, Any]) -> object:
        if not step.depends_on:
            return self._json_form("run", flow_input)
        # Only the outputs that a pattern names: the JSON form of a large output takes time.
        patterns = (step.options.if_, step.options.if_not)
        named = {slug for pattern in patterns if isinstance(pattern, dict) for slug in pattern}
        return {slug: self._json_form(slug, output) for slug, output in outputs.items() if slug in named}

    def _json_form(self, source: str, value: object) -> object:
        if source not in self._json_forms:
            self._json_forms[source] = json_form(self._flow, source, value)
        return self._json_forms[source]
