"""Opens the resources of a run before its first handler, and closes them after its last one."""

from __future__ import annotations

import inspect
import math
from typing import TYPE_CHECKING, Any, Final

import trio

from typedflow._definition.annotation_name import name_of
from typedflow._definition.resources import is_instance
from typedflow._exception_group import members, ungrouped
from typedflow._text import in_one_line
from typedflow.engines._cancellation import is_cancelled, is_interrupt, without_cancelled
from typedflow.engines._wrong_library import sign_of_asyncio
from typedflow.exceptions import InvalidResourcesError, ResourcesError, RunTimeoutError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from typedflow._definition.flow import FlowDefinition

# How long resources may take to close when the run was cancelled, in seconds.
_PATIENCE: Final = 10.0
_USED: Final = (
    "the context manager was used for another run already, and can be entered only once. Pass the function that makes "
    "it, without calling it."
)
_UNDECLARED: Final = (
    "it declares no resources, but the run was given some. Declare their class: Flow(..., resources=...)."
)
_ON_TRIO: Final = (
    " They use asyncio, but are opened and closed on trio, where other handlers run. Open them on asyncio: Flow(..., "
    'runs_in="asyncio").'
)


class ResourcesSource:
    """What a run is given as its resources, checked as far as that is possible without opening them.

    It is an instance of the class that the flow declares, which is used as it is: the caller closes it. Or it is a
    context manager that gives an instance. Or it is a function that returns either of them; what it returns belongs to
    the run, so it is entered even if it is an instance.

    Attributes:
        is_for_asyncio: Whether they are opened on the asyncio loop of the run: its handlers run there by default, or
            one of those that take a context does and none of them runs on trio.
    """

    def __init__(self, flow: str, declared: Any, given: Any, *, is_for_asyncio: bool = False) -> None:
        self.is_for_asyncio = is_for_asyncio
        self._flow = flow
        self._declared = declared
        self._given = given
        self._is_instance = not isinstance(given, type) and is_instance(given, declared)
        if not (self._is_instance or _is_entered(given) or callable(given)):
            raise InvalidResourcesError(flow, self._why_wrong())

    @classmethod
    def of(cls, definition: FlowDefinition, options: Mapping[str, Any]) -> ResourcesSource | None:
        """Return the source of a run's resources; None if its flow declares none.

        Raises:
            InvalidResourcesError: The resources are missing, or cannot be what the flow declares.
        """
        flow, declared = definition.slug, definition.resources
        given = options.get("resources")
        if declared is None:
            if given is not None:
                raise InvalidResourcesError(flow, _UNDECLARED)
            return None
        if "resources" not in options:
            reason = f"it needs resources. Pass resources=..., {_wanted(declared)}."
            raise InvalidResourcesError(flow, reason)
        handlers = [step.handler for step in definition.steps if step.handler is not None]
        places = {handler.runs_in for handler in handlers if handler.takes_context}
        is_for_asyncio = definition.options.runs_in == "asyncio" or ("asyncio" in places and "trio" not in places)
        return cls(flow, declared, given, is_for_asyncio=is_for_asyncio)

    async def use(
        self,
        work: Callable[[Any], Awaitable[None]],
        elsewhere: Callable[[Callable[[], Awaitable[tuple[Any, Any]]]], Any] | None = None,
        *,
        within: float = math.inf,
    ) -> None:
        """Open the resources, await an async function that takes them, and close them.

        Closing is shielded from a cancellation, for 10 seconds at most.

        Args:
            work: The function.
            elsewhere: Returns a context manager that opens them on another loop, given the function that opens them.
            within: How long opening them may take, in seconds.

        Raises:
            InvalidResourcesError: What was opened is not an instance of the declared class.
            ResourcesError: They could not be opened or closed.
            trio.TooSlowError: Opening them took too long.
        """
        if self._is_instance:
            await work(self._given)
            return
        closing: BaseException | None = None
        failure: BaseException | None = None
        # It is around everything from the beginning: a scope cannot be opened within one of the resources' own and
        # closed after it.
        is_open = False
        with trio.CancelScope(deadline=trio.current_time() + within) as scope:
            manager, resources = await self._open(elsewhere)
            is_open, scope.deadline = True, math.inf
            try:
                self._check(resources)
                await work(resources)
            except BaseException as error:  # noqa: BLE001  raised below
                failure = error
            if is_cancelled() or isinstance(failure, RunTimeoutError):
                scope.deadline = trio.current_time() + _PATIENCE
            scope.shield = True
            try:
                await leave(manager, failure)
            except BaseException as error:
                closing = _without(failure, without_cancelled(error))
                if closing is None and scope.cancel_called:
                    raise
        try:
            if not is_open:
                raise trio.TooSlowError
            self._raise(failure, closing, is_late=scope.cancelled_caught)
        finally:
            del failure, closing  # their tracebacks hold this frame

    async def _open(self, elsewhere: Any) -> tuple[Any, Any]:
        """Return the context manager that was entered, if there is one, and the resources."""
        try:
            if elsewhere is None:
                return await self._enter()
            manager = elsewhere(self._enter)
            return manager, await manager.__aenter__()
        except BaseException as error:
            other = without_cancelled(error)
            if other is None or is_interrupt(other) or isinstance(error, InvalidResourcesError):
                raise
            reason = f"the resources could not be opened: {in_one_line(other).removesuffix('.')}.{self._hint(other)}"
            raise ResourcesError(self._flow, reason) from ungrouped(other)

    def _hint(self, error: BaseException) -> str:
        return "" if self.is_for_asyncio or sign_of_asyncio(error) is None else _ON_TRIO

    async def _enter(self) -> tuple[Any, Any]:
        given = self._given
        if _is_used(given):
            raise InvalidResourcesError(self._flow, _USED)
        if not _is_entered(given):
            given = given()
            if inspect.isawaitable(given):
                given = await given
        if not _is_entered(given):
            return None, given
        if _is_async(given):
            return given, await type(given).__aenter__(given)
        return given, type(given).__enter__(given)

    def _check(self, resources: Any) -> None:
        if is_instance(resources, self._declared):
            return
        hint = ""
        if inspect.isasyncgen(resources) or inspect.isgenerator(resources):
            decorator = "asynccontextmanager" if inspect.isasyncgen(resources) else "contextmanager"
            hint = f" Decorate it with contextlib.{decorator}."
        wanted = f"the resources must be an instance of {name_of(self._declared)}"
        reason = f"{wanted}, but what {_name(self._given)}() gave is {_described(resources)}.{hint}"
        raise InvalidResourcesError(self._flow, reason)

    def _why_wrong(self) -> str:
        given = self._given
        if inspect.iscoroutine(given):
            given.close()  # otherwise Python warns about it, too
            return f'the resources are a coroutine. Pass the function "{given.__qualname__}" without calling it.'
        return f"the resources must be {_wanted(self._declared)}, not {_described(given)}."

    def _raise(self, failure: BaseException | None, closing: BaseException | None, *, is_late: bool) -> None:
        """Raise what the work raised; an exception of the resources becomes a note of that, or is raised itself."""
        problem = None
        if is_late:
            problem = f"the resources did not close within {_PATIENCE:g} s after the run was cancelled."
        elif closing is not None and _has_cancelled(failure):
            problem = f"the resources failed while the run was using them: {in_one_line(closing).removesuffix('.')}."
        elif closing is not None:
            problem = (
                f"the resources could not be closed: {in_one_line(closing).removesuffix('.')}.{self._hint(closing)}"
            )
        try:
            if failure is not None and without_cancelled(failure) is not None:
                if problem is not None:
                    failure.add_note(f"{problem[0].upper()}{problem[1:-1]}")
                raise failure
            if problem is not None:
                if closing is not None and is_interrupt(closing):
                    raise closing
                raise ResourcesError(self._flow, problem) from (None if closing is None else ungrouped(closing))
            if failure is not None:
                if _has_cancelled(failure):
                    raise ResourcesError(self._flow, "the resources cancelled the run.")
                raise failure
        finally:
            del failure, closing  # as above


def _has_cancelled(failure: BaseException | None) -> bool:
    """Return whether a scope of the resources has cancelled the run, and not one around it."""
    return failure is not None and without_cancelled(failure) is None and not is_cancelled()


def _is_entered(given: Any) -> bool:
    return not isinstance(given, type) and (_is_async(given) or hasattr(type(given), "__enter__"))


def _is_used(given: Any) -> bool:
    """Return whether a context manager that contextlib made of a generator was entered: it then has no arguments."""
    generator = getattr(given, "gen", None)
    return (inspect.isgenerator(generator) or inspect.isasyncgen(generator)) and not hasattr(given, "args")


def _is_async(given: Any) -> bool:
    return hasattr(type(given), "__aenter__")


async def leave(manager: Any, error: BaseException | None) -> None:
    """Leave a context manager. What it answers does not count: it cannot make a run complete that has failed."""
    if manager is None:
        return
    if error is not None and without_cancelled(error) is None:
        error = next(members(error))  # not the group that a nursery has made of it
    details = (None, None, None) if error is None else (type(error), error, error.__traceback__)
    if _is_async(manager):
        await type(manager).__aexit__(manager, *details)
    else:
        type(manager).__exit__(manager, *details)


def _without(failure: BaseException | None, error: BaseException | None) -> BaseException | None:
    """Return what a context manager raised, without the exception that it was left with."""
    if isinstance(error, BaseExceptionGroup):
        return error.split(lambda member: member is failure)[1]
    return None if error is failure else error


def _wanted(declared: Any) -> str:
    return f"an instance of {name_of(declared)}, or a context manager or a function that gives one"


def _described(given: Any) -> str:
    return "None" if given is None else f"a value of type {name_of(type(given))}"


def _name(given: Any) -> str:
    return getattr(given, "__qualname__", None) or name_of(type(given))
