"""The calls that make an object, and where it keeps their arguments."""

from collections.abc import Iterator

from mypy.checker import TypeChecker
from mypy.nodes import CallExpr, Decorator, Expression, FuncDef, MemberExpr, NameExpr, TypeInfo, Var
from mypy.server.subexpr import get_subexpressions
from mypy.types import CallableType, get_proper_type

from typedflow_mypy.source import assignments
from typedflow_mypy.source.assignments import assignments_within


def constructions(checker: TypeChecker, expression: Expression) -> Iterator[tuple[CallExpr, CallableType]]:
    """Find the calls of a class that make what an expression stands for, each with the type of the class."""
    if isinstance(expression, NameExpr) and isinstance(expression.node, Var):
        made: list[Expression] = assignments.values(checker, expression.node)
    else:
        made = [expression]
    for call in made:
        if isinstance(call, CallExpr):
            called = get_proper_type(checker.lookup_type_or_none(call.callee))
            if isinstance(called, CallableType) and called.is_type_obj():
                yield call, called


def arguments_for(checker: TypeChecker, call: CallExpr, made: CallableType, names: set[str] | None) -> list[Expression]:
    """Return the arguments that the attributes of these names, or of any, are made of, as far as that can be seen."""
    info, positional = made.type_object(), list(made.arg_names)
    found: list[Expression] = []
    for index, (name, argument) in enumerate(zip(call.arg_names, call.args, strict=True)):
        parameter = name or (positional[index] if index < len(positional) else None)
        kept = None if parameter is None else _attributes(checker, info, parameter)
        if names is None or kept is None or not kept.isdisjoint(names):
            found.append(argument)
    return found


def names_used(checker: TypeChecker, info: TypeInfo, method: str) -> set[str] | None:
    """Return the names of attributes that a method uses, also in the methods that it calls; None if it is not here."""
    used: set[str] = set()
    names = [method]
    while names:
        name = names.pop()
        function = None if name in used else _method(info, name)
        used.add(name)
        if function is not None and not _is_of_object(function):
            if not _is_here(checker, function):
                return None
            found = get_subexpressions(function)
            names += [each.name for each in found if isinstance(each, MemberExpr)]
            names += ["__call__" for each in found if isinstance(each, CallExpr) and _is_self(each.callee)]
    return used


def _is_self(expression: Expression) -> bool:
    return isinstance(expression, NameExpr) and isinstance(expression.node, Var) and expression.node.is_self


def _attributes(checker: TypeChecker, info: TypeInfo, parameter: str) -> set[str] | None:
    """The attributes that are made of a parameter of ``__init__``; None if that cannot be seen."""
    function = _method(info, "__init__")
    if function is None or _is_of_object(function):
        return {parameter}  # it is that of a dataclass or of a NamedTuple
    if not _is_here(checker, function):
        return None
    found = {
        each.target.name
        for each in assignments_within(function.body.body)
        if isinstance(each.target, MemberExpr) and _mentions(each.statement.rvalue, parameter)
    }
    return found or None


def _method(info: TypeInfo, name: str) -> FuncDef | None:
    symbol = info.get(name)
    if symbol is None or symbol.plugin_generated:
        return None
    function = symbol.node.func if isinstance(symbol.node, Decorator) else symbol.node
    return function if isinstance(function, FuncDef) else None


def _is_of_object(function: FuncDef) -> bool:
    return function.info.fullname == "builtins.object"


def _is_here(checker: TypeChecker, function: FuncDef) -> bool:
    """Whether a method is in the module being checked; another's may come from mypy's cache without its body."""
    return function.info.module_name == checker.tree.fullname


def _mentions(value: Expression, parameter: str) -> bool:
    return any(isinstance(each, NameExpr) and each.name == parameter for each in get_subexpressions(value))
