"""Where a callable was defined that is not named: the value of a variable or property, or what a call returned."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from mypy.checker import TypeChecker
from mypy.nodes import (
    NOT_ABSTRACT,
    CallExpr,
    Decorator,
    Expression,
    FuncDef,
    LambdaExpr,
    MemberExpr,
    NameExpr,
    Node,
    RefExpr,
    SymbolNode,
    TypeInfo,
    Var,
)
from mypy.traverser import all_return_statements
from mypy.typeops import bind_self
from mypy.types import (
    CallableType,
    Instance,
    ProperType,
    TypeType,
    TypeVarType,
    get_proper_type,
)

from typedflow_mypy import assignments
from typedflow_mypy.annotation import is_undecided


@dataclass(frozen=True)
class Origin:
    """Where a callable was defined.

    Attributes:
        definition: Its function.
        is_wrapped: Whether a call made something else of that, as a decorator does.
        maker: The function that it stands within and that returned it, if there is one.
    """

    definition: FuncDef | Decorator | LambdaExpr
    is_wrapped: bool
    maker: FuncDef | None = None


def of(checker: TypeChecker, expression: Expression) -> Origin | None:
    """Return what an expression leads to in the module that is being checked; None if that cannot be seen."""
    if isinstance(expression, LambdaExpr):
        return Origin(expression, is_wrapped=False)
    if isinstance(expression, CallExpr):
        return _of_call(checker, expression)
    node = named(checker, expression)
    if isinstance(node, Decorator) and node.func.is_property:
        return _returned(checker, node)
    if isinstance(node, FuncDef | Decorator):
        return Origin(node, is_wrapped=False)
    values = assignments.values(checker, node) if isinstance(node, Var) else []
    return of(checker, values[0]) if len(values) == 1 else None


def around(checker: TypeChecker, expression: Expression, found: Origin | None) -> list[Origin]:
    """Return the functions of this module that decorators, or a call, put around the one that was found."""
    if isinstance(expression, CallExpr):
        makers = [expression.callee]
    else:
        makers = found.definition.decorators if found is not None and isinstance(found.definition, Decorator) else []
    made = [_made_by(checker, maker) for maker in makers]
    return [each for each in made if each is not None and (found is None or each.definition is not found.definition)]


def overrides(checker: TypeChecker, expression: Expression) -> list[Origin]:
    """Return what the subclasses in this module have in place of a method that is read off ``self`` or ``cls``."""
    if not isinstance(expression, MemberExpr) or not isinstance(expression.expr, NameExpr):
        return []
    owner = _instance(get_proper_type(checker.lookup_type_or_none(expression.expr)))
    if owner is None or not isinstance(expression.expr.node, Var) or not _is_self(expression.expr.node):
        return []
    classes = [symbol.node for symbol in checker.tree.names.values() if isinstance(symbol.node, TypeInfo)]
    names = [each.names.get(expression.name) for each in classes if owner.type in each.mro[1:]]
    nodes = [symbol.node for symbol in names if symbol is not None]
    return [Origin(node, is_wrapped=True) for node in nodes if isinstance(node, FuncDef | Decorator)]


def _is_self(variable: Var) -> bool:
    return variable.is_self or variable.is_cls


def _made_by(checker: TypeChecker, maker: Expression) -> Origin | None:
    """What a call of something returns; a decorator that is called with arguments returns the decorator."""
    if not isinstance(maker, CallExpr):
        return _returned(checker, named(checker, maker))
    decorator = _made_by(checker, maker.callee)
    made = None if decorator is None else _returned(checker, decorator.definition)
    return None if decorator is None or made is None else replace(made, maker=decorator.maker)


def _of_call(checker: TypeChecker, call: CallExpr) -> Origin | None:
    """A function that is handed over and reads the step input comes first; else it is what the called one returns."""
    for wrapped in _handed_over(checker, call):
        return Origin(wrapped, is_wrapped=True)
    return _made_by(checker, call.callee)


def _handed_over(checker: TypeChecker, call: CallExpr) -> Iterator[FuncDef | LambdaExpr]:
    for argument in call.args:
        found = argument if isinstance(argument, LambdaExpr) else named(checker, argument)
        if isinstance(found, FuncDef | LambdaExpr) and _takes_step_input(checker, argument):
            yield found


def _takes_step_input(checker: TypeChecker, expression: Expression) -> bool:
    """Whether a function, or a lambda where one is expected, takes what is annotated ``StepInput``."""
    declared = get_proper_type(checker.lookup_type_or_none(expression))
    return isinstance(declared, CallableType) and any(is_undecided(taken) for taken in declared.arg_types)


def _returned(checker: TypeChecker, node: Node | None) -> Origin | None:
    function = node.func if isinstance(node, Decorator) and not node.decorators else node
    if not isinstance(function, FuncDef) or not is_here(checker, function):
        return None
    returned = [statement.expr for statement in all_return_statements(function) if statement.expr is not None]
    found = of(checker, returned[0]) if len(returned) == 1 and not isinstance(returned[0], CallExpr) else None
    return None if found is None else Origin(found.definition, is_wrapped=True, maker=function)


def named(checker: TypeChecker, expression: Expression) -> SymbolNode | None:
    """What a name stands for, or a name after a dot: a decorated function's type need not know its definition."""
    if not isinstance(expression, MemberExpr) or expression.node is not None:
        return expression.node if isinstance(expression, RefExpr) else None
    owner = _instance(get_proper_type(checker.lookup_type_or_none(expression.expr)))
    symbol = owner.type.get(expression.name) if owner is not None else None
    return symbol.node if symbol is not None else None


def _instance(owner: ProperType | None) -> Instance | None:
    """The instance whose members an object has: that of its class, if the object is a class."""
    if isinstance(owner, CallableType) and owner.is_type_obj():
        return _instance(get_proper_type(owner.ret_type))
    if isinstance(owner, TypeType):
        return _instance(owner.item)
    if isinstance(owner, TypeVarType):
        return _instance(get_proper_type(owner.upper_bound))
    return owner if isinstance(owner, Instance) else None


def forgotten(checker: TypeChecker, expression: Expression) -> ProperType | None:
    """Return the type of a static or class method that the daemon has forgotten and will look at again after this."""
    node = named(checker, expression)
    if not isinstance(node, Decorator) or node.decorators or node.var.type is not None or node.func.type is None:
        return None
    declared = checker.function_type(node.func)
    return bind_self(declared) if node.func.is_class else declared


def is_nested(checker: TypeChecker, function: FuncDef) -> bool:
    """Whether a function stands within another, of which mypy checks it as a part."""
    return not function.info and function.fullname.rpartition(".")[0] not in checker.modules


def is_here(checker: TypeChecker, function: FuncDef) -> bool:
    """Whether a function's body is in the module being checked; another's may come from mypy's cache without one."""
    around = function.fullname.rpartition(".")[0]
    while around and around not in checker.modules:  # the name of a class, whose method the function may be nested in
        around = around.rpartition(".")[0]
    is_declared_only = bool(function.info) and (function.info.is_protocol or function.abstract_status != NOT_ABSTRACT)
    return around in {"", checker.tree.fullname} and not is_declared_only
