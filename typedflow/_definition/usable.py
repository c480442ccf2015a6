"""What no step can use: an output that is gone when it has been read, or was returned by mistake."""

from __future__ import annotations

import typing
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator, Iterator, Mapping
from functools import lru_cache
from io import IOBase
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType, NoneType, UnionType
from typing import Annotated, Any, Final, NamedTuple, NewType, Union, get_args, get_origin


class Unusable(NamedTuple):
    """Why values of a kind cannot be used as outputs.

    Attributes:
        what: What such a value is, with an article.
        because: What is wrong with it, to be appended.
        instead: What to do.
    """

    what: str
    because: str
    instead: str


_COROUTINE: Final = Unusable("a coroutine", " that was not awaited", "await it")
_FILE: Final = Unusable("a file", ", which can be read only once", "return its content or its path")
_FUNCTION: Final = Unusable("a function", "", "return its result")
_ITERATOR: Final = Unusable("an iterator", ", which can be read only once", "make it a list")
_LOCK: Final = Unusable("a lock", "", "create it outside of the flow")
_MODULE: Final = Unusable("a module", "", "return what is in it")
# By class. An abstract class stands for a declared type only: a pool of connections may be awaitable, too.
_KINDS: Final[tuple[tuple[type, Unusable], ...]] = (
    (Generator, _ITERATOR),
    (IOBase, _FILE),
    (typing.IO, _FILE),
    (FunctionType, _FUNCTION),
    (BuiltinFunctionType, _FUNCTION),
    (MethodType, _FUNCTION),
    (ModuleType, _MODULE),
)
_ABSTRACT: Final[dict[object, Unusable]] = {
    AsyncIterator: _ITERATOR,
    Awaitable: _COROUTINE,
    Callable: _FUNCTION,
    Coroutine: _COROUTINE,
    Iterator: _ITERATOR,
}
# By name: nothing here imports asyncio or trio.
_LOCKS: Final = {
    "_thread.RLock", "_thread.lock", "threading.Condition", "threading.Semaphore", "threading._RLock",
    "asyncio.locks.Condition", "asyncio.locks.Lock", "asyncio.locks.Semaphore",
    "multiprocessing.synchronize.Condition", "multiprocessing.synchronize.SemLock",
    "anyio.CapacityLimiter", "anyio.Condition", "anyio.Lock", "anyio.Semaphore",
    "trio.CapacityLimiter", "trio.Condition", "trio.Lock", "trio.Semaphore", "trio.StrictFIFOLock",
}  # fmt: skip
# Before Python 3.13, the names of locks in the threading module are those of functions that make one.
_FACTORIES: Final = {"allocate_lock", "Lock", "RLock"}


def _kind_of(kind: type) -> Unusable | None:
    """Return why no value of a class can be used; None if they can."""
    found = next((unusable for base, unusable in _KINDS if issubclass(kind, base)), None)
    if found is None and any(f"{base.__module__}.{base.__qualname__}" in _LOCKS for base in kind.__mro__):
        return _LOCK
    return found


kind_of: Callable[[type], Unusable | None] = lru_cache(maxsize=1024)(_kind_of)


def unusable_type(declared: Any) -> Unusable | None:
    """Return why no value of a declared type can be used; None if some can.

    It looks into containers. What a TypedDict or a class holds is seen in the values.
    """
    declared = _plain(declared)
    origin, parts = get_origin(declared) or declared, get_args(declared)
    if origin in {Union, UnionType}:
        reasons = [unusable_type(part) for part in parts if part not in {None, NoneType}]
        return reasons[0] if reasons and None not in reasons else None
    if not isinstance(origin, type):
        is_factory = isinstance(origin, FunctionType | BuiltinFunctionType) and origin.__name__ in _FACTORIES
        return _LOCK if is_factory else None
    if origin in _ABSTRACT or (issubclass(origin, Iterator | AsyncIterator)):
        return kind_of(origin) or _ABSTRACT.get(origin, _ITERATOR)
    if issubclass(origin, Mapping):
        parts = parts[-1:]
    elif not issubclass(origin, list | tuple | set | frozenset):
        parts = ()
    return kind_of(origin) or next((found for part in parts if (found := unusable_type(part))), None)


def _plain(declared: Any) -> Any:
    """Return the type without its metadata and without new names for it."""
    while True:
        if get_origin(declared) is Annotated:
            declared = get_args(declared)[0]
        elif isinstance(declared, NewType):
            declared = declared.__supertype__
        else:
            return declared
