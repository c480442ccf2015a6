"""The options of a step or flow: those that are written in the call, and those that are unpacked into it.

``**RETRY`` may stand for a dict that this module defines, or for one whose type says which keys it has. Which options
say when a step is skipped must be known, as the type of its output depends on it.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from mypy.checker import TypeChecker
from mypy.nodes import (
    ARG_STAR,
    ARG_STAR2,
    CallExpr,
    Context,
    DictExpr,
    Expression,
    OpExpr,
    RefExpr,
    StrExpr,
    TempNode,
    TypeInfo,
    Var,
)
from mypy.types import TypedDictType

from typedflow_mypy.lib.checker import type_of
from typedflow_mypy.source import assignments
from typedflow_mypy.source.origin import node_of
from typedflow_mypy.state import State, entering

_OF_SKIPPING: Final = {"if_", "if_not", "when_exhausted", "when_unmet"}
NAMES: Final = {
    *("max_attempts", "base_delay", "max_delay", "jitter", "timeout", "start_delay", "retry_on", "rate_limit"),
    "max_interruptions",
    "runs_in",
    *("cache", "cache_version"),
    *_OF_SKIPPING,
}


def options_of(checker: TypeChecker, call: Context) -> dict[str, Expression] | None:
    """Return the keyword arguments of a call; None if it unpacks what cannot be known."""
    if not isinstance(call, CallExpr) or ARG_STAR in call.arg_kinds:
        return None
    given = zip(call.arg_kinds, call.arg_names, call.args, strict=True)
    return _merged(checker, [(name, value) for kind, name, value in given if not kind.is_positional()])


def given_twice(checker: TypeChecker, call: CallExpr) -> Iterator[tuple[str, Expression]]:
    """Find the options that a call has twice, by name or unpacked, each with the second of the two places."""
    seen: set[str] = set()
    for kind, name, value in zip(call.arg_kinds, call.arg_names, call.args, strict=True):
        given = {} if kind.is_positional() else _merged(checker, [(name, value)]) or {}
        yield from ((option, value) for option in given if option in seen)
        seen.update(given)


def given(checker: TypeChecker, call: Context, name: str) -> Expression | None:
    """Return the value that a call gives an option, by name or unpacked; None if it gives none, or may give none."""
    found = None
    arguments = zip(call.arg_kinds, call.arg_names, call.args, strict=True) if isinstance(call, CallExpr) else ()
    for kind, option, value in arguments:
        if option == name:
            found = value
        elif kind == ARG_STAR2:
            declared = type_of(checker, value)
            may_lack_it = isinstance(declared, TypedDictType) and name not in declared.required_keys
            unpacked = (_unpacked(checker, value) or {}).get(name)
            found = found if may_lack_it and isinstance(unpacked, TempNode) else unpacked
    return found


def _merged(checker: TypeChecker, parts: Iterable[tuple[str | None, Expression]]) -> dict[str, Expression] | None:
    """Merge options; those without a name are unpacked."""
    merged: dict[str, Expression] = {}
    for name, value in parts:
        found = {name: value} if name is not None else _unpacked(checker, value)
        if found is None or (name is None and found.keys() - NAMES):
            return None
        merged.update(found)
    return merged


def _unpacked(checker: TypeChecker, options: Expression) -> dict[str, Expression] | None:
    match options:
        case DictExpr(items=items):
            keys = [(key.value if isinstance(key, StrExpr) else None, value) for key, value in items]
            is_written = all(key is None or isinstance(key, StrExpr) for key, _ in items)
            return _merged(checker, keys) if is_written else None
        case OpExpr(op="|", left=left, right=right):
            return _merged(checker, [(None, left), (None, right)])
        case CallExpr(callee=RefExpr(node=TypeInfo() as made)) if (
            made.typeddict_type or made.fullname == "builtins.dict"
        ):
            return options_of(checker, options)
    variable = node_of(checker, options)
    values = assignments.values(checker, variable) if isinstance(variable, Var) else []
    if len(values) == 1 and isinstance(variable, Var):
        with entering(State.of(checker).tracing, variable) as is_new:
            return _unpacked(checker, values[0]) if is_new else None
    return _of_type(checker, options)


def _of_type(checker: TypeChecker, options: Expression) -> dict[str, Expression] | None:
    """The options that a TypedDict has, each by its type; None if it may have one that decides about skipping."""
    declared = type_of(checker, options)
    if not isinstance(declared, TypedDictType) or (_OF_SKIPPING & declared.items.keys()) - declared.required_keys:
        return None
    found: dict[str, Expression] = {}
    for key, kind in declared.items.items():
        found[key] = TempNode(kind)
        found[key].set_line(options)
    return found
