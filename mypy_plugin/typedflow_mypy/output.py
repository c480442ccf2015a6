"""The type of a step's output."""

from mypy.checker import TypeChecker
from mypy.maptype import map_instance_to_supertype
from mypy.nodes import DictExpr, Expression, FuncDef, StrExpr
from mypy.traverser import all_return_statements
from mypy.typeops import make_simplified_union
from mypy.types import AnyType, Instance, NoneType, Type, TypeOfAny, UnionType, get_proper_type

from typedflow_mypy.typed_dict import typed_dict


def awaited(returned: Type) -> Type:
    """Return what awaiting a value of this type gives, or the type itself if it cannot be awaited."""
    proper = get_proper_type(returned)
    if isinstance(proper, UnionType):
        return make_simplified_union([awaited(item) for item in proper.items])
    if isinstance(proper, Instance):
        awaitable = next((info for info in proper.type.mro if info.fullname == "typing.Awaitable"), None)
        if awaitable is not None:
            return map_instance_to_supertype(proper, awaitable).args[0]
    return returned


def inferred(checker: TypeChecker, function: FuncDef) -> Type:
    """Return the type that the checked body of a function returns, where the function does not say."""
    returned = [
        displayed(checker, statement.expr) if statement.expr is not None else NoneType()
        for statement in all_return_statements(function)
        if statement.expr is None or checker.has_type(statement.expr)
    ]
    return make_simplified_union(returned) if returned else NoneType()


def displayed(checker: TypeChecker, expression: Expression) -> Type:
    """Return the type of a returned expression; a dict display with literal keys is a TypedDict."""
    if isinstance(expression, DictExpr) and expression.items:
        items = {
            key.value: displayed(checker, value)
            for key, value in expression.items
            if isinstance(key, StrExpr) and checker.has_type(value)
        }
        if len(items) == len(expression.items):
            return typed_dict(checker, items)
    if not checker.has_type(expression):
        return AnyType(TypeOfAny.special_form)
    proper = get_proper_type(checker.lookup_type(expression))
    return proper.copy_modified(last_known_value=None) if isinstance(proper, Instance) else proper
