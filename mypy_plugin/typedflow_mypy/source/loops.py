"""The loops and comprehensions of the module that is being checked."""

from collections.abc import Iterator
from typing import Final

from mypy.checker import TypeChecker
from mypy.nodes import (
    CallExpr,
    ContinueStmt,
    DictionaryComprehension,
    Expression,
    ForStmt,
    GeneratorExpr,
    IfStmt,
    Node,
    RefExpr,
    Statement,
)
from mypy.server.subexpr import get_subexpressions

from typedflow_mypy.model.loop import Loop
from typedflow_mypy.source.assignments import blocks
from typedflow_mypy.state import State

_KEEPS_ELEMENTS: Final = {"builtins.list", "builtins.reversed", "builtins.sorted", "builtins.tuple"}


def loop_over(checker: TypeChecker, sequence: Node) -> Loop | None:
    """Return the loop that runs over an expression."""
    state = State.of(checker)
    if state.loops is None:
        state.loops = {over: loop for statement in state.statements for over, loop in _loops(statement)}
    return state.loops.get(sequence)


def _loops(statement: Statement) -> Iterator[tuple[Node, Loop]]:
    for each in _for_statements([statement]):
        yield _elements(each.expr), Loop(each, each.index, list(_conditions_of(each.body.body)))
    for found in get_subexpressions(statement):
        if isinstance(found, GeneratorExpr | DictionaryComprehension):
            for index, sequence, conditions in zip(found.indices, found.sequences, found.condlists, strict=True):
                yield _elements(sequence), Loop(found, index, [(condition, True) for condition in conditions])


def _for_statements(statements: list[Statement]) -> Iterator[ForStmt]:
    for statement in statements:
        if isinstance(statement, ForStmt):
            yield statement
        for block in blocks(statement):
            yield from _for_statements(block.body)


def _elements(sequence: Expression) -> Expression:
    """What has the same elements: ``inputs.items()``, of ``sorted(inputs.items())``."""
    while isinstance(sequence, CallExpr) and isinstance(sequence.callee, RefExpr) and sequence.args:
        if sequence.callee.fullname not in _KEEPS_ELEMENTS:
            break
        sequence = sequence.args[0]
    return sequence


def _conditions_of(body: list[Statement]) -> Iterator[tuple[Expression, bool]]:
    """What has to hold for a loop to do anything: ``if key == "run": continue`` says it, or an ``if`` around all."""
    for statement in body:
        if not isinstance(statement, IfStmt) or len(statement.expr) > 1 or statement.else_body is not None:
            return
        is_skip = isinstance(statement.body[0].body[-1], ContinueStmt) and len(statement.body[0].body) == 1
        if is_skip or len(body) == 1:
            yield statement.expr[0], not is_skip
        else:
            return
