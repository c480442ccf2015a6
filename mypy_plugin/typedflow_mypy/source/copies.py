"""A copy of a step input, for mypy a dict of any keys: ``dict(inputs)``, ``{**inputs}``, ``inputs | {"more": 1}``."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from mypy.checker import TypeChecker
from mypy.nodes import (
    ARG_NAMED,
    ARG_STAR,
    AssignmentExpr,
    AssignmentStmt,
    CallExpr,
    ConditionalExpr,
    DictExpr,
    Expression,
    IndexExpr,
    MemberExpr,
    NameExpr,
    OperatorAssignmentStmt,
    OpExpr,
    RefExpr,
    StrExpr,
    Var,
)
from mypy.server.subexpr import get_subexpressions
from mypy.typeops import try_getting_str_literals
from mypy.types import TypedDictType, get_proper_type

from typedflow_mypy.lib.typed_dict import is_step_input
from typedflow_mypy.source import assignments
from typedflow_mypy.state import State, entering

_OF_KEYS: Final = {f"builtins.{name}" for name in ("frozenset", "iter", "list", "set", "sorted", "tuple")}
_SAME: Final = {"copy.copy", "copy.deepcopy", "types.MappingProxyType", *_OF_KEYS}
_DICTS: Final = {"builtins.dict", "collections.OrderedDict"}
_SAME_METHODS: Final = {"copy", "items", "keys"}
_ADDING_METHODS: Final = {"__setitem__", "setdefault", "update"}


@dataclass(frozen=True)
class Copy:
    """A step input, or a copy of it.

    Attributes:
        keys: The keys of the step input.
        more: The keys that are added in the copy, or may have another value there.
    """

    keys: frozenset[str]
    more: frozenset[str] = frozenset()


def copy_of(checker: TypeChecker, expression: Expression) -> Copy | None:
    """Say which keys an expression has that stands for a step input, or for a copy; None if it may have others."""
    declared = get_proper_type(checker.lookup_type_or_none(expression))
    if isinstance(declared, TypedDictType) and is_step_input(declared):
        return Copy(frozenset(declared.items))
    copy: Copy | None = None
    match expression:
        case AssignmentExpr():
            copy = copy_of(checker, expression.value)
        case ConditionalExpr():
            copy = _either(checker, [expression.if_expr, expression.else_expr])
        case OpExpr(op="or" | "and"):
            copy = _either(checker, [expression.left, expression.right])
        case OpExpr(op="|"):
            copy = _merged(checker, [expression.left, expression.right])
        case DictExpr():
            copy = _of_display(checker, expression)
        case CallExpr():
            copy = _of_call(checker, expression)
        case NameExpr(node=Var() as variable):
            with entering(State.of(checker).tracing, variable) as is_new:
                copy = _of_variable(checker, variable) if is_new else None
    return copy


def literal_keys(checker: TypeChecker, expression: Expression | None) -> list[str] | None:
    """Return the strings that an expression may be; None if they cannot be read from the source."""
    if expression is None or isinstance(expression, StrExpr):
        return None if expression is None else [expression.value]
    declared = checker.lookup_type_or_none(expression)
    return None if declared is None else try_getting_str_literals(expression, declared)


def _either(checker: TypeChecker, expressions: list[Expression]) -> Copy | None:
    found = [copy_of(checker, expression) for expression in expressions]
    known = [copy for copy in found if copy is not None]
    if not known or len(known) < len(found) or any(copy.keys != known[0].keys for copy in known):
        return None
    return Copy(known[0].keys, frozenset().union(*(copy.more for copy in known)))


def _merged(checker: TypeChecker, parts: list[Expression], more: frozenset[str] = frozenset()) -> Copy | None:
    first: Copy | None = None
    for part in parts:
        copy = copy_of(checker, part)
        first = first or copy
        if copy is not None and first is not None:
            added: frozenset[str] | None = copy.more if copy.keys == first.keys else copy.keys | copy.more
        else:
            added = _plain_keys(checker, part)
        if added is None:
            return None
        more |= added
    return None if first is None else Copy(first.keys, more)


def _plain_keys(checker: TypeChecker, expression: Expression) -> frozenset[str] | None:
    """The keys of a dict that is written out, or of a TypedDict."""
    if isinstance(expression, DictExpr):
        found = [literal_keys(checker, key) for key, _ in expression.items]
        return None if None in found else frozenset(key for keys in found for key in keys or ())
    declared = get_proper_type(checker.lookup_type_or_none(expression))
    return frozenset(declared.items) if isinstance(declared, TypedDictType) else None


def _of_display(checker: TypeChecker, display: DictExpr) -> Copy | None:
    found = [literal_keys(checker, key) for key, _ in display.items if key is not None]
    if None in found:
        return None
    written = frozenset(key for keys in found for key in keys or ())
    return _merged(checker, [value for key, value in display.items if key is None], written)


def _of_call(checker: TypeChecker, call: CallExpr) -> Copy | None:
    if isinstance(call.callee, MemberExpr) and call.callee.name in _SAME_METHODS:
        return copy_of(checker, call.callee.expr)
    name = call.callee.fullname if isinstance(call.callee, RefExpr) else ""
    if name in _SAME and call.args:
        return copy_of(checker, call.args[0])
    if name not in _DICTS or ARG_STAR in call.arg_kinds:
        return None
    named = [kind == ARG_NAMED for kind in call.arg_kinds]
    parts = [argument for argument, is_named in zip(call.args, named, strict=True) if not is_named]
    return _merged(checker, parts, frozenset(name for name in call.arg_names if name is not None))


def _of_variable(checker: TypeChecker, variable: Var) -> Copy | None:
    """What a variable holds, if that is copies only, and nothing adds keys that cannot be read from the source."""
    copy = _either(checker, assignments.values(checker, variable))
    if copy is None:
        return None
    added = _added_keys(checker, variable)
    return None if added is None else replace(copy, more=copy.more | added)


def _added_keys(checker: TypeChecker, variable: Var) -> frozenset[str] | None:
    """The keys that are added to the dict that a variable holds; None if they are not known."""

    def is_it(expression: Expression) -> bool:
        return isinstance(expression, NameExpr) and expression.node is variable

    keys: list[str] = []
    for statement in assignments.statements_within(checker.tree.defs):
        if isinstance(statement, OperatorAssignmentStmt) and is_it(statement.lvalue):
            return None
        targets = statement.lvalues if isinstance(statement, AssignmentStmt) else []
        for stored in targets:
            if isinstance(stored, IndexExpr) and is_it(stored.base):
                added = literal_keys(checker, stored.index)
                if added is None:
                    return None
                keys += added
    calls = (each for each in get_subexpressions(checker.tree) if isinstance(each, CallExpr))
    return None if any(_may_add(call, is_it) for call in calls) else frozenset(keys)


def _may_add(call: CallExpr, is_it: Callable[[Expression], bool]) -> bool:
    """Whether a call may add keys to a dict: one of its methods, or a function that it is passed to."""
    callee = call.callee
    if isinstance(callee, MemberExpr) and callee.name in _ADDING_METHODS and is_it(callee.expr):
        return True
    is_builtin = isinstance(callee, RefExpr) and callee.fullname.startswith("builtins.")
    return not is_builtin and any(map(is_it, call.args))
