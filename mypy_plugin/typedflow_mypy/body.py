"""A function's body checked with the step input that a flow gives it."""

import re
from typing import Final

from mypy.checker import TypeChecker
from mypy.errorcodes import NO_ANY_RETURN, NO_UNTYPED_DEF
from mypy.errors import ErrorInfo
from mypy.nodes import FuncDef
from mypy.types import AnyType, CallableType, Type, TypeOfAny, get_proper_type

from typedflow_mypy import output, reads
from typedflow_mypy.call import StepCall
from typedflow_mypy.diagnostics import retract

_ANY: Final = re.compile(r"\bAny\b")


def check(checker: TypeChecker, call: StepCall, function: FuncDef, given: list[Type]) -> Type | None:
    """Check a body with the types that its step hands over; return its output where the function does not say.

    The function keeps the inferred type: mypy may check its body again, before or after this, and must find the same.
    """
    declared = _declared(checker, function)
    unsaid = _unsaid(declared.ret_type)
    taken = [
        new if index == 0 or _unsaid(old) else old
        for index, (new, old) in enumerate(zip(given, declared.arg_types, strict=False))
    ]
    signature = declared.copy_modified(
        arg_types=[*taken, *declared.arg_types[len(taken) :]],
        ret_type=_returning(checker, function, AnyType(TypeOfAny.special_form)) if unsaid else declared.ret_type,
    )
    if isinstance(get_proper_type(declared.arg_types[0]), AnyType):
        retract(checker, function, _of_an_undecided_input)
    function.type = signature
    reads.explain(checker, call, function)
    checker.check_func_item(function, type_override=signature, name=function.name)
    if not unsaid:
        return None
    returned = output.inferred(checker, function)
    function.type = signature.copy_modified(ret_type=_returning(checker, function, returned))
    return returned


def _declared(checker: TypeChecker, function: FuncDef) -> CallableType:
    """The type as written, whatever a flow made of it before."""
    written, original = function.type, function.unanalyzed_type
    if isinstance(written, CallableType) and isinstance(original, CallableType):
        return written.copy_modified(ret_type=original.ret_type if _unsaid(original.ret_type) else written.ret_type)
    nothing = AnyType(TypeOfAny.unannotated)
    return CallableType(
        [nothing] * len(function.arguments),
        function.arg_kinds,
        function.arg_names,
        nothing,
        checker.named_generic_type("builtins.function", []),
        function.name,
    )


def _unsaid(declared: Type) -> bool:
    proper = get_proper_type(declared)
    return isinstance(proper, AnyType) and proper.type_of_any == TypeOfAny.unannotated


def _returning(checker: TypeChecker, function: FuncDef, returned: Type) -> Type:
    if not function.is_coroutine:
        return returned
    unknown = AnyType(TypeOfAny.special_form)
    return checker.named_generic_type("typing.Coroutine", [unknown, unknown, returned])


def _of_an_undecided_input(error: ErrorInfo) -> bool:
    """Whether an error was found while the input was still anything; what is really wrong is found again."""
    return error.code in {NO_ANY_RETURN, NO_UNTYPED_DEF} or _ANY.search(error.message) is not None
