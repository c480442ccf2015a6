"""Which attempt may start when, without tasks and without time."""

from __future__ import annotations

import asyncio
import time

import pytest

from typedflow import Flow, RateLimit
from typedflow.engines._tasks.rate_limiter import RateLimiter, RateLimiters


class Waiter:
    def __init__(self) -> None:
        self.woken = 0

    def wake(self) -> None:
        self.woken += 1


def test_so_many_may_start_in_each_period() -> None:
    limiter, limit = RateLimiter(2), RateLimit(2, per=10)
    assert [limiter.start(limit, now) for now in (0, 1, 2, 9, 10, 10.5, 11, 20)] == [
        True,
        True,
        False,
        False,
        True,
        False,
        True,
        True,
    ]


def test_nothing_overtakes_what_waits_and_the_next_is_woken() -> None:
    limiter, limit, first, second = RateLimiter(1), RateLimit(1, per=10), Waiter(), Waiter()
    assert limiter.start(limit, 0)
    for waiter in (first, second, first):
        limiter.enqueue(waiter)
    assert limiter.start_first(first, limit, 4) == 6
    assert limiter.start_first(second, limit, 4) is None
    assert not limiter.start(limit, 50)
    assert limiter.start_first(first, limit, 50) == 0
    assert (first.woken, second.woken) == (0, 1)
    assert limiter.start_first(second, limit, 60) == 0
    assert first.woken == 1


def test_a_waiter_that_leaves_makes_room_for_the_next() -> None:
    limiter, limit, first, second = RateLimiter(1), RateLimit(1, per=10), Waiter(), Waiter()
    for waiter in (first, second, first, second):
        limiter.enqueue(waiter)
    limiter.leave(first, 1)  # its last task
    assert (first.woken, second.woken) == (0, 0)
    limiter.leave(first, 1)
    assert second.woken == 1
    limiter.leave(second, 2)
    assert limiter.start(limit, 0)


def test_a_start_counts_for_every_limit_of_the_name() -> None:
    limiter, one, three = RateLimiter(3), RateLimit(1, per=10), RateLimit(3, per=100)
    assert [limiter.start(three, 0), limiter.start(one, 5), limiter.start(one, 10), limiter.start(three, 11)] == [
        True,
        False,
        True,
        True,
    ]
    assert [limiter.start(one, 20), limiter.start(three, 99), limiter.start(one, 21)] == [False, False, True]
    assert [limiter.start(three, 109), limiter.start(three, 110)] == [False, True]


def test_steps_share_the_limiters_of_a_name() -> None:
    named = RateLimit(1, per=5, name="service")
    assert RateLimiters.of(named) is RateLimiters.of(RateLimit(1, per=5.0, name="service"))
    assert RateLimiters.of(named) is RateLimiters.of(RateLimit(2, per=60, name="service"))
    assert RateLimiters.of(named) is not RateLimiters.of(RateLimit(1, per=5, name="other"))
    assert RateLimiters.of(RateLimit(1)) is not RateLimiters.of(RateLimit(1))


def test_a_limit_of_more_starts_counts_those_before_it_was_known() -> None:
    few, many = RateLimit(1, per=1, name="soon more"), RateLimit(3, per=100, name="soon more")
    limiter = RateLimiters.of(few).in_real_time
    assert RateLimiters.of(many).in_real_time is limiter
    assert [limiter.start(few, now) for now in (0, 1, 2)] == [True, True, True]
    assert not limiter.start(many, 3)


@pytest.mark.parametrize("name", [None, "of several threads"])
def test_runs_in_several_threads_share_a_limit(name: str | None) -> None:
    async def note(_: int) -> float:
        return time.perf_counter()

    flow = Flow("f", list[int]).map("a", note, over="run", rate_limit=RateLimit(4, per=0.05, name=name))

    async def main() -> None:
        await asyncio.gather(*[flow.run([1, 2, 3]) for _ in range(4)])

    began = time.perf_counter()
    asyncio.run(main())
    assert time.perf_counter() - began >= 0.1  # twelve starts are three periods, and two of them have passed
