"""Keys that a handler reads and its step does not declare, told in words of the flow."""

import re
from typing import Final

from mypy.checker import TypeChecker
from mypy.errors import ErrorInfo, ErrorWatcher
from mypy.messages import format_item_name_list
from mypy.nodes import FuncItem

from typedflow_mypy import errorcodes
from typedflow_mypy.call import StepCall

_UNDECLARED: Final = re.compile(r'"(?P<key>.*)" is not a valid TypedDict key; expected one of (?P<declared>\(.*\))')

# The steps whose handlers' bodies were checked: by file, first line, and the declared keys as mypy lists them. The
# newest entry wins; the line of an entry that an edit made stale is checked, and so entered, again.
_bodies: Final[dict[tuple[str, int, str], tuple[int, StepCall]]] = {}
_installed: Final[list[ErrorWatcher]] = []


def explain(checker: TypeChecker, call: StepCall, body: FuncItem) -> None:
    """Have mypy's error for an undeclared key within a body, now and later, replaced by one that names the step."""
    errors = checker.errors
    key = (errors.file, body.line, format_item_name_list(call.step_input()))
    _bodies.pop(key, None)
    _bodies[key] = (body.end_line or body.line, call)
    if any(watcher in errors._watchers for watcher in _installed):  # noqa: SLF001
        return

    def translate(file: str, error: ErrorInfo) -> bool:
        found = _UNDECLARED.fullmatch(error.message)
        step = _step_at(file, error.line, found["declared"]) if found is not None else None
        if found is None or step is None:
            return False
        errors.report(
            error.line,
            error.column,
            f'{step.title} reads "{found["key"]}", {step.why_undeclared(found["key"], "it")}',
            errorcodes.UNDECLARED_INPUT,
            end_line=error.end_line,
            end_column=error.end_column,
        )
        return True

    watcher = ErrorWatcher(errors, filter_errors=translate)
    _installed[:] = [watcher]
    # At the bottom of the stack: it sees only what is to be reported, and no other watcher's exit pops it.
    errors._watchers.insert(0, watcher)  # noqa: SLF001


def _step_at(file: str, line: int, declared: str) -> StepCall | None:
    for (where, first, keys), (last, call) in reversed(_bodies.items()):
        if where == file and first <= line <= last and keys == declared:
            return call
    return None
