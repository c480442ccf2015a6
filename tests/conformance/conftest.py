"""Every case of this folder runs on every runner."""

from __future__ import annotations

import pytest

from tests.conformance.runner import RUNNERS, STORED, Runner


@pytest.fixture(params=RUNNERS)
def run(request: pytest.FixtureRequest) -> Runner:
    """What runs a flow."""
    return RUNNERS[request.param]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the cases with objects that cannot be stored, where a store would have to.

    tests/unit/engines/test_encoding.py has what a run with a store says of them.
    """
    left_out = [item for item in items if item.get_closest_marker("unstorable") and _is_stored(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def _is_stored(item: pytest.Item) -> bool:
    callspec = getattr(item, "callspec", None)
    return callspec is not None and callspec.params.get("run") in STORED
