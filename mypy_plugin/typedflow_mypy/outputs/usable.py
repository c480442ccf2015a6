"""Whether steps can use an output: whether it is still there when a second step reads it, and is a result at all."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from mypy.nodes import TypeInfo
from mypy.types import (
    FunctionLike,
    Instance,
    ProperType,
    TupleType,
    Type,
    TypedDictType,
    UnionType,
    UnpackType,
    get_proper_type,
)

from typedflow_mypy.outputs.containers import CONTAINERS, fields


class Unusable(NamedTuple):
    """Why a value cannot be used.

    Attributes:
        what: What it is, and what is wrong with it.
        instead: What to do.
        is_read_once: Whether it is gone when it has been read.
    """

    what: str
    instead: str
    is_read_once: bool = False


_ITERATOR: Final = Unusable("an iterator, which can be read only once", "make it a list", is_read_once=True)
_COROUTINE: Final = Unusable("a coroutine that was not awaited", "await it", is_read_once=True)
_AWAITABLE: Final = Unusable("an awaitable that was not awaited", "await it", is_read_once=True)
_FILE: Final = Unusable("a file, which can be read only once", "return its content or its path", is_read_once=True)
_FUNCTION: Final = Unusable("a function", "return its result")
_LOCK: Final = Unusable("a lock", "create it outside of the flow")
_UNPACKED: Final = Unusable("a tuple with a part of any length, which a run cannot check", "return a list")
# By the first of these classes in the order of resolution.
_CLASSES: Final = {
    "typing.Coroutine": _COROUTINE,
    "typing.Awaitable": _AWAITABLE,
    "typing.IO": _FILE,
    "_io._IOBase": _FILE,
    "io.IOBase": _FILE,
    "types.FunctionType": _FUNCTION,
    "types.BuiltinFunctionType": _FUNCTION,
    "types.MethodType": _FUNCTION,
    "types.ModuleType": Unusable("a module", "return what is in it"),
    **dict.fromkeys(
        (
            "_thread.LockType", "_thread.RLock", "_thread.lock", "threading.Condition", "threading.Semaphore",
            "threading._RLock", "asyncio.locks.Condition", "asyncio.locks.Lock", "asyncio.locks.Semaphore",
            "multiprocessing.synchronize.Condition", "multiprocessing.synchronize.SemLock",
            "anyio._core._synchronization.CapacityLimiter", "anyio._core._synchronization.Condition",
            "anyio._core._synchronization.Lock", "anyio._core._synchronization.Semaphore",
            "trio._sync.CapacityLimiter", "trio._sync.Condition", "trio._sync.Semaphore", "trio._sync._LockImpl",
        ),
        _LOCK,
    ),
}  # fmt: skip


def why_not(output: Type) -> str | None:
    """Say why no step can use a value of this type and what to do, for a message; None if a step can.

    A part of a container counts as the container, and a branch of a union as the union: a run that gets there fails. In
    a dataclass, only what can be read once counts. A lock or a function there is how the class does its work.
    """
    found = _offender(output, ())
    if found is None:
        return None
    unusable, is_inside = found
    return f"it {'contains' if is_inside else 'is'} {unusable.what}; {unusable.instead}"


def _offender(output: Type, around: tuple[Type, ...]) -> tuple[Unusable, bool] | None:
    """The first part of a type that cannot be used, and whether it is inside of another."""
    proper = get_proper_type(output)
    if proper in around:
        return None
    if isinstance(proper, UnionType):
        return _first(proper.items, around)
    if (unusable := _unusable(proper)) is not None:
        return unusable, bool(around)
    if isinstance(proper, Instance) and "dataclass" in proper.type.metadata:
        found = _first(fields(proper), (*around, proper))
        return found if found is not None and found[0].is_read_once else None
    return _first(_parts(proper), (*around, proper))


def _first(parts: Iterable[Type], around: tuple[Type, ...]) -> tuple[Unusable, bool] | None:
    return next((found for part in parts if (found := _offender(part, around)) is not None), None)


def _parts(proper: ProperType) -> Iterable[Type]:
    if isinstance(proper, TypedDictType):
        return proper.items.values()
    if isinstance(proper, TupleType):
        return proper.items
    return proper.args if isinstance(proper, Instance) and proper.type.fullname in CONTAINERS else ()


def _unusable(proper: ProperType) -> Unusable | None:
    if isinstance(proper, FunctionLike):
        return None if proper.is_type_obj() else _FUNCTION
    if isinstance(proper, UnpackType):
        return _UNPACKED
    return _of_class(proper.type) if isinstance(proper, Instance) else None


def _of_class(info: TypeInfo) -> Unusable | None:
    found = next((_CLASSES[base.fullname] for base in info.mro if base.fullname in _CLASSES), None)
    is_iterator = any(info.get(f"__{a}next__") and info.get(f"__{a}iter__") for a in ("", "a"))
    return found or (_ITERATOR if is_iterator else None)
