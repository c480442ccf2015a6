"""What the daemon must check again after an edit elsewhere, in addition to what mypy knows.

A trigger is the name of something that changes, a target the module or function to be checked again then.
"""

from collections.abc import Iterable

from mypy.checker import TypeChecker
from mypy.nodes import CallExpr, Expression, FuncDef, LambdaExpr, MemberExpr, MypyFile, Node
from mypy.server.deps import get_dependencies_of_target, get_type_triggers
from mypy.server.subexpr import get_subexpressions
from mypy.server.trigger import make_trigger, make_wildcard_trigger
from mypy.types import Instance, Type, get_proper_type

from typedflow_mypy.model.step_call import StepCall


def depend_on_body(checker: TypeChecker, call: StepCall, function: FuncDef | LambdaExpr) -> None:
    """Check the flow again with what its handler's body uses, and the body with what the flow starts from.

    The body then begins with its input undecided, in case the flow does not decide it any more.
    """
    if checker.options.fine_grained_incremental:
        _add(checker, _used(checker, function), checker.tscope.current_target())
        for part in (_start(call.expression), *call.expression.args) if isinstance(function, FuncDef) else ():
            _add(checker, _used(checker, part), function.fullname)


def depend_on_output(checker: TypeChecker, output: Type) -> None:
    """Check the flow again when a class changes on which it depends whether an output can be stored."""
    if checker.options.fine_grained_incremental:
        _add(checker, get_type_triggers(output, use_logical_deps=False), checker.tscope.current_target())


def depend_on_members(checker: TypeChecker, declared: Type, others: Iterable[str]) -> None:
    """Check the flow again when a class gains a field, a value, or one of `others`, or loses one."""
    instance = get_proper_type(declared)
    if checker.options.fine_grained_incremental and isinstance(instance, Instance):
        members = [f"{base.fullname}.{name}" for base in instance.type.mro for name in (*base.names, *others)]
        _add(checker, map(make_trigger, members), checker.tscope.current_target())


def depend_on_names(checker: TypeChecker, module: MypyFile) -> None:
    """Check this again when a module defines or imports another name, or no longer defines one."""
    if checker.options.fine_grained_incremental:
        _add(checker, [make_wildcard_trigger(module.fullname)], checker.tscope.current_target())


def _start(call: Expression) -> Expression:
    while isinstance(call, CallExpr) and isinstance(call.callee, MemberExpr):
        call = call.callee.expr
    return call


def _used(checker: TypeChecker, node: Node) -> Iterable[str]:
    """What a piece of code uses, by the types of its newest check, which mypy may forget again after it."""
    found = {each: checker.lookup_type_or_none(each) for each in get_subexpressions(node)}
    types = {each: inferred for each, inferred in found.items() if inferred is not None}
    return get_dependencies_of_target(checker.tree.fullname, checker.tree, node, types, checker.options.python_version)


def _add(checker: TypeChecker, triggers: Iterable[str], target: str) -> None:
    for trigger in triggers:
        checker.tree.plugin_deps.setdefault(trigger, set()).add(target)
