"""A return annotation with a name that exists for the type checker only: a run evaluates the annotation."""

from collections.abc import Iterator, Sequence

from mypy.checker import TypeChecker
from mypy.nodes import AssignmentStmt, ClassDef, FuncDef, IfStmt, Import, ImportFrom, NameExpr, Statement
from mypy.options import Options
from mypy.reachability import MYPY_FALSE, MYPY_TRUE, infer_condition_value
from mypy.types import CallableType, Type, UnboundType, UnionType, get_proper_type

from typedflow_mypy.lib import errorcodes
from typedflow_mypy.lib.report import report
from typedflow_mypy.model.handler import Handler
from typedflow_mypy.model.step_call import StepCall
from typedflow_mypy.source import origin
from typedflow_mypy.source.assignments import blocks
from typedflow_mypy.state import State


def check_exists(checker: TypeChecker, call: StepCall, handler: Handler) -> None:
    """Report a handler of this module whose return annotation cannot be evaluated when the program runs.

    What a decorator leaves of the annotation is not known, so a decorated function is left to the run.
    """
    function = handler.function
    if not isinstance(function, FuncDef) or function.is_decorated or not origin.is_here(checker, function):
        return
    declared = function.unanalyzed_type
    names = _names(declared.ret_type) if isinstance(declared, CallableType) else ()
    missing = next((name for name in names if name in _checker_names(checker)), None)
    if missing is not None:
        report(
            checker,
            f'The handler of {call.name} returns "{missing}", which exists for the type checker only, '
            'but a run checks the output; import it outside "if TYPE_CHECKING:"',
            call.handler,
            errorcodes.HANDLER,
        )


def _names(annotation: Type) -> Iterator[str]:
    """The first names in an annotation: of ``decimal.Decimal``, that is ``decimal``."""
    written = get_proper_type(annotation)
    parts: Sequence[Type] = ()
    if isinstance(written, UnboundType):
        yield written.name.partition(".")[0]
        parts = written.args
    elif isinstance(written, UnionType):
        parts = written.items
    for part in parts:
        yield from _names(part)


def _checker_names(checker: TypeChecker) -> set[str]:
    state = State.of(checker)
    if state.checker_names is None:
        bound = list(_bound(checker.options, state.statements, for_checker=False))
        state.checker_names = {name for name, for_checker in bound if for_checker}
        state.checker_names -= {name for name, for_checker in bound if not for_checker}
    return state.checker_names


def _bound(options: Options, statements: list[Statement], *, for_checker: bool) -> Iterator[tuple[str, bool]]:
    """The names that a module's statements bind, and whether they stand where only the type checker looks."""
    for statement in statements:
        for name in _names_bound_by(statement):
            yield name, for_checker
        if isinstance(statement, IfStmt):
            value = infer_condition_value(statement.expr[0], options)
            for body in statement.body:
                yield from _bound(options, body.body, for_checker=for_checker or value == MYPY_TRUE)
            if statement.else_body is not None:
                yield from _bound(options, statement.else_body.body, for_checker=for_checker or value == MYPY_FALSE)
        elif not isinstance(statement, ClassDef | FuncDef):
            for block in blocks(statement):
                yield from _bound(options, block.body, for_checker=for_checker)


def _names_bound_by(statement: Statement) -> Iterator[str]:
    if isinstance(statement, ImportFrom):
        yield from (alias or name for name, alias in statement.names)
    elif isinstance(statement, Import):
        yield from (alias or name.partition(".")[0] for name, alias in statement.ids)
    elif isinstance(statement, ClassDef):
        yield statement.name
    elif isinstance(statement, AssignmentStmt):
        yield from (target.name for target in statement.lvalues if isinstance(target, NameExpr))
