"""What a container holds, such as the dict of handlers from which one is chosen at run time."""

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from mypy.checker import TypeChecker
from mypy.nodes import (
    AssignmentStmt,
    CallExpr,
    ConditionalExpr,
    DictExpr,
    DictionaryComprehension,
    Expression,
    ForStmt,
    GeneratorExpr,
    IndexExpr,
    ListExpr,
    MemberExpr,
    NameExpr,
    RefExpr,
    SetExpr,
    StarExpr,
    TupleExpr,
    Var,
)
from mypy.server.subexpr import get_subexpressions
from mypy.types import Instance, LiteralType

from typedflow_mypy.lib.checker import type_of
from typedflow_mypy.model.assignment import is_same
from typedflow_mypy.source.assignments import statements_within
from typedflow_mypy.source.constants import constants
from typedflow_mypy.state import State, entering

# What a variable may hold.
Values: TypeAlias = Callable[[Expression], list[Expression]]

_CONTAINERS: Final = {"builtins.dict", "builtins.list", "builtins.tuple", "types.MappingProxyType"}
_Item: TypeAlias = tuple[Expression | None, Expression]


def items(
    checker: TypeChecker, container: Expression, key: Expression | None, values: Values
) -> list[Expression] | None:
    """Return what a container may hold under a key, or under all if it is not known; None if that cannot be seen."""
    found = _items(checker, container, values)
    if found is None:
        return None
    wanted = [] if key is None else _known(checker, key)
    if len(wanted) != 1:
        return [item for _, item in found]
    known = [([] if at is None else _known(checker, at), item) for at, item in found]
    if isinstance(wanted[0], int) and all(at is None for at, _ in found):
        return [item for _, item in found[wanted[0] :][:1]]
    return [item for at, item in known if not at or at == wanted]


def iterated(checker: TypeChecker, variable: Var, values: Values) -> list[Expression] | None:
    """Return what the variable of a loop, or of a comprehension, may be; None if that cannot be seen."""
    found: list[tuple[Expression, Expression]] = [
        (each.index, each.expr) for each in statements_within(checker.tree.defs) if isinstance(each, ForStmt)
    ]
    for each in get_subexpressions(checker.tree):
        if isinstance(each, DictionaryComprehension | GeneratorExpr):
            found += zip(each.indices, each.sequences, strict=True)
    for index, sequence in found:
        match index, sequence:
            case NameExpr(), _ if index.node is variable:
                return items(checker, sequence, None, values)
            case TupleExpr(items=[_, NameExpr(node=node)]), CallExpr(callee=MemberExpr(name="items", expr=container)):
                if node is variable:
                    return items(checker, container, None, values)
    return None


def _known(checker: TypeChecker, key: Expression) -> list[object]:
    """The values of a key that can be read from the source, or the member of an enum that it is."""
    declared = type_of(checker, key)
    literal = declared.last_known_value if isinstance(declared, Instance) else declared
    return constants(checker, key) or ([literal] if isinstance(literal, LiteralType) else [])


def _items(checker: TypeChecker, container: Expression, values: Values) -> list[_Item] | None:
    held: list[_Item] | None = None
    match container:
        case DictExpr():
            held = _all(_of_key(checker, key, value, values) for key, value in container.items)
        case ListExpr() | SetExpr() | TupleExpr():
            held = _all(_of_element(checker, item, values) for item in container.items)
        case ConditionalExpr():
            held = _all(_items(checker, each, values) for each in (container.if_expr, container.else_expr))
        case IndexExpr():
            held = _chosen(checker, container, values)
        case DictionaryComprehension():
            held = _comprehended(checker, container, values)
        case CallExpr(callee=MemberExpr(name="copy" | "values" as name, expr=inner)):
            held = _items(checker, inner, values)
            held = [(None, item) for _, item in held] if held is not None and name == "values" else held
        case CallExpr(callee=RefExpr(fullname=name)) if name in _CONTAINERS:
            named = zip(container.arg_names, container.args, strict=True)
            held = _all([(None, each)] if name else _items(checker, each, values) for name, each in named)
        case NameExpr() | MemberExpr():
            held = _of_variable(checker, container, values)
    return held


def _all(parts: Iterator[list[_Item] | None]) -> list[_Item] | None:
    found = list(parts)
    return None if None in found else [item for part in found for item in part or ()]


def _of_key(checker: TypeChecker, key: Expression | None, value: Expression, values: Values) -> list[_Item] | None:
    return _items(checker, value, values) if key is None else [(key, value)]


def _of_element(checker: TypeChecker, element: Expression, values: Values) -> list[_Item] | None:
    return _items(checker, element.expr, values) if isinstance(element, StarExpr) else [(None, element)]


def _chosen(checker: TypeChecker, container: IndexExpr, values: Values) -> list[_Item] | None:
    """What the containers hold that a container holds."""
    inner = items(checker, container.base, container.index, values)
    return None if inner is None else _all(_items(checker, each, values) for each in inner)


def _comprehended(checker: TypeChecker, made: DictionaryComprehension, values: Values) -> list[_Item] | None:
    """What ``{name(item): item for item in items}`` holds."""
    variable, value = made.indices[0], made.value
    is_plain = isinstance(variable, NameExpr) and isinstance(value, NameExpr) and value.node is variable.node
    found = _items(checker, made.sequences[0], values) if is_plain else None
    return None if found is None else [(made.key, item) for _, item in found]


def _of_variable(checker: TypeChecker, variable: NameExpr | MemberExpr, values: Values) -> list[_Item] | None:
    with entering(State.of(checker).searching, variable.name) as is_new:
        assigned = values(variable) if is_new else []
        found = _all(_items(checker, value, values) for value in assigned)
        added = _all(_added(checker, variable, values)) if assigned else None
    return None if found is None or added is None else [*found, *added]


def _added(checker: TypeChecker, variable: NameExpr | MemberExpr, values: Values) -> Iterator[list[_Item] | None]:
    """What is put into a container later."""
    for statement in statements_within(checker.tree.defs):
        if isinstance(statement, AssignmentStmt):
            for target in statement.lvalues:
                if isinstance(target, IndexExpr) and is_same(variable, target.base):
                    yield [(target.index, statement.rvalue)]
    for call in get_subexpressions(checker.tree):
        if isinstance(call, CallExpr) and isinstance(call.callee, MemberExpr) and is_same(variable, call.callee.expr):
            match call.callee.name, call.args:
                case "update" | "extend", [other]:
                    yield _items(checker, other, values)
                case "setdefault", [key, value]:
                    yield [(key, value)]
                case "append", [value]:
                    yield [(None, value)]
