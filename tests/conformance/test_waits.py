"""Wait steps: when they wait, what is delivered to them, and what follows if nothing is."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import trio

from typedflow import (
    Flow,
    Run,
    RunCancelledError,
    RunTimeoutError,
    StepFailedError,
    TypedflowError,
    UndeliverableError,
)
from typedflow.stores import MemoryStore
from typedflow.testing import RecordedEvents, VirtualClock

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class Approval:
    by: str
    granted: bool = True


ADA = Approval("ada")
ORDERS = (
    Flow("orders", int)
    .step("check", lambda i: i["run"] > 0)
    .wait("approval", Approval, depends_on=["check"], timeout=60)
    .step("ship", lambda i: i["approval"].by, depends_on=["approval"])
)


@dataclass
class Outcome:
    """How a run ended, and what was said of each delivery."""

    outputs: Any = None
    error: TypedflowError | None = None
    said: list[str] | None = None
    words: list[str] | None = None
    took: float = 0.0


@pytest.fixture(params=["handle", "memory"])
def deliver(request: pytest.FixtureRequest) -> Callable[..., Outcome]:
    """Run a flow, and deliver values at their times; without a store and with one."""

    def run(
        flow: Flow[Any, Any], *deliveries: tuple[float, str, object], cancel_after: float = 1e9, **options: Any
    ) -> Outcome:
        outcome, events = Outcome(said=[]), RecordedEvents()

        async def give(handle: Run[Any]) -> None:
            for time, slug, value in deliveries:
                await trio.sleep_until(time)
                try:
                    handle.deliver(slug, value)
                except TypedflowError as error:
                    outcome.said = [*(outcome.said or []), _without_place(error)]

        async def main() -> None:
            with MemoryStore() if request.param == "memory" else nullcontext() as store:
                async with flow.start(1, store=store, **options) as handle, trio.open_nursery() as nursery:
                    nursery.start_soon(give, handle)
                    with trio.move_on_after(cancel_after):
                        events.extend([event async for event in handle.events])
                    handle.cancel()
                    try:
                        outcome.outputs = await handle.outputs()
                    except (StepFailedError, RunTimeoutError, RunCancelledError) as error:
                        outcome.error = error
                    outcome.took = trio.current_time()
                events[:] = [event async for event in handle.events]

        trio.run(main, clock=VirtualClock())
        outcome.words = events.words
        return outcome

    return run


def _without_place(error: TypedflowError) -> str:
    return f"{type(error).__name__}: {str(error).partition(' step ')[2]}"


def test_its_output_is_what_was_delivered(deliver: Callable[..., Outcome]) -> None:
    done = deliver(ORDERS, (5, "approval", ADA))
    assert done.outputs == {"check": True, "approval": ADA, "ship": "ada"}
    assert (done.said, done.took) == ([], 5)
    assert done.words == [
        "run started", "check started", "check[0] started 1", "check[0] completed 1", "check completed",
        "approval started", "approval[0] waiting 1", "approval[0] completed 1", "approval completed",
        "ship started", "ship[0] started 1", "ship[0] completed 1", "ship completed", "run completed",
    ]  # fmt: skip


def test_what_comes_early_is_kept(deliver: Callable[..., Outcome]) -> None:
    async def check(_: object) -> bool:
        await trio.sleep(10)
        return True

    done = deliver(ORDERS.replace("check", check), (2, "approval", ADA), (3, "approval", ADA), (20, "approval", ADA))
    assert (done.outputs["ship"], done.took) == ("ada", 10)
    assert done.words is not None
    assert done.words.index("approval started") > done.words.index("check completed")
    assert [said.partition(":")[0] for said in done.said or []] == ["DeliveryError"] * 2


@pytest.mark.parametrize(
    ("mode", "outputs"),
    [
        ("skip", {"check": True, "approval": None, "ship": "nobody"}),
        ("skip_cascade", {"check": True, "approval": None, "ship": None}),
    ],
)
def test_a_step_whose_timeout_is_over_is_skipped(mode: Any, outputs: object, deliver: Callable[..., Outcome]) -> None:
    flow = (
        Flow("orders", int)
        .step("check", lambda i: i["run"] > 0)
        .wait("approval", Approval, depends_on=["check"], timeout=60, when_exhausted=mode)
        .step("ship", lambda i: "nobody" if i["approval"] is None else i["approval"].by, depends_on=["approval"])
    )
    done = deliver(flow, (61, "approval", ADA))
    assert done.outputs == outputs
    assert done.words is not None
    assert done.words[6:9] == ["approval[0] waiting 1", "approval[0] failed 1", "approval skipped"]
    assert len(done.said or []) == 1


def test_or_fails_the_run(deliver: Callable[..., Outcome]) -> None:
    done = deliver(ORDERS)
    assert str(done.error) == (
        'flow "orders": step "approval" failed at attempt 1: DeliveryTimeoutError: nothing was delivered within its '
        "timeout of 60 s. when_exhausted says what follows from that."
    )
    assert done.took == 60
    assert done.words is not None
    assert done.words[-3:] == ["approval[0] failed 1", "approval failed", "run failed"]


def test_a_value_of_another_type_is_refused_and_the_step_still_waits(deliver: Callable[..., Outcome]) -> None:
    done = deliver(ORDERS, (1, "approval", {"by": "ada"}), (2, "approval", ADA))
    assert done.said == [
        (
            'InvalidDeliveryError: "approval": what was delivered is not a valid Approval: Input should be an instance '
            "of Approval (given {'by': 'ada'})"
        )
    ]
    assert done.outputs["ship"] == "ada"


def test_a_step_that_does_not_wait_is_named(deliver: Callable[..., Outcome]) -> None:
    done = deliver(ORDERS, (1, "ship", "x"), (1, "shop", "x"), (2, "approval", ADA))
    assert done.said == [
        (
            'DeliveryError: "ship": nothing can be delivered to it, because it has a handler. The wait steps of the '
            'flow are "approval".'
        ),
        'UnknownStepError: "shop": the flow has no such step. Did you mean "ship"?',
    ]


def test_a_step_whose_condition_is_unmet_does_not_wait(deliver: Callable[..., Outcome]) -> None:
    flow = Flow("orders", int).wait("approval", Approval, if_=5).wait("go", None, depends_on=["approval"])
    done = deliver(flow, (1, "approval", ADA), (2, "go", None))
    assert done.outputs == {"approval": None, "go": None}
    assert done.words == [
        "run started", "approval skipped", "go started", "go[0] waiting 1", "go[0] completed 1", "go completed",
        "run completed",
    ]  # fmt: skip
    assert [said.partition(":")[0] for said in done.said or []] == ["DeliveryError"]


def test_a_predicate_reads_what_was_delivered(deliver: Callable[..., Outcome]) -> None:
    flow = (
        Flow("orders", int)
        .wait("approval", Approval)
        .wait("payment", list[float], depends_on=["approval"], if_=lambda i: i["approval"].granted)
        .map("doubled", lambda part: part * 2, over="payment")
    )
    done = deliver(flow, (1, "approval", ADA), (2, "payment", [1.5, 2.0]))
    assert done.outputs == {"approval": ADA, "payment": [1.5, 2.0], "doubled": [3.0, 4.0]}


def test_others_continue_while_it_waits(deliver: Callable[..., Outcome]) -> None:
    flow = (
        Flow("orders", int)
        .wait("first", int)
        .wait("second", int)
        .step("other", lambda i: i["run"])
        .step("last", lambda i: i["other"] + 1, depends_on=["other"])
    )
    done = deliver(flow, (3, "second", 2), (4, "first", 1), max_concurrency=1)
    assert done.outputs == {"first": 1, "second": 2, "other": 1, "last": 2}
    assert done.words is not None
    assert done.words.index("last completed") < done.words.index("second completed")


def test_a_run_that_is_cancelled_or_takes_too_long_waits_no_more(deliver: Callable[..., Outcome]) -> None:
    cancelled = deliver(ORDERS, (11, "approval", ADA), cancel_after=10)
    assert isinstance(cancelled.error, RunCancelledError)
    late = deliver(ORDERS, (11, "approval", ADA), timeout=10)
    assert isinstance(late.error, RunTimeoutError)
    for done in (cancelled, late):
        assert done.words is not None
        assert done.words[-3:-1] == ["approval[0] cancelled 1", "approval cancelled"]
        assert [said.partition(":")[0] for said in done.said or []] == ["DeliveryError"]


def test_a_run_to_which_nothing_can_deliver_is_refused() -> None:
    with pytest.raises(UndeliverableError) as caught:
        ORDERS.run_sync(1)
    assert str(caught.value).startswith('flow "orders": step "approval" waits for a delivery, but nothing can deliver')
    assert ORDERS.replace("approval", lambda _: ADA).run_sync(1)["ship"] == "ada"
