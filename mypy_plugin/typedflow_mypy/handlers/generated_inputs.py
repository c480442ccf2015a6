"""Reads of undeclared keys from an input that ``typedflow stubs`` has written, reported in terms of the step.

A handler in another module than its flow takes such a class, and mypy checks its module without the flow. It reports
``TypedDict "SaveInput" has no key "website"``, which says neither what is wrong nor what to do. As in
`undeclared_reads`, the report is put into other words while mypy makes it. No hook is called for the read, so the
watcher starts where the annotation is analysed. ``tests/typing/test_generated_inputs.py`` shows it.
"""

import re
from collections.abc import Callable
from typing import Final

from mypy.errorcodes import NO_ANY_RETURN
from mypy.errors import ErrorInfo, Errors
from mypy.plugin import AnalyzeTypeContext
from mypy.types import Type

from typedflow_mypy.lib import errorcodes
from typedflow_mypy.lib.mypy_private import errors_of, is_watching, watch
from typedflow_mypy.state import PluginWithSession

MODULE: Final = "_flow_types"
_MISSING: Final = re.compile(r'TypedDict "(?P<name>\w+Input)" has no key "(?P<key>.*)"', re.DOTALL)


def hook(plugin: PluginWithSession, fullname: str) -> Callable[[AnalyzeTypeContext], Type] | None:
    """Return what analyses the annotation with a generated class, and explains reads from it; None for others."""
    session = plugin.session
    if not fullname.endswith("Input") or not _is_generated(fullname) or session.is_analysing_generated:
        return None

    def analyse(ctx: AnalyzeTypeContext) -> Type:
        errors = errors_of(ctx)
        if session.generated_watcher is None or not is_watching(errors, session.generated_watcher):
            session.generated_watcher = watch(errors, lambda file, error: _translate(plugin, errors, file, error))
        session.is_analysing_generated = True  # mypy itself analyses it below, and would ask for the hook again
        try:
            return ctx.api.analyze_type(ctx.type)
        finally:
            session.is_analysing_generated = False

    return analyse


def _is_generated(fullname: str) -> bool:
    return fullname.rpartition(".")[0].rpartition(".")[2] == MODULE


def _translate(plugin: PluginWithSession, errors: Errors, file: str, error: ErrorInfo) -> bool:
    """Report the read in other words; return False to leave the error as it is."""
    session = plugin.session
    if error.code == NO_ANY_RETURN and (file, error.line) == session.last_undeclared_read:
        return True  # mypy takes what is not there for Any, which is not worth a second error
    found = _MISSING.fullmatch(error.message)
    symbol = None if found is None else plugin.lookup_fully_qualified(f"{error.module}.{found['name']}")
    if found is None or symbol is None or not _is_generated(symbol.fullname or ""):
        return False
    session.last_undeclared_read = file, error.line
    errors.report(
        error.line,
        error.column,
        f'The step of {found["name"]} does not depend on "{found["key"]}". If that is a step, add it to depends_on, '
        "and run typedflow stubs",
        errorcodes.UNDECLARED_INPUT,
        end_line=error.end_line,
        end_column=error.end_column,
    )
    return True
