"""A half of a condition that is called with the step input: whether it takes that, and returns a bool."""

from collections.abc import Iterable, Iterator
from typing import Final

from mypy.checker import TypeChecker
from mypy.messages import format_type
from mypy.nodes import ARG_STAR2, LambdaExpr
from mypy.subtypes import is_subtype
from mypy.types import CallableType, Instance, Type, TypedDictType, get_proper_type

from typedflow_mypy.handlers import acceptance, undeclared_reads
from typedflow_mypy.lib import errorcodes
from typedflow_mypy.lib.checker import object_type
from typedflow_mypy.lib.report import report
from typedflow_mypy.model.analysed_call import Accepted, AnalysedCall, Refused
from typedflow_mypy.model.handler import Handler
from typedflow_mypy.model.step_call import StepCall
from typedflow_mypy.rules import options
from typedflow_mypy.rules.pattern import predicates_of

# What a comparison of numbers of NumPy gives; a run takes it for a bool.
_OF_NUMPY: Final = {"numpy.bool", "numpy.bool_"}


def analyse(checker: TypeChecker, on: Type, call: StepCall) -> Iterator[AnalysedCall]:
    """Analyse the predicates of a step's condition as handlers of a step with its dependencies."""
    for option in options.CONDITIONS:
        for predicate in predicates_of(checker, call.options[option]) if option in call.options else ():
            yield acceptance.analyse(checker, on, call.tested(option, predicate))


def expect(checker: TypeChecker, predicates: Iterable[AnalysedCall], declared: CallableType) -> CallableType:
    """Report predicates that cannot be called; return a signature that gives a lambda the type of the step input."""
    for analysed in predicates:
        step = analysed.step
        for handler, verdict in analysed.handlers:
            if isinstance(verdict, Refused) or _is_not_a_function(handler):
                report(checker, _why_refused(step, handler, verdict), step.handler, errorcodes.CONDITION)
            elif isinstance(handler.expression, LambdaExpr) and is_inferred(step):
                undeclared_reads.explain_input(checker, step, handler.expression)
                declared = _taking(checker, declared, str(step.predicate), handler.expression, verdict)
    return declared


def is_inferred(step: StepCall) -> bool:
    """Whether mypy infers a predicate from the signature: it is an argument by itself, and none are unpacked."""
    call = step.expression
    return step.handler in call.args and ARG_STAR2 not in call.arg_kinds


def check_result(checker: TypeChecker, step: StepCall, handler: Handler, returned: Type) -> None:
    """Report a predicate that returns anything but a bool."""
    proper = get_proper_type(returned)
    is_numpy = isinstance(proper, Instance) and proper.type.fullname in _OF_NUMPY
    if not is_numpy and not _is_not_a_function(handler) and not is_subtype(proper, checker.named_type("builtins.bool")):
        shown = format_type(proper, checker.options)
        message = f"{step.callee} returns {shown}, not a bool; compare it, or call bool() on it"
        report(checker, message, step.handler, errorcodes.CONDITION)


def _is_not_a_function(handler: Handler) -> bool:
    """Whether what is called is a generator, or has to be awaited."""
    returned = get_proper_type(handler.type.ret_type) if isinstance(handler.type, CallableType) else None
    is_awaited = isinstance(returned, Instance) and returned.type.has_base("typing.Awaitable")
    return is_awaited or (handler.function is not None and handler.function.is_generator)


def _why_refused(step: StepCall, handler: Handler, verdict: Accepted | Refused) -> str:
    if not _is_not_a_function(handler):
        assert isinstance(verdict, Refused)
        return verdict.message
    if handler.function is not None and handler.function.is_generator:
        return f"{step.callee} is a generator, but a predicate returns a bool"
    return (
        f"{step.callee} is called in place and cannot await; make it a def, or let an earlier step return what it "
        "awaits"
    )


def _taking(
    checker: TypeChecker, declared: CallableType, option: str, predicate: LambdaExpr, verdict: Accepted
) -> CallableType:
    """A signature whose option takes a lambda with a step input; what that returns is compared afterwards."""
    assert verdict.parameters is not None
    fallback = checker.named_generic_type("builtins.function", [])
    parameters = verdict.parameters
    taken = CallableType(parameters.arg_types, predicate.arg_kinds, predicate.arg_names, object_type(checker), fallback)
    unpacked = get_proper_type(declared.arg_types[-1])
    assert isinstance(unpacked, TypedDictType)
    kinds = [taken if name == option else kind for name, kind in unpacked.items.items()]
    return declared.copy_modified(arg_types=[*declared.arg_types[:-1], unpacked.copy_modified(item_types=kinds)])
