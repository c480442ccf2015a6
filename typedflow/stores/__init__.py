"""What remembers runs: a run with a store survives its process.

`SqliteStore` keeps runs in one file, and `MemoryStore` in this process, for tests. Pass one to a run:
``await flow.run(flow_input, store=SqliteStore("runs.db"))``.
"""

from typedflow.stores._cache_records import CachedOutput, CacheKey, CacheRecord
from typedflow.stores._memory_store import MemoryStore
from typedflow.stores._records import (
    Claim,
    ClaimedRun,
    FailureRecord,
    NewRun,
    Owner,
    RunRecord,
    StepRecord,
    StoredError,
    StoredValue,
    TaskRecord,
    Transition,
)
from typedflow.stores._run_log import RunFilter, RunLog
from typedflow.stores._sqlite_store import SqliteStore
from typedflow.stores._store import Store
from typedflow.stores._values import Cipher

__all__ = [
    "CacheKey",
    "CacheRecord",
    "CachedOutput",
    "Cipher",
    "Claim",
    "ClaimedRun",
    "FailureRecord",
    "MemoryStore",
    "NewRun",
    "Owner",
    "RunFilter",
    "RunLog",
    "RunRecord",
    "SqliteStore",
    "StepRecord",
    "Store",
    "StoredError",
    "StoredValue",
    "TaskRecord",
    "Transition",
]
