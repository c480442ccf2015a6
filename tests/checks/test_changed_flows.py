"""Many random runs that are cut off and resumed by flows that have changed at random."""

import random

import trio

from tests.unit.engines.local.test_randomly_changed_flows import life


def test_runs_are_refused_or_continue_as_the_flow_is_now() -> None:
    for seed in range(1_000, 2_000):
        trio.run(life, random.Random(seed))  # noqa: S311  no secrets
