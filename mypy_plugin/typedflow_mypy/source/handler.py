"""The forms a handler comes in: where its body is, and which of its parameters takes the step input."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from mypy.checker import TypeChecker
from mypy.nodes import (
    ARG_OPT,
    ARG_POS,
    ConditionalExpr,
    Decorator,
    Expression,
    FuncDef,
    LambdaExpr,
)
from mypy.types import (
    AnyType,
    CallableType,
    Instance,
    ProperType,
    TypeVarLikeType,
    UnionType,
    get_proper_type,
)

from typedflow_mypy.lib import fullnames
from typedflow_mypy.lib.checker import UNKNOWN, type_of
from typedflow_mypy.model.handler import Body, Handler
from typedflow_mypy.model.resources import is_open_context
from typedflow_mypy.model.step_input import lacks_annotation, mentions_step_input, step_input_position
from typedflow_mypy.source import origin
from typedflow_mypy.source.kept import kept_by

# What is called with any arguments, and calls something else.
_SAY_NOTHING: Final = {fullnames.PARTIAL, fullnames.SINGLE_DISPATCH}


def handlers_of(checker: TypeChecker, expression: Expression) -> list[Handler]:
    """Return what may be called: a conditional expression, or a union, has several."""
    if isinstance(expression, ConditionalExpr):
        branches = (expression.if_expr, expression.else_expr)
        return [handler for branch in branches for handler in handlers_of(checker, branch)]
    if isinstance(expression, LambdaExpr):
        return [Handler(expression, UNKNOWN, None, expression)]
    declared = origin.forgotten_type(checker, expression) or type_of(checker, expression)
    return handlers_of_type(checker, expression, declared)


def handlers_of_type(checker: TypeChecker, expression: Expression, declared: ProperType) -> list[Handler]:
    """Return what may be called where an expression has this type."""
    return [_handler(checker, expression, item) for item in _items(declared)]


def _handler(checker: TypeChecker, expression: Expression, declared: ProperType) -> Handler:
    called = origin.called_type(declared)
    origins = origin.callable_origins(checker, expression, origin.concrete_self(checker, expression))
    own = [_body(checker, each, called) for each in origins]
    if own == [None] and isinstance(declared, Instance):  # an object that calls a function, which it may be made of
        origins = origin.origins_of(checker, expression) or origins
        own = [_body(checker, each, called) for each in origins]
    around = [*origin.origins_around(checker, expression, origins), *origin.overrides(checker, expression)]
    all_here = len(own) == 1 or None not in own
    bodies = [*(own if all_here else []), *(_other(checker, each, called) for each in around)]
    says_nothing = isinstance(declared, Instance) and declared.type.fullname in _SAY_NOTHING
    unseen = expression if says_nothing and not any(bodies) and not _is_known_partial(declared) else None
    for argument, kept in kept_by(checker, expression):
        found = [_other(checker, each, called) for each in kept]
        bodies += found
        unseen = argument if None in found or not found else unseen
    known = [body for body in bodies if body is not None]
    function = _function(origins[0].definition) if origins else None
    of_context = _body_of_context(checker, origins[0], called) if len(origins) == 1 and not known else None
    first = known[0] if known else None
    return Handler(expression, called, first, function, of_context, tuple(known[1:]), unseen)


def _is_known_partial(declared: ProperType) -> bool:
    return isinstance(declared, Instance) and origin.is_partial(declared)


def _function(definition: FuncDef | Decorator | LambdaExpr) -> FuncDef | LambdaExpr:
    return definition.func if isinstance(definition, Decorator) else definition


def _body(checker: TypeChecker, found: origin.Origin, called: ProperType) -> Body | None:
    decorator = found.definition if isinstance(found.definition, Decorator) else None
    function = _function(found.definition)
    if isinstance(function, FuncDef) and not origin.is_here(checker, function):
        return None
    is_changed = found.is_wrapped
    if decorator is not None and decorator.decorators:
        is_changed = True
        if _passes_something_else(checker, decorator):
            called = UNKNOWN
    position = _position(function, called, is_changed=is_changed)
    if position is None:
        return None
    is_method = isinstance(function, FuncDef) and found.receiver is not None and function.info in found.receiver.mro
    receiver = found.receiver if is_method else None
    return Body(function, position, decorator, found.is_wrapped, found.maker, receiver=receiver)


def _body_of_context(checker: TypeChecker, found: origin.Origin, called: ProperType) -> Body | None:
    """The body of a function that says what it takes, but has a bare `StepContext` for its second parameter."""
    function = found.definition
    if not isinstance(function, FuncDef) or not isinstance(called, CallableType):
        return None
    if not origin.is_here(checker, function) or function.is_generator:
        return None
    first = len(function.arguments) - len(called.arg_types)
    if found.is_wrapped or called.variables or first < 0 or not is_open_context(function, first + 1):
        return None
    receiver = found.receiver if found.receiver is not None and function.info in found.receiver.mro else None
    return Body(function, first, is_shared=True, receiver=receiver, is_of_context=True)


def _other(checker: TypeChecker, found: origin.Origin, called: ProperType) -> Body | None:
    first = _first(called)
    if isinstance(found.definition, LambdaExpr) and (first is None or not mentions_step_input(first)):
        return None  # it is a type variable, which says nothing within the lambda
    body = _body(checker, found, called)
    return None if body is None else replace(body, is_shared=True)


def _passes_something_else(checker: TypeChecker, decorator: Decorator) -> bool:
    """Whether a decorator declares that it calls the function with something other than the step input."""
    decorated = _first(type_of(checker, decorator.decorators[-1]))
    passed = _first(decorated) if isinstance(decorated, CallableType) and not decorated.is_ellipsis_args else None
    return passed is not None and not isinstance(passed, AnyType | TypeVarLikeType)


def _first(called: ProperType) -> ProperType | None:
    return get_proper_type(called.arg_types[0]) if isinstance(called, CallableType) and called.arg_types else None


def _items(declared: ProperType) -> Iterator[ProperType]:
    if isinstance(declared, UnionType):
        for item in declared.items:
            yield from _items(get_proper_type(item))
    else:
        yield declared


def _position(function: FuncDef | LambdaExpr, called: ProperType, *, is_changed: bool) -> int | None:
    """Which parameter takes the step input: the first that the step fills, or the one that is annotated `StepInput`."""
    if function.is_generator:
        return None
    declared = function.type.arg_types if isinstance(function.type, CallableType) else []
    undecided = step_input_position(function) if is_changed and isinstance(function, FuncDef) else None
    if undecided is not None:  # a decorator may pass other arguments than it receives
        return undecided
    if not isinstance(called, CallableType):
        return None
    # Binding a method, or positional arguments of a partial, takes the first parameters away.
    first = len(function.arguments) - len(called.arg_types)
    if not 0 <= first < len(function.arguments) or function.arguments[first].kind not in {ARG_POS, ARG_OPT}:
        return None
    is_open = not declared or mentions_step_input(declared[first]) or lacks_annotation(function, first)
    return first if is_open else None
