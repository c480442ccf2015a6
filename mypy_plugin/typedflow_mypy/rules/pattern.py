"""The pattern of a condition, part by part: what is written out as a dict or list, and the type of anything else."""

import math
from decimal import Decimal
from typing import Final

from mypy.checker import TypeChecker
from mypy.messages import format_type
from mypy.nodes import ConditionalExpr, DictExpr, Expression, LambdaExpr, ListExpr, StarExpr, TupleExpr
from mypy.types import (
    FunctionLike,
    Instance,
    LiteralType,
    Type,
    TypedDictType,
    TypeType,
    UnionType,
    get_proper_type,
)

from typedflow_mypy.lib.checker import UNKNOWN, type_of
from typedflow_mypy.rules.json_shape import Array, NotJson, Object, Part, Scalar, Shape, kind_of, shapes_of_type
from typedflow_mypy.rules.options import is_unset
from typedflow_mypy.source.constants import constants, literals

_CONTAINERS: Final = {"builtins.dict", "builtins.list", "builtins.tuple"}
# Whose values may be one of those.
_WIDER: Final = {
    "builtins.object",
    "typing.Collection",
    "typing.Iterable",
    "typing.Mapping",
    "typing.MutableMapping",
    "typing.MutableSequence",
    "typing.Sequence",
}


def pattern_alternatives(checker: TypeChecker, part: Part) -> list[Part]:
    """Return the parts that a pattern may be: the branches of a conditional expression, the items of a union."""
    if isinstance(part, ConditionalExpr):
        return [*pattern_alternatives(checker, part.if_expr), *pattern_alternatives(checker, part.else_expr)]
    declared = get_proper_type(_declared(checker, part) if isinstance(part, Expression) else part)
    if isinstance(declared, UnionType):
        return [each for item in declared.items for each in pattern_alternatives(checker, item)]
    return [] if is_unset(declared) else [part]


def predicates_of(checker: TypeChecker, condition: Expression) -> list[Expression]:
    """Return the expressions of a condition that are called: the predicates among its alternatives."""
    if isinstance(condition, ConditionalExpr):
        return [*predicates_of(checker, condition.if_expr), *predicates_of(checker, condition.else_expr)]
    return [condition] if is_predicate(checker, condition) else []


def is_predicate(checker: TypeChecker, part: Part) -> bool:
    """Whether what stands for a condition can be called."""
    if isinstance(part, LambdaExpr):
        return True
    proper = type_of(checker, part) if isinstance(part, Expression) else get_proper_type(part)
    if isinstance(proper, Instance):
        return proper.type.get_method("__call__") is not None
    return isinstance(proper, FunctionLike | TypeType)


def shapes_of(checker: TypeChecker, part: Part) -> list[Shape]:
    """Return what a part of a pattern, with no alternatives, may look like."""
    if isinstance(part, DictExpr):
        return _of_dict(checker, part)
    if isinstance(part, ListExpr | TupleExpr):
        return [Array(tuple(UNKNOWN if isinstance(item, StarExpr) else item for item in part.items))]
    if isinstance(part, Expression):
        if known := constants(checker, part):
            return [_of_constant(constant) for constant in known]
        declared = type_of(checker, part)
        part = (declared.last_known_value if isinstance(declared, Instance) else None) or declared
    return shapes_of_type(part) if _is_json(part) else [NotJson(format_type(part, checker.options))]


def described(checker: TypeChecker, part: Part) -> str:
    """Say what a part of a pattern is, for a message."""
    if isinstance(part, DictExpr):
        return "a dict"
    if isinstance(part, ListExpr | TupleExpr):
        return "a list"
    known = constants(checker, part) if isinstance(part, Expression) else literals(get_proper_type(part))
    if known:
        return written(known[0])
    return format_type(type_of(checker, part) if isinstance(part, Expression) else part, checker.options)


def written(constant: object) -> str:
    """Write a value as it stands in the source, with double quotes."""
    return f'"{constant}"' if isinstance(constant, str) else repr(constant)


def _declared(checker: TypeChecker, expression: Expression) -> Type | None:
    """The type of an expression that is not read part by part."""
    is_literal = isinstance(expression, DictExpr | ListExpr | TupleExpr)
    return None if is_literal or len(constants(checker, expression)) == 1 else type_of(checker, expression)


def _of_dict(checker: TypeChecker, literal: DictExpr) -> list[Shape]:
    keys: dict[str, Part] = {}
    for key, value in literal.items:
        known = constants(checker, key) if key is not None else []
        if len(known) == 1 and isinstance(known[0], str):
            keys[known[0]] = value
        elif wrong := [each for each in known if not isinstance(each, str)]:
            return [NotJson(f"the key {wrong[0]!r}")]
        elif key is None:
            spread = type_of(checker, value)
            keys.update(spread.items if isinstance(spread, TypedDictType) else {})
    return [Object(keys)]


def _of_constant(constant: object) -> Shape:
    if constant is None:
        return Scalar("null")
    if isinstance(constant, bool):
        return Scalar("boolean", constant)
    if isinstance(constant, str):
        return Scalar("string", constant)
    if isinstance(constant, int):
        return Scalar("integer", constant)
    if isinstance(constant, float) and math.isfinite(constant):
        exact = Decimal(repr(constant))  # as a condition compares it: 1e23 is 10**23
        return Scalar("integer", int(exact)) if exact == int(exact) else Scalar("fraction", constant)
    return NotJson(repr(constant))


def _is_json(declared: Type) -> bool:
    """Whether a value of this type may be a pattern; anything else, such as a date, has to be written in JSON."""
    proper = get_proper_type(declared)
    if isinstance(proper, LiteralType):
        return kind_of(proper.fallback.type) is not None
    if isinstance(proper, Instance):
        info = proper.type
        is_container = any(base.fullname in _CONTAINERS for base in info.mro)
        return is_container or info.fullname in _WIDER or kind_of(info) is not None
    return not isinstance(proper, FunctionLike | TypeType)
