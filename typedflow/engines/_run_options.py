"""The options of a run, for every engine."""

from __future__ import annotations

from collections.abc import Collection
from os import PathLike
from typing import TYPE_CHECKING, Any, Final, TypedDict, cast

from typedflow._quantity import in_seconds, is_whole
from typedflow._text import nearest
from typedflow.exceptions import InvalidOptionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from typedflow._quantity import Duration
    from typedflow.event import Listener
    from typedflow.stores import Store


class PlainResumeOptions(TypedDict, total=False):
    """Options of a run that continues, without its resources."""

    max_concurrency: int | None
    """How many tasks may be executed concurrently. Map steps have a limit of their own as well. Default: no limit."""
    listeners: Iterable[Listener]
    """Callables that receive every `Event` of the run, in order. See `Listener`. If one raises, that is logged, and it
    receives no more events of the run. Default: none."""


class PlainRunOptions(PlainResumeOptions, total=False):
    """Options of one run, without its resources."""

    timeout: Duration | None
    """Longest duration of the run, in seconds or as a timedelta, above 0. When it is over, the run is cancelled and
    raises a `RunTimeoutError`. Default: no limit."""
    run_id: str | None
    """Identifier of the run: 1 to 200 printable characters. Default: a new UUID."""
    store: Store | None
    """What remembers the run, so that it can be resumed: `SqliteStore` or `MemoryStore`. Default: nothing does."""


class RunOptions(PlainRunOptions, total=False):
    """Options of one run: ``await flow.run(flow_input, max_concurrency=10)``."""

    resources: Any
    """What handlers share during the run, if the flow declares resources: an instance of the declared class; an async
    or sync context manager that gives one; or a function without parameters that returns any of these. A context
    manager is entered before the first handler and left after the last one. Default: none."""


class ResumeOptions(PlainResumeOptions, total=False):
    """Options of a run that continues: ``await flow.resume(run_id, store=store, max_concurrency=10)``."""

    resources: Any
    """As in `RunOptions`."""


def check_run_options(flow: str, options: Mapping[str, Any]) -> None:
    """Check the options of a run, except for the listeners: `Listeners` checks those.

    Raises:
        InvalidOptionError: The value of an option is not valid.
        TypeError: An option is unknown.
    """
    known = RunOptions.__annotations__
    if unknown := options.keys() - known.keys():
        name = min(unknown)
        suggestion = nearest(name, known)
        hint = f'Did you mean "{suggestion}"?' if suggestion else f"The options of a run are {', '.join(known)}."
        raise TypeError(f'flow "{flow}": there is no option "{name}". {hint}')
    for name, (requirement, allows) in _REQUIREMENTS.items():
        value = options.get(name)
        if value is not None and not allows(value):
            raise InvalidOptionError(flow, name, value, requirement)
    if (store := options.get("store")) is not None:
        _check_store(flow, store)


def check_stored_run(flow: str, run_id: object, store: object, methods: Iterable[str] | None = None) -> None:
    """Check what names a run in a store.

    Args:
        flow: Slug of the flow.
        run_id: Identifier of the run.
        store: The store.
        methods: What the store must have, if it need not be a whole one.

    Raises:
        InvalidOptionError: The identifier is not a string, or the store is not a store.
    """
    if not isinstance(run_id, str):
        raise InvalidOptionError(flow, "run_id", run_id, "a string")
    if store is None:
        raise InvalidOptionError(flow, "store", store, 'a store, such as SqliteStore("runs.db")')
    _check_store(flow, store, methods)


def check_from_steps(flow: str, steps: object) -> None:
    """Check the steps from which a run is retried. Whether the run has them, its store knows.

    Raises:
        InvalidOptionError: It is not a list of slugs.
    """
    is_list = isinstance(steps, Collection) and not isinstance(steps, str)
    if not (is_list and all(isinstance(slug, str) for slug in cast("Collection[object]", steps))):
        raise InvalidOptionError(flow, "from_steps", steps, "a list of slugs")


def _check_store(flow: str, store: object, methods: Iterable[str] | None = None) -> None:
    if isinstance(store, str | PathLike):
        raise InvalidOptionError(flow, "store", store, f"a store: pass SqliteStore({str(store)!r:.200})")
    if isinstance(store, type):
        raise InvalidOptionError(flow, "store", store, 'an instance, such as SqliteStore("runs.db")')
    if not all(hasattr(type(store), method) for method in methods or _OF_STORES):
        raise InvalidOptionError(flow, "store", store, 'a store, such as SqliteStore("runs.db"), or None')


def _is_above_zero(value: object) -> bool:
    seconds = in_seconds(value)
    return seconds is not None and seconds > 0


def _is_run_id(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 200 and value.isprintable()


# Asking for all of the protocol would take longer than a short run.
_OF_STORES: Final = ("create", "claim", "commit", "release")
_REQUIREMENTS: Final[dict[str, tuple[str, Callable[[Any], bool]]]] = {
    "max_concurrency": ("a whole number of at least 1, or None", is_whole),
    "timeout": ("a duration above 0 (seconds or a timedelta), or None", _is_above_zero),
    "run_id": ("a string of 1 to 200 printable characters, or None", _is_run_id),
}
