"""The forms a handler comes in: where its body is, and which of its parameters takes the step input."""

from collections.abc import Iterator
from dataclasses import dataclass

from mypy.checker import TypeChecker
from mypy.nodes import (
    ARG_OPT,
    ARG_POS,
    NOT_ABSTRACT,
    ConditionalExpr,
    Decorator,
    Expression,
    FuncDef,
    LambdaExpr,
    MemberExpr,
    RefExpr,
    SymbolNode,
)
from mypy.plugin import AnalyzeTypeContext
from mypy.subtypes import find_member
from mypy.types import (
    AnyType,
    CallableType,
    Instance,
    ProperType,
    Type,
    TypeOfAny,
    UnionType,
    get_proper_type,
)

from typedflow_mypy.typed_dict import is_step_input


def undecided(ctx: AnalyzeTypeContext) -> Type:  # noqa: ARG001  the answer is the same everywhere
    """What ``StepInput`` means until a flow says which step it is the input of."""
    return AnyType(TypeOfAny.special_form)


@dataclass(frozen=True)
class Body:
    """A function of the module being checked, whose input a flow decides.

    Attributes:
        function: The function.
        position: Which of its parameters takes the step input.
        decorator: What is around it, if anything.
    """

    function: FuncDef
    position: int
    decorator: Decorator | None


@dataclass(frozen=True)
class Handler:
    """One callable that may be called as the handler of a step.

    Attributes:
        expression: Where it stands.
        type: What it is, without a context; a callable object is its ``__call__``.
        body: Its body, if that is to be checked with the step input.
        function: Its function, wherever that is defined.
    """

    expression: Expression
    type: ProperType
    body: Body | None
    function: FuncDef | None

    @classmethod
    def alternatives(cls, checker: TypeChecker, expression: Expression) -> list["Handler"]:
        """Return what may be called: a conditional expression, or a union, has several."""
        if isinstance(expression, ConditionalExpr):
            branches = (expression.if_expr, expression.else_expr)
            return [found for branch in branches for found in cls.alternatives(checker, branch)]
        if isinstance(expression, LambdaExpr):
            return [cls(expression, AnyType(TypeOfAny.special_form), None, None)]
        with checker.msg.filter_errors():
            declared = get_proper_type(checker.get_expression_type(expression))
        return [cls._of(checker, expression, _called(item)) for item in _items(declared)]

    @classmethod
    def _of(cls, checker: TypeChecker, expression: Expression, called: ProperType) -> "Handler":
        defined = _named(checker, expression)
        if not isinstance(defined, FuncDef | Decorator) and isinstance(called, CallableType):
            defined = called.definition
        decorator = defined if isinstance(defined, Decorator) else None
        function = decorator.func if decorator is not None else defined
        if not isinstance(function, FuncDef):
            return cls(expression, called, None, None)
        position = (
            _position(function, called, is_decorated=decorator is not None) if _is_here(checker, function) else None
        )
        body = None if position is None else Body(function, position, decorator)
        return cls(expression, called, body, function)


def _items(declared: ProperType) -> Iterator[ProperType]:
    if isinstance(declared, UnionType):
        for item in declared.items:
            yield from _items(get_proper_type(item))
    else:
        yield declared


def _called(handler: ProperType) -> ProperType:
    if not isinstance(handler, Instance):
        return handler
    if handler.extra_attrs is not None and "__mypy_partial" in handler.extra_attrs.attrs:
        return get_proper_type(handler.extra_attrs.attrs["__mypy_partial"])
    called = find_member("__call__", handler, handler)
    return get_proper_type(called) if called is not None else handler


def _named(checker: TypeChecker, expression: Expression) -> SymbolNode | None:
    """What a name stands for, or a name after a dot: a decorated function's type need not know its definition."""
    if not isinstance(expression, MemberExpr) or expression.node is not None:
        return expression.node if isinstance(expression, RefExpr) else None
    owner = get_proper_type(checker.lookup_type(expression.expr))
    if isinstance(owner, CallableType) and owner.is_type_obj():
        owner = get_proper_type(owner.ret_type)
    symbol = owner.type.get(expression.name) if isinstance(owner, Instance) else None
    return symbol.node if symbol is not None else None


def _is_here(checker: TypeChecker, function: FuncDef) -> bool:
    """Whether a function's body is in the module being checked; another's may come from mypy's cache without one."""
    module = function.info.module_name if function.info else function.fullname.rpartition(".")[0]
    is_declared_only = bool(function.info) and (function.info.is_protocol or function.abstract_status != NOT_ABSTRACT)
    return module in {"", checker.tree.fullname} and bool(function.arguments) and not is_declared_only


def _position(function: FuncDef, called: ProperType, *, is_decorated: bool) -> int | None:
    """Which parameter takes the step input: the first that the step fills, or the one that is annotated `StepInput`."""
    if function.is_generator:
        return None
    declared = function.type.arg_types if isinstance(function.type, CallableType) else []
    if is_decorated:  # a decorator may hand over other arguments than it is given
        undecided = next((index for index, annotation in enumerate(declared) if _is_undecided(annotation)), None)
        if undecided is not None:
            return undecided
    if not isinstance(called, CallableType):
        return None
    # Binding a method, or positional arguments of a partial, takes the first parameters away.
    first = len(function.arguments) - len(called.arg_types)
    if not 0 <= first < len(function.arguments) or function.arguments[first].kind not in {ARG_POS, ARG_OPT}:
        return None
    return first if not declared or is_unsaid(declared[first]) or _is_undecided(declared[first]) else None


def is_unsaid(annotation: Type) -> bool:
    """Whether a parameter, or what is returned, has no annotation."""
    proper = get_proper_type(annotation)
    return isinstance(proper, AnyType) and proper.type_of_any == TypeOfAny.unannotated


def _is_undecided(annotation: Type) -> bool:
    """Whether a parameter is annotated ``StepInput``, or has the type already that a flow inferred for it."""
    proper = get_proper_type(annotation)
    return is_step_input(proper) or (isinstance(proper, AnyType) and proper.type_of_any == TypeOfAny.special_form)
