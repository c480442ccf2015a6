"""Where a callable was defined, if it is the value of a variable or property, or what a call returned."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from mypy.checker import TypeChecker
from mypy.nodes import (
    NOT_ABSTRACT,
    AssignmentExpr,
    CallExpr,
    ConditionalExpr,
    Decorator,
    DictExpr,
    Expression,
    FuncDef,
    IndexExpr,
    LambdaExpr,
    ListExpr,
    MemberExpr,
    NameExpr,
    Node,
    OpExpr,
    RefExpr,
    SetExpr,
    SuperExpr,
    SymbolNode,
    TupleExpr,
    TypeInfo,
    Var,
)
from mypy.subtypes import find_member
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

from typedflow_mypy.lib import fullnames
from typedflow_mypy.lib.checker import type_of
from typedflow_mypy.model.step_input import mentions_step_input
from typedflow_mypy.source import assignments, construction, containers
from typedflow_mypy.state import State, entering


@dataclass(frozen=True)
class Origin:
    """Where a callable was defined.

    Attributes:
        definition: Its function.
        is_wrapped: Whether a call made something else of that, as a decorator does.
        maker: The function that it stands within and that returned it, if there is one.
        receiver: Of a method, the class of the object that it is read off.
    """

    definition: FuncDef | Decorator | LambdaExpr
    is_wrapped: bool
    maker: FuncDef | None = None
    receiver: TypeInfo | None = None


def origins_of(checker: TypeChecker, expression: Expression, own: TypeInfo | None = None) -> list[Origin]:
    """Return all that an expression may lead to in the module that is being checked; none if some cannot be seen.

    Within a method that mypy may not have checked yet, `own` is the class of its self.
    """
    match expression:
        case LambdaExpr():
            return [Origin(expression, is_wrapped=False)]
        case AssignmentExpr():
            chosen_from = [expression.value]
        case ConditionalExpr():
            chosen_from = [expression.if_expr, expression.else_expr]
        case OpExpr(op="or" | "and"):
            chosen_from = [expression.left, expression.right]
        case IndexExpr():
            chosen_from = _held(checker, expression.base, expression.index)
        case CallExpr():
            return _of_call(checker, expression, own)
        case _:
            return _of_name(checker, expression, own)
    return _all(checker, chosen_from, own)


def callable_origins(checker: TypeChecker, expression: Expression, own: TypeInfo | None = None) -> list[Origin]:
    """Return what an expression leads to; of an object that is called, its ``__call__``."""
    declared = get_proper_type(checker.lookup_type_or_none(expression))
    called = None if declared is None else called_type(declared)
    definition = called.definition if isinstance(called, CallableType) else None
    if isinstance(declared, Instance) and isinstance(definition, FuncDef | Decorator) and not is_partial(declared):
        function = definition.func if isinstance(definition, Decorator) else definition
        if is_here(checker, function):
            return [Origin(definition, is_wrapped=False, receiver=declared.type)]
    found = origins_of(checker, expression, own)
    if not found and isinstance(declared, Instance) and is_partial(declared) and isinstance(definition, FuncDef):
        return [Origin(definition, is_wrapped=False, receiver=receiver_of(checker, expression))]
    return found


def _held(checker: TypeChecker, container: Expression, key: Expression | None) -> list[Expression]:
    """What a container may hold under a key; nothing if some of that cannot be seen."""
    return containers.items(checker, container, key, _values_of(checker)) or []


def _values_of(checker: TypeChecker) -> containers.Values:
    def values(variable: Expression) -> list[Expression]:
        node = node_of(checker, variable)
        return assignments.values(checker, node) if isinstance(node, Var) else []

    return values


def _of_name(checker: TypeChecker, expression: Expression, own: TypeInfo | None) -> list[Origin]:
    node, receiver = node_of(checker, expression, own), receiver_of(checker, expression, own)
    if isinstance(node, Decorator) and node.func.is_property:
        return _returned(checker, node, receiver)
    if isinstance(node, FuncDef | Decorator):
        return [Origin(node, is_wrapped=False, receiver=receiver)]
    if not isinstance(node, Var):
        return []
    with entering(State.of(checker).tracing, node) as is_new:
        if not is_new:
            return []
        held = assignments.values(checker, node) or containers.iterated(checker, node, _values_of(checker))
        found = _all(checker, held or [], own)
        if found or not isinstance(expression, MemberExpr):
            return found
        made = construction.constructions(checker, expression.expr)
        return _all(
            checker,
            [a for call, of in made for a in construction.arguments_for(checker, call, of, {expression.name})],
            own,
        )


def _all(checker: TypeChecker, expressions: list[Expression], own: TypeInfo | None) -> list[Origin]:
    found = [origins_of(checker, each, own) for each in expressions if not _is_always_none(checker, each)]
    several = [replace(origin, is_wrapped=origin.is_wrapped or len(found) > 1) for each in found for origin in each]
    return several if all(found) else []


def origins_around(checker: TypeChecker, expression: Expression, found: list[Origin]) -> list[Origin]:
    """Return the functions of this module that decorators, or a call, put around those that were found."""
    if isinstance(expression, CallExpr):
        makers = [expression.callee]
    else:
        makers = [d for each in found if isinstance(each.definition, Decorator) for d in each.definition.decorators]
    known = [each.definition for each in found]
    made = [origin for maker in makers for origin in _made_by(checker, maker)]
    return [origin for origin in made if origin.definition not in known]


def overrides(checker: TypeChecker, expression: Expression) -> list[Origin]:
    """Return the methods of the subclasses in this module, if an object may be of one of them."""
    name = expression.name if isinstance(expression, MemberExpr) else "__call__"
    found = [(each, _member(each, name)) for each in _subclasses(checker, expression)]
    return [Origin(n, is_wrapped=True, receiver=each) for each, n in found if isinstance(n, FuncDef | Decorator)]


def concrete_self(checker: TypeChecker, expression: Expression) -> TypeInfo | None:
    """Return a class that ``self`` may have, if something is read off that in an abstract class."""
    owner = receiver_of(checker, expression)
    return next(iter(_subclasses(checker, expression)), None) if owner is not None and owner.is_abstract else None


def _subclasses(checker: TypeChecker, expression: Expression) -> list[TypeInfo]:
    """The classes that the object may have of a method, or that is called itself, other than its declared one."""
    read_off = expression.expr if isinstance(expression, MemberExpr) else expression
    variable = read_off.node if isinstance(read_off, NameExpr) else None
    if not isinstance(variable, Var) or _is_made_here(checker, variable):
        return []
    owner = _class(get_proper_type(checker.lookup_type_or_none(read_off)))
    classes = [symbol.node for symbol in checker.tree.names.values() if isinstance(symbol.node, TypeInfo)]
    return [each for each in classes if owner in each.mro[1:] and not each.is_abstract]


def _is_made_here(checker: TypeChecker, variable: Var) -> bool:
    """Whether a variable is not declared, so that its type is that of what it holds."""
    return variable.is_inferred and bool(assignments.values(checker, variable))


def _is_self(expression: Expression) -> bool:
    variable = expression.node if isinstance(expression, NameExpr) else None
    return isinstance(variable, Var) and (variable.is_self or variable.is_cls)


def _made_by(checker: TypeChecker, maker: Expression) -> list[Origin]:
    """What a call of something returns; a decorator that is called with arguments returns the decorator."""
    if not isinstance(maker, CallExpr):
        return _returned(checker, node_of(checker, maker))
    decorators = _made_by(checker, maker.callee)
    return [replace(made, maker=each.maker) for each in decorators for made in _returned(checker, each.definition)]


def _is_always_none(checker: TypeChecker, expression: Expression) -> bool:
    """Whether an expression stands for None, or for a variable that is given nothing else."""
    if not isinstance(expression, NameExpr):
        return False
    values = assignments.values(checker, expression.node) if isinstance(expression.node, Var) else []
    held = [each.fullname for each in values if isinstance(each, NameExpr)]
    return "builtins.None" in {expression.fullname, *held} and len(held) == len(values)


def _of_call(checker: TypeChecker, call: CallExpr, own: TypeInfo | None = None) -> list[Origin]:
    """Functions among the arguments that take the step input come first; else it is what the called one returns."""
    if isinstance(call.callee, MemberExpr) and call.callee.name in {"get", "pop"} and call.args:
        held = _held(checker, call.callee.expr, call.args[0])
        if held:
            return _all(checker, [*held, *call.args[1:]], own)
    handed_over = list(taking_step_input(checker, call.args))
    found = [origin for _, origins in handed_over for origin in origins]
    if handed_over:
        return found if all(origins for _, origins in handed_over) else []
    return _made_by(checker, call.callee)


def taking_step_input(
    checker: TypeChecker, arguments: Iterable[Expression]
) -> Iterator[tuple[Expression, list[Origin]]]:
    """Find the arguments of a call that take the step input, each with all that it may lead to."""
    for argument in arguments:
        if isinstance(argument, DictExpr | ListExpr | SetExpr | TupleExpr):
            yield from taking_step_input(checker, _held(checker, argument, None))
        elif isinstance(argument, CallExpr) and _is_of_partial(argument):
            yield from taking_step_input(checker, argument.args)
        elif _takes_step_input(checker, argument):
            yield argument, [replace(each, is_wrapped=True) for each in callable_origins(checker, argument)]


def _takes_step_input(checker: TypeChecker, expression: Expression) -> bool:
    """Whether a function, an object that can be called, or a lambda where one is expected, takes ``StepInput``."""
    declared = checker.lookup_type_or_none(expression)
    if declared is None and isinstance(expression, RefExpr) and isinstance(expression.node, FuncDef):
        declared = checker.function_type(expression.node)  # mypy may not have checked yet what stands around it
    called = None if declared is None else called_type(get_proper_type(declared))
    return isinstance(called, CallableType) and any(mentions_step_input(taken) for taken in called.arg_types)


def called_type(declared: ProperType) -> ProperType:
    """Return the type that is called where an object of this type is: of a partial, or of its ``__call__``."""
    if not isinstance(declared, Instance) or declared.type.fullname == fullnames.LRU_CACHE:
        return declared
    if is_partial(declared) and declared.extra_attrs is not None:
        return get_proper_type(declared.extra_attrs.attrs["__mypy_partial"])
    called = find_member("__call__", declared, declared)
    return get_proper_type(called) if called is not None else declared


def is_partial(declared: Instance) -> bool:
    """Whether an object is a partial whose function mypy knows."""
    return declared.extra_attrs is not None and "__mypy_partial" in declared.extra_attrs.attrs


def _returned(checker: TypeChecker, node: Node | None, receiver: TypeInfo | None = None) -> list[Origin]:
    function = node.func if isinstance(node, Decorator) and not node.decorators else node
    if not isinstance(function, FuncDef) or not is_here(checker, function):
        return []
    returned = [statement.expr for statement in all_return_statements(function) if statement.expr is not None]
    if any(isinstance(each, CallExpr) and not _is_choice(each) for each in returned):
        return []
    with entering(State.of(checker).tracing, function) as is_new:
        found = _all(checker, returned, receiver or function.info or None) if is_new else []
    return [replace(each, is_wrapped=True, maker=function if _is_made(checker, each) else None) for each in found]


def _is_choice(call: CallExpr) -> bool:
    """Whether a call chooses one of its arguments, or of what a container holds."""
    return _is_of_partial(call) or (isinstance(call.callee, MemberExpr) and call.callee.name == "get")


def _is_of_partial(call: CallExpr) -> bool:
    return isinstance(call.callee, RefExpr) and call.callee.fullname == fullnames.PARTIAL


def _is_made(checker: TypeChecker, origin: Origin) -> bool:
    inner = origin.definition.func if isinstance(origin.definition, Decorator) else origin.definition
    return isinstance(inner, FuncDef) and is_nested(checker, inner)


def node_of(checker: TypeChecker, expression: Expression, own: TypeInfo | None = None) -> SymbolNode | None:
    """Return what a name, or a name after a dot, stands for: a decorated function's type may not have its definition.

    Within a method that mypy may not have checked yet, only what is read off ``self`` and ``cls`` is known.
    """
    if not isinstance(expression, MemberExpr) or expression.node is not None:
        return expression.node if isinstance(expression, RefExpr) else None
    return _member(receiver_of(checker, expression, own), expression.name)


def _member(owner: TypeInfo | None, name: str) -> SymbolNode | None:
    symbol = owner.get(name) if owner is not None else None
    return symbol.node if symbol is not None else None


def receiver_of(checker: TypeChecker, expression: Expression, own: TypeInfo | None = None) -> TypeInfo | None:
    """Return the class of the object that something is read off; of ``partial(task.run)``, that of the task."""
    if isinstance(expression, CallExpr) and expression.args:
        return receiver_of(checker, expression.args[0], own)
    if not isinstance(expression, MemberExpr):
        return None
    if own is not None and _is_self(expression.expr):
        return own
    return _class(get_proper_type(checker.lookup_type_or_none(expression.expr)))


def _class(owner: ProperType | None) -> TypeInfo | None:
    instance = _instance(owner)
    return None if instance is None else instance.type


def method_called(checker: TypeChecker, callee: Expression) -> tuple[SymbolNode | None, TypeInfo | None]:
    """Return what a call leads to, and the class of the object whose method it is.

    A method that is read off ``self`` or ``super()`` is that of the handler's class.
    """
    receiver = State.of(checker).receiver
    if isinstance(callee, SuperExpr) and callee.info:
        return _next_method(receiver or callee.info, callee), receiver
    owner = receiver_of(checker, callee)
    if not isinstance(callee, MemberExpr) or owner is None:
        return node_of(checker, callee), None
    if receiver is not None and owner in receiver.mro and _is_self(callee.expr):
        owner = receiver
    return _member(owner, callee.name), owner


def _next_method(receiver: TypeInfo, callee: SuperExpr) -> SymbolNode | None:
    after = receiver.mro.index(callee.info) + 1 if callee.info in receiver.mro else 0
    symbols = (base.names.get(callee.name) for base in receiver.mro[after:])
    return next((symbol.node for symbol in symbols if symbol is not None), None)


def _instance(owner: ProperType | None) -> Instance | None:
    """The instance whose members an object has: that of its class, if the object is a class."""
    if isinstance(owner, CallableType) and owner.is_type_obj():
        return _instance(get_proper_type(owner.ret_type))
    if isinstance(owner, TypeType):
        return _instance(owner.item)
    if isinstance(owner, TypeVarType):
        return _instance(get_proper_type(owner.upper_bound))
    return owner if isinstance(owner, Instance) else None


def forgotten_type(checker: TypeChecker, expression: Expression) -> ProperType | None:
    """Return the type of a static or class method that the daemon has forgotten, and infers again after this."""
    if isinstance(expression, MemberExpr):
        type_of(checker, expression.expr)  # for `node_of`: mypy has not checked the arguments of the call yet
    node = node_of(checker, expression)
    if not isinstance(node, Decorator) or node.decorators or node.var.type is not None or node.func.type is None:
        return None
    declared = checker.function_type(node.func)
    return bind_self(declared) if node.func.is_class else declared


def is_nested(checker: TypeChecker, function: FuncDef) -> bool:
    """Whether a function stands within another, and mypy checks it as a part of that."""
    return not function.info and function.fullname.rpartition(".")[0] not in checker.modules


def is_here(checker: TypeChecker, function: FuncDef) -> bool:
    """Whether a function's body is in the module being checked; another's may come from mypy's cache without one."""
    around = function.fullname.rpartition(".")[0]
    while around and around not in checker.modules:  # the name of a class, whose method the function may be nested in
        around = around.rpartition(".")[0]
    is_declared_only = bool(function.info) and (function.info.is_protocol or function.abstract_status != NOT_ABSTRACT)
    return around in {"", checker.tree.fullname} and not is_declared_only
