"""Every case of this folder runs on every runner."""

from __future__ import annotations

import pytest

from tests.conformance.runner import RUNNERS, Runner


@pytest.fixture(params=RUNNERS)
def run(request: pytest.FixtureRequest) -> Runner:
    """What runs a flow."""
    return RUNNERS[request.param]
