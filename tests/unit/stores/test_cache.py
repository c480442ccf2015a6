"""What a store remembers of outputs for later runs, and which task computes one that is not there yet."""

from __future__ import annotations

import math
import sqlite3
import time
from concurrent.futures import CancelledError, Future
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.stores.runs import ERROR, completed, created, ended, task, value
from typedflow.exceptions import RunLostError, StoreError
from typedflow.stores import CachedOutput, CacheKey, CacheRecord, SqliteStore, Transition, _cache

if TYPE_CHECKING:
    from pathlib import Path

    from typedflow.stores import Claim, Store

KEY = CacheKey("digest of page", "website", "page", 60.0)
FOREVER = KEY._replace(lifetime=math.inf)


def look_up(store: Store, claim: Claim, key: CacheKey = KEY) -> CachedOutput | None:
    return store.look_up(claim, key).result(30)


def kept(
    store: Store, claim: Claim, output: Any = "page", key: CacheKey = KEY, *, index: int = 0, at: float | None = None
) -> None:
    """Complete a task that has been looked up."""
    done = completed(key.step, output, index=index, at=time.time() if at is None else at)
    store.commit(claim, [done._replace(cache=key)]).result(30)


def is_waiting(store: Store, future: Future[Any]) -> bool:
    """Whether a look-up waits for another task, once the store has executed all that it was asked for before."""
    store.clear_cache(flow="none")
    return not future.done()


def test_an_output_is_used_again_by_a_later_run(store: Store) -> None:
    first, second = created(store, "first").claim, created(store, "second").claim
    assert look_up(store, first) is None
    kept(store, first, {"title": "Ä"})

    found = look_up(store, second)

    assert found == CachedOutput("first", value({"title": "Ä"}))
    done = Transition("task", "completed", time.time(), "page", 0, 0, found.output, cached_from=found.run_id)
    store.commit(second, [done]).result(30)
    of_first, of_second = store.tasks("first")[0], store.tasks("second")[0]
    assert (of_first.cached_from, of_second.cached_from, of_second.attempt) == (None, "first", 0)
    assert (of_second.started_at, of_second.output) == (None, of_first.output)


def test_another_digest_is_another_output(store: Store) -> None:
    claim = created(store).claim
    assert look_up(store, claim) is None
    kept(store, claim)

    assert look_up(store, claim, KEY._replace(digest="digest of another page")) is None


def test_an_output_expires(store: Store) -> None:
    claim = created(store).claim
    for age, lifetime, is_there in [(61, 60, False), (59, 60, True), (1e9, math.inf, True), (61, math.inf, True)]:
        key = CacheKey(f"{age} {lifetime}", "website", "page", lifetime)
        assert look_up(store, claim, key) is None
        kept(store, claim, key=key, at=time.time() - age)
        assert (look_up(store, claim, key) is not None) is is_there


def test_a_shorter_lifetime_holds_for_what_is_there_and_a_longer_one_for_what_comes(store: Store) -> None:
    claim = created(store).claim
    assert look_up(store, claim) is None
    kept(store, claim, at=time.time() - 30)

    assert look_up(store, claim, KEY._replace(lifetime=29.0)) is None
    kept(store, claim, "newer")
    assert look_up(store, claim, KEY._replace(lifetime=math.inf)) == CachedOutput("run-1", value("newer"))
    assert store.cached()[0].outputs == 1


def test_a_clock_that_was_set_back_makes_nothing_too_old(store: Store) -> None:
    claim = created(store).claim
    assert look_up(store, claim) is None
    kept(store, claim, at=time.time() + 3600)

    assert look_up(store, claim) is not None


def test_the_second_task_waits_until_the_first_has_completed(store: Store) -> None:
    first, second = created(store, "first").claim, created(store, "second").claim
    assert look_up(store, first) is None
    waits: list[str] = []
    waiting, item = store.look_up(second, KEY, lambda: waits.append("second")), store.look_up(first, KEY)
    assert is_waiting(store, waiting)
    assert is_waiting(store, item)
    assert set(waits) == {"second"}

    kept(store, first)

    assert waiting.result(30) == item.result(30) == CachedOutput("first", value("page"))


@pytest.mark.parametrize("status", ["failed", "retrying", "cancelled"])
def test_if_the_first_task_does_not_complete_the_second_one_computes_the_output(store: Store, status: str) -> None:
    first, second = created(store, "first").claim, created(store, "second").claim
    assert look_up(store, first) is None
    waiting, last = store.look_up(second, KEY), store.look_up(second, KEY)
    assert is_waiting(store, waiting)

    store.commit(first, [task("page", status, error=ERROR)._replace(cache=KEY)]).result(30)

    assert waiting.result(30) is None
    assert is_waiting(store, last)
    assert store.cached() == []


def test_the_end_of_a_run_ends_its_claims(store: Store) -> None:
    claims = [created(store, run_id).claim for run_id in ("failed", "released", "last")]
    assert look_up(store, claims[0]) is None
    waiting = [store.look_up(claim, KEY) for claim in claims[1:]]
    store.commit(claims[0], [ended("failed")]).result(30)
    assert waiting[0].result(30) is None
    assert is_waiting(store, waiting[1])

    store.release(claims[1]).result(30)

    assert waiting[1].result(30) is None
    with pytest.raises(RunLostError):
        look_up(store, claims[1])


def test_a_run_that_is_resumed_does_not_wait_for_itself(store: Store) -> None:
    claim = created(store).claim
    assert look_up(store, claim) is None
    store.release(claim).result(30)

    assert look_up(store, store.claim("run-1").result(30).claim) is None


def test_a_look_up_that_is_cancelled_has_claimed_nothing(store: Store) -> None:
    first, second = created(store, "first").claim, created(store, "second").claim
    assert look_up(store, first) is None
    waiting = store.look_up(second, KEY)
    assert is_waiting(store, waiting)
    assert waiting.cancel()
    store.commit(first, [task("page", "cancelled")._replace(cache=KEY)]).result(30)
    with pytest.raises(CancelledError):
        waiting.result(0)

    assert look_up(store, created(store, "third").claim) is None


def test_a_deleted_run_leaves_its_outputs(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "runs.db") as store:
        first, second = created(store, "first").claim, created(store, "second").claim
        output = "x" * 100_000
        for index, key in enumerate([KEY, KEY._replace(digest="other")]):
            assert look_up(store, first, key) is None
            kept(store, first, output, key, index=index)
        store.commit(first, [ended("completed")]).result(30)
        assert stored_outputs(tmp_path / "runs.db") == 2
        store.delete("first")

        assert look_up(store, second) == CachedOutput("first", value(output))
        assert stored_outputs(tmp_path / "runs.db") == 2


def stored_outputs(file: Path) -> int:
    """Count the values that the tables have."""
    with closing(sqlite3.connect(file)) as db:
        query = "select (select count(output) from tasks) + (select count(output) from cached_outputs)"
        return int(db.execute(query).fetchone()[0])


def test_outputs_are_listed_by_step_and_cleared(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_cache, "BATCH", 1)
    claim = created(store).claim
    now = time.time()
    keys = [
        CacheKey(f"{flow} {step} {index}", flow, step, 60.0)
        for flow, step, index in [("a", "x", 0), ("a", "x", 1), ("a", "y", 0), ("b", "x", 0)]
    ]
    for index, (key, age) in enumerate(zip(keys, [0, 61, 0, 61], strict=True)):
        assert look_up(store, claim, key) is None
        kept(store, claim, "äöü", key, index=index, at=now - age)
    assert look_up(store, claim, keys[2]) is not None

    records = store.cached()
    assert [(each.flow, each.step, each.outputs, each.expired, each.size, each.hits) for each in records] == [
        ("a", "x", 2, 1, 40, 0),
        ("a", "y", 1, 0, 20, 1),
        ("b", "x", 1, 1, 20, 0),
    ]
    assert records[0].newest_at == datetime.fromtimestamp(round(now, 6), UTC)
    assert records[0].last_hit_at is None
    assert records[1].last_hit_at is not None
    assert isinstance(records[0], CacheRecord)
    assert store.cached(flow="a", step="x") == records[:1]
    assert store.cached(step="x") == [records[0], records[2]]
    assert store.clear_cache(flow="b", expired=True) == 1
    assert store.clear_cache(step="y") == 1
    assert store.clear_cache(expired=True) == 1
    assert [each.outputs for each in store.cached()] == [1]
    kept(store, claim, key=keys[1], index=1)
    assert store.clear_cache() == 2
    assert store.cached() == []
    assert look_up(store, claim, keys[0]) is None


def test_prune_deletes_what_has_expired(store: Store) -> None:
    claim = created(store).claim
    for index, age in enumerate([0, 61]):
        key = KEY._replace(digest=str(index))
        assert look_up(store, claim, key) is None
        kept(store, claim, key=key, index=index, at=time.time() - age)

    assert store.prune(older_than=timedelta(days=1)) == 0

    assert [(record.outputs, record.expired) for record in store.cached()] == [(1, 0)]


def test_two_stores_on_one_file_compute_an_output_once(tmp_path: Path) -> None:
    """Each of them stands for a process. The second one notices the end of the first run's task by itself."""
    with SqliteStore(tmp_path / "runs.db") as one, SqliteStore(tmp_path / "runs.db") as other:
        first, second = created(one, "first").claim, created(other, "second").claim
        assert look_up(one, first) is None
        waiting = other.look_up(second, KEY)
        assert is_waiting(other, waiting)

        kept(one, first)

        assert waiting.result(30) == CachedOutput("first", value("page"))


def test_what_waits_when_a_store_is_closed_gets_an_error(store: Store) -> None:
    claim = created(store).claim
    assert look_up(store, claim) is None
    waiting = store.look_up(claim, KEY)
    assert is_waiting(store, waiting)

    store.close()

    with pytest.raises(StoreError, match=r"it is closed\. Open it again"):
        waiting.result(30)
    with pytest.raises(StoreError, match=r"it is closed\. Open it again"):
        store.look_up(claim, KEY)


class Reversed:
    def encrypt(self, data: bytes) -> bytes:
        return data[::-1]

    decrypt = encrypt


def test_a_cached_output_is_encrypted(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "runs.db", cipher=Reversed()) as store:
        claim = created(store).claim
        assert look_up(store, claim) is None
        kept(store, claim, "secret")

        assert look_up(store, claim) == CachedOutput("run-1", value("secret"))
    with closing(sqlite3.connect(tmp_path / "runs.db")) as db:
        assert b"secret" not in "".join(db.iterdump()).encode()
