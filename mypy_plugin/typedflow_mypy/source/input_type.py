"""A type that is written where a value is expected, as in ``Flow("scores", int | None)``.

mypy takes a class there for what it is, but a union, a ``Literal`` or an ``Annotated`` for an object of ``typing``.
"""

from typing import Final

from mypy.checker import TypeChecker
from mypy.nodes import BytesExpr, Expression, IndexExpr, IntExpr, OpExpr, RefExpr, StrExpr, TupleExpr, TypeAlias
from mypy.types import (
    AnyType,
    FunctionLike,
    Instance,
    LiteralType,
    NoneType,
    TupleType,
    Type,
    TypedDictType,
    TypeOfAny,
    TypeType,
    UnionType,
    get_proper_type,
)
from mypy.typevars import fill_typevars_with_any

from typedflow_mypy.lib.checker import type_of

_ANY: Final = "typing.Any"
_FORMS: Final = {"Annotated", "Literal", "Optional", "Union"}
_MODULES: Final = {"typing", "typing_extensions"}
_OF_TYPES: Final = {"types", *_MODULES}


def special_form(checker: TypeChecker, expression: Expression) -> Type | None:
    """Return the type that an expression stands for; None if it is a class that mypy itself accepts as one."""
    seen = type_of(checker, expression)
    if isinstance(seen, FunctionLike) and seen.is_type_obj():
        info = seen.type_object()
        if info.fullname != _ANY and not (info.is_abstract or info.is_protocol):
            return None
    return _written(checker, expression)


def written_type(checker: TypeChecker, expression: Expression) -> Type | None:
    """Return the type that an expression stands for, also if it is a class; None if it stands for no type."""
    if (form := special_form(checker, expression)) is not None:
        return form
    seen = type_of(checker, expression)
    if isinstance(seen, FunctionLike) and seen.is_type_obj():
        made = get_proper_type(seen.items[0].ret_type)
        return fill_typevars_with_any(seen.type_object()) if seen.items[0].variables else made
    return _class(checker, expression)


def value(checker: TypeChecker, expression: Expression) -> Type | None:
    """Return the type of an expression that stands for no type, but is a value of one."""
    seen = type_of(checker, expression)
    if isinstance(seen, Instance):
        return None if seen.type.is_metaclass() or seen.type.module_name in _OF_TYPES else seen
    return seen if isinstance(seen, TupleType | TypedDictType) else None


def _written(checker: TypeChecker, expression: Expression) -> Type | None:
    if isinstance(expression, OpExpr) and expression.op == "|":
        return _union(checker, [expression.left, expression.right])
    if isinstance(expression, IndexExpr) and isinstance(expression.base, RefExpr) and (form := _form(expression.base)):
        index = expression.index
        return _of_form(checker, form, index.items if isinstance(index, TupleExpr) else [index])
    if isinstance(expression, RefExpr) and isinstance(expression.node, TypeAlias) and not expression.node.alias_tvars:
        return expression.node.target
    if isinstance(expression, RefExpr) and expression.fullname == _ANY:
        return AnyType(TypeOfAny.explicit)
    return _class(checker, expression)


def _of_form(checker: TypeChecker, form: str, arguments: list[Expression]) -> Type | None:
    if form == "Annotated":
        return _written(checker, arguments[0])
    if form == "Literal":
        literals = [_literal(checker, argument) for argument in arguments]
        known = [literal for literal in literals if literal is not None]
        return UnionType.make_union(known) if len(known) == len(literals) else None
    parts = _union(checker, arguments)
    return UnionType.make_union([parts, NoneType()]) if parts is not None and form == "Optional" else parts


def _form(reference: RefExpr) -> str | None:
    module, _, name = reference.fullname.rpartition(".")
    return name if module in _MODULES and name in _FORMS else None


def _union(checker: TypeChecker, expressions: list[Expression]) -> Type | None:
    items = [_written(checker, expression) for expression in expressions]
    known = [item for item in items if item is not None]
    return UnionType.make_union(known) if len(known) == len(items) else None


def _literal(checker: TypeChecker, expression: Expression) -> Type | None:
    if isinstance(expression, StrExpr | BytesExpr | IntExpr):
        name = {StrExpr: "str", BytesExpr: "bytes", IntExpr: "int"}[type(expression)]
        return LiteralType(expression.value, checker.named_generic_type(f"builtins.{name}", []))
    value = type_of(checker, expression)
    if isinstance(value, Instance) and value.last_known_value is not None:
        return value.last_known_value
    return value if isinstance(value, LiteralType | NoneType) else None


def _class(checker: TypeChecker, expression: Expression) -> Type | None:
    seen = type_of(checker, expression)
    if isinstance(seen, FunctionLike) and seen.is_type_obj() and not seen.items[0].variables:
        return seen.items[0].ret_type
    if isinstance(seen, TypeType):
        return seen.item
    return seen if isinstance(seen, NoneType) else None
