"""Reads of a step input in forms in which mypy takes any key.

They are ``"x" in inputs``, a ``match`` pattern, ``operator.getitem(inputs, "x")``, and the reads of a copy, such as
``dict(inputs)["x"]``. mypy checks the keys of a TypedDict only where it is subscripted, and in calls of its methods.
"""

import re
from dataclasses import dataclass
from string import Formatter
from typing import Final

from mypy.checker import TypeChecker
from mypy.nodes import (
    ARG_STAR,
    ARG_STAR2,
    AssignmentStmt,
    CallExpr,
    ComparisonExpr,
    Expression,
    FuncItem,
    IndexExpr,
    ListExpr,
    MatchStmt,
    MemberExpr,
    NameExpr,
    OpExpr,
    RefExpr,
    StrExpr,
    TupleExpr,
    Var,
)
from mypy.patterns import AsPattern, MappingPattern, OrPattern, Pattern, SequencePattern
from mypy.server.subexpr import get_subexpressions
from mypy.typeops import make_simplified_union
from mypy.types import CallableType, Type, get_proper_type

from typedflow_mypy.handlers import undeclared_reads
from typedflow_mypy.lib import fullnames
from typedflow_mypy.lib.checker import ERRONEOUS
from typedflow_mypy.source import assignments
from typedflow_mypy.source.assignments import statements_within
from typedflow_mypy.source.copies import Copy, copy_of, literal_keys

_PERCENT: Final = re.compile(r"%\((\w+)\)")
_METHODS: Final = {"__contains__", "__getitem__", "get", "pop"}
# Functions that read a key of their first argument, the second.
_FUNCTIONS: Final = {
    f"{module}.{name}" for module in ("operator", "_operator") for name in ("getitem", "contains", "__getitem__")
}


def report_reads(checker: TypeChecker, function: FuncItem) -> None:
    """Report the reads of undeclared keys in a body that mypy has checked."""
    reads = _Reads(checker)
    statements = list(statements_within(function.body.body))
    targets = [each for statement in statements if isinstance(statement, AssignmentStmt) for each in statement.lvalues]
    for statement in statements:
        if isinstance(statement, MatchStmt):
            for pattern in statement.patterns:
                reads.match(statement.subject, pattern)
    for expression in get_subexpressions(function):
        match expression:
            case IndexExpr() if expression not in targets:  # a key that is stored is not read
                reads.read(expression.base, expression.index)
            case ComparisonExpr():
                reads.compare(expression)
            case CallExpr():
                reads.call(expression)
            case OpExpr(op="%", left=StrExpr(value=text) as place, right=values):
                reads.format(values, _PERCENT.findall(text), place)


def type_of_read(checker: TypeChecker, of: Expression, key: Expression) -> Type | None:
    """Return the type that a key has in the step input that is read, or was copied; None if it is not known."""
    copy, names = copy_of(checker, of), literal_keys(checker, key)
    call = None if copy is None else undeclared_reads.step_at(checker, key, copy.keys)
    if copy is None or call is None or not names or not copy.more.isdisjoint(names):
        return None
    for name in names:
        if name not in copy.keys:
            undeclared_reads.report_missing(checker, copy.keys, name, key)
    return make_simplified_union([call.step_input.get(name, ERRONEOUS) for name in names])


@dataclass(frozen=True)
class _Reads:
    checker: TypeChecker

    def compare(self, comparison: ComparisonExpr) -> None:
        operands = comparison.operands
        for operator, key, of in zip(comparison.operators, operands, operands[1:], strict=False):
            if operator in {"in", "not in"}:
                self.read(of, key)

    def call(self, call: CallExpr) -> None:
        callee = call.callee
        for method in _methods(self.checker, callee) if call.args else ():
            self._call_method(call, method)
        if isinstance(callee, RefExpr) and callee.fullname == "builtins.map" and len(call.args) == 2:
            keys = call.args[1].items if isinstance(call.args[1], ListExpr | TupleExpr) else []
            for method in _methods(self.checker, call.args[0]):
                for key in keys:
                    self.read(method.expr, key)
        if isinstance(callee, RefExpr) and callee.fullname in _FUNCTIONS and len(call.args) > 1:
            self.read(call.args[0], call.args[1])
        if isinstance(callee, MemberExpr) and isinstance(callee.expr, StrExpr):
            self._format(call, callee, callee.expr)
        for getter in _values(self.checker, callee) if call.args else ():
            if isinstance(getter, CallExpr) and _calls(getter, fullnames.ITEMGETTER):
                for key in getter.args:
                    self.read(call.args[0], key)
        self._spread(call)

    def _call_method(self, call: CallExpr, callee: MemberExpr) -> None:
        is_unbound = isinstance(callee.expr, RefExpr) and callee.expr.fullname == "builtins.dict" and len(call.args) > 1
        of, key = call.args[:2] if is_unbound else (callee.expr, call.args[0])
        self.read(of, key)

    def _format(self, call: CallExpr, callee: MemberExpr, text: StrExpr) -> None:
        """Report what ``"{x}".format(**inputs)`` and ``"{x}".format_map(inputs)`` read."""
        given = [
            argument
            for argument, kind in zip(call.args, call.arg_kinds, strict=True)
            if callee.name == "format_map" or (callee.name == "format" and kind == ARG_STAR2)
        ]
        named = {name for name in call.arg_names if name is not None}
        for argument in given:
            self.format(argument, [name for name in _fields(text.value) if name not in named], text)

    def format(self, values: Expression, keys: list[str], text: Expression) -> None:
        """Report the keys of some values that a text asks for."""
        copy = copy_of(self.checker, values)
        for key in keys:
            self._report(copy, key, text)

    def _spread(self, call: CallExpr) -> None:
        """Report the parameters that ``function(**inputs)`` leaves without a value."""
        called = get_proper_type(self.checker.lookup_type_or_none(call.callee))
        spread = [argument for argument, kind in zip(call.args, call.arg_kinds, strict=True) if kind == ARG_STAR2]
        copy = copy_of(self.checker, spread[0]) if len(spread) == 1 else None
        if copy is None or not isinstance(called, CallableType) or ARG_STAR in call.arg_kinds:
            return
        positional = sum(kind.is_positional() for kind in call.arg_kinds)
        for name, kind in list(zip(called.arg_names, called.arg_kinds, strict=True))[positional:]:
            is_lacking = name is not None and kind.is_required() and name not in call.arg_names
            if name is not None and is_lacking and self._report(copy, name, spread[0]):
                undeclared_reads.explain_lacking(self.checker, call)

    def match(self, subject: Expression, pattern: Pattern) -> None:
        match pattern:
            case AsPattern(pattern=Pattern() as inner):
                self.match(subject, inner)
            case OrPattern():
                for each in pattern.patterns:
                    self.match(subject, each)
            case SequencePattern() if isinstance(subject, TupleExpr) and len(subject.items) == len(pattern.patterns):
                for item, each in zip(subject.items, pattern.patterns, strict=True):
                    self.match(item, each)
            case MappingPattern():
                for key in pattern.keys:
                    self.read(subject, key)

    def read(self, of: Expression, key: Expression) -> None:
        copy = copy_of(self.checker, of)
        for name in (literal_keys(self.checker, key) or ()) if copy is not None else ():
            self._report(copy, name, key)

    def _report(self, copy: Copy | None, key: str, place: Expression) -> bool:
        is_missing = copy is not None and key not in copy.keys | copy.more
        if copy is not None and is_missing:
            undeclared_reads.report_missing(self.checker, copy.keys, key, place)
        return is_missing


def _fields(text: str) -> list[str]:
    try:
        found = [name.partition(".")[0].partition("[")[0] for _, name, _, _ in Formatter().parse(text) if name]
    except ValueError:
        return []
    return [name for name in found if name and not name.isdigit()]


def _methods(checker: TypeChecker, called: Expression) -> list[MemberExpr]:
    """The methods that read a key and that may be called here: one that is written here, or that a variable holds."""
    return [each for each in _values(checker, called) if isinstance(each, MemberExpr) and each.name in _METHODS]


def _values(checker: TypeChecker, called: Expression) -> list[Expression]:
    """What may be called here: what is written here, or what a variable holds."""
    variable = called.node if isinstance(called, NameExpr) else None
    return assignments.values(checker, variable) if isinstance(variable, Var) else [called]


def _calls(call: CallExpr, fullname: str) -> bool:
    return isinstance(call.callee, RefExpr) and call.callee.fullname == fullname
