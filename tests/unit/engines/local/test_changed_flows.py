"""A run is resumed by a flow that has changed, or refused: what has finished is not executed again."""

from collections.abc import Iterator
from typing import Any

import pytest
import trio

from typedflow import Event, Flow, InvalidOptionError, OtherFlowError, ShapeMismatchError, StepFailedError
from typedflow._definition.shape import fingerprint, shape_of
from typedflow.listeners import inline
from typedflow.stores import MemoryStore

executed: list[str] = []


@pytest.fixture
def store() -> Iterator[MemoryStore]:
    executed.clear()
    with MemoryStore() as store:
        yield store


def load(inputs: Any) -> list[int]:
    executed.append("load")
    return [1, 2]


def load_floats(inputs: Any) -> list[float]:
    raise AssertionError


def load_texts(inputs: Any) -> list[str]:
    raise AssertionError


def added(inputs: Any) -> str:
    executed.append("added")
    return "new"


async def stuck(inputs: Any) -> int:
    return await trio.sleep_forever()


def total(inputs: Any) -> int:
    executed.append("total")
    return sum(inputs["load"])


BEFORE = Flow("shop", int).step("load", load, runs_in="inline").step("total", stuck, depends_on=["load"])
BASE: Any = Flow("shop", int).step("load", load)


async def interrupt(store: MemoryStore) -> None:
    """Begin a run, and cut it off when its second step has started."""
    with trio.CancelScope() as scope:

        def cut_off(event: Event) -> None:
            if (event.subject, event.step, event.status) == ("task", "total", "started"):
                scope.cancel()

        await BEFORE.run(1, store=store, run_id="7", listeners=[inline(cut_off)])


@pytest.mark.parametrize(
    ("after", "outputs", "calls"),
    [
        (BASE.step("total", total, depends_on=["load"], max_attempts=2), {"load": [1, 2], "total": 3}, ["total"]),
        (
            BASE.step("added", added).step("total", total, depends_on=["load", "added"]),
            {"load": [1, 2], "added": "new", "total": 3},
            ["added", "total"],
        ),
        (BASE, {"load": [1, 2]}, []),
        (
            Flow("shop", int).step("load", load_floats).step("total", total, depends_on=["load"]),
            {"load": [1.0, 2.0], "total": 3},
            ["total"],
        ),
        (Flow("shop", int | None).step("total", lambda i: 0), {"total": 0}, []),
    ],
)
async def test_a_change_after_what_has_finished(
    store: MemoryStore, after: Flow[Any, Any], outputs: dict[str, Any], calls: list[str]
) -> None:
    await interrupt(store)
    executed.clear()
    assert await after.resume("7", store=store) == outputs
    assert executed == calls
    run = store.run("7")
    assert (run.shape, run.fingerprint) == (shape_of(after.definition), fingerprint(after.definition))
    assert await after.resume("7", store=store) == outputs


async def test_an_output_that_no_longer_fits_is_refused_and_the_run_is_kept(store: MemoryStore) -> None:
    await interrupt(store)
    after = Flow("shop", int).step("load", load_texts).step("total", stuck, depends_on=["load"])
    with pytest.raises(ShapeMismatchError, match='the output of step "load" has another type'):
        await after.resume("7", store=store)
    with pytest.raises(OtherFlowError):
        await Flow("stock", int).resume("7", store=store)
    assert store.run("7").is_interrupted
    assert store.run("7").fingerprint == fingerprint(BEFORE.definition)
    again = BASE.step("total", total, depends_on=["load"])
    assert (await again.resume("7", store=store))["total"] == 3
    with pytest.raises(ShapeMismatchError):
        await after.resume("7", store=store)


async def test_what_no_longer_fits_is_executed_again_when_it_is_asked_for(store: MemoryStore) -> None:
    def texts(inputs: Any) -> list[str]:
        return ["x"]

    await interrupt(store)
    after = Flow("shop", int).step("load", texts).step("total", lambda i: len(i["load"]), depends_on=["load"])
    with pytest.raises(ShapeMismatchError, match=r'flow.retry\("7", store=store, from_steps=\["load"\]\)'):
        await after.resume("7", store=store)
    assert await after.retry("7", store=store, from_steps=["load"]) == {"load": ["x"], "total": 1}


async def test_a_retry_that_is_refused_leaves_the_run_as_it_has_ended(store: MemoryStore) -> None:
    def fail(inputs: Any) -> int:
        raise TypeError

    before = Flow("shop", int).step("load", load).step("total", fail, depends_on=["load"])
    with pytest.raises(StepFailedError):
        await before.run(1, store=store, run_id="7")
    failed = store.run("7")
    after = Flow("shop", int).step("load", load_texts).step("total", total, depends_on=["load"])
    with pytest.raises(ShapeMismatchError, match='the output of step "load" has another type'):
        await after.retry("7", store=store)
    with pytest.raises(OtherFlowError):
        await Flow("stock", int).retry("7", store=store)
    with pytest.raises(ShapeMismatchError):
        await after.retry("7", store=store, from_steps=["total"])
    with pytest.raises(InvalidOptionError, match="max_concurrency"):
        await before.retry("7", store=store, max_concurrency=0)
    assert store.run("7") == failed
    mended = BASE.step("total", total, depends_on=["load"])
    assert await mended.retry("7", store=store) == {"load": [1, 2], "total": 3}


async def test_failed_items_of_another_type_are_retried(store: MemoryStore) -> None:
    def fail(item: int) -> list[int]:
        if item:
            raise TypeError
        return []

    def texts(item: int) -> list[str]:
        return [str(item)]

    with pytest.raises(StepFailedError):
        await BASE.map("each", fail, over="load", max_concurrency=1).run(1, store=store, run_id="7")
    assert await BASE.map("each", texts, over="load").retry("7", store=store) == {
        "load": [1, 2],
        "each": [["1"], ["2"]],
    }


async def test_a_run_that_has_completed_lacks_a_new_step(store: MemoryStore) -> None:
    await BASE.run(1, store=store, run_id="7")
    with pytest.raises(ShapeMismatchError) as caught:
        await BASE.step("added", added).resume("7", store=store)
    assert str(caught.value).endswith(
        'run "7" cannot be resumed by flow "shop" as it is now: step "added" is new, and the run has completed without '
        "it. Resume it with the version of the flow that it was started with, or start a new run."
    )
    assert await BASE.resume("7", store=store) == {"load": [1, 2]}
