"""What mypy's checker is asked for most: itself, the type of an expression, and types that say nothing."""

from typing import Final

from mypy.checker import TypeChecker
from mypy.nodes import Context, Expression
from mypy.plugin import FunctionContext, FunctionSigContext, MethodContext, MethodSigContext
from mypy.types import AnyType, Instance, ProperType, Type, TypeOfAny, get_proper_type

# The type of what nothing is known of.
UNKNOWN: Final = AnyType(TypeOfAny.special_form)
# The type of what an error has been reported of: mypy adds no second error.
ERRONEOUS: Final = AnyType(TypeOfAny.from_error)


def checker_of(ctx: FunctionSigContext | FunctionContext | MethodSigContext | MethodContext) -> TypeChecker:
    """Return the checker that calls a hook; mypy promises only the smaller interface that a plugin should need."""
    assert isinstance(ctx.api, TypeChecker)
    return ctx.api


def type_of(checker: TypeChecker, expression: Expression) -> ProperType:
    """Return the type of an expression; what is wrong with it, mypy reports when it checks the call around it."""
    with checker.msg.filter_errors():
        return get_proper_type(checker.get_expression_type(expression))


def object_type(checker: TypeChecker) -> Instance:
    """Return the type ``object``: the one to expect where anything is allowed.

    If Any were expected, mypy would infer a list of Any from every list literal.
    """
    return checker.named_generic_type("builtins.object", [])


def iterated(checker: TypeChecker, iterable: Type, place: Context) -> Type:
    """Return the type of what a loop over a value of this type yields; Any if it cannot be iterated over."""
    with checker.msg.filter_errors() as errors:
        _, found = checker.analyze_iterable_item_type_without_expression(iterable, place)
    return UNKNOWN if errors.has_new_errors() else found
