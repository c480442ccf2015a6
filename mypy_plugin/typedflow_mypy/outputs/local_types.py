"""The variables of a function, as if each were annotated with all that it holds.

mypy takes the type of a variable from its first value: a dict of numbers takes no text later on. In a function without
annotations that is not a mistake. So what mypy reports of such a function holds only if it is reported with these types
too. The cases of ``tests/typing/output/variables.toml`` show it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from mypy.checker import TypeChecker
from mypy.nodes import FuncDef, NameExpr, Var
from mypy.types import AnyType, Instance, ProperType, Type, TypedDictType, UnionType, get_proper_type

from typedflow_mypy.outputs.inference import Inference
from typedflow_mypy.outputs.shapes import is_shape
from typedflow_mypy.source.assignments import assignments_within


def local_types(checker: TypeChecker, function: FuncDef) -> dict[Var, Type]:
    """Return the types of variables that hold dicts, for a function that mypy has checked."""
    inference = Inference(checker, function)
    variables = {name.node: None for name in _assigned(function) if isinstance(name.node, Var)}
    found = {each: inference.whole(each) for each in variables if each.is_inferred and not _knows_keys(each.type)}
    return {variable: held for variable, held in found.items() if held is not None and _is_better(held)}


@contextmanager
def declared(function: FuncDef, types: dict[Var, Type]) -> Iterator[None]:
    """Let mypy take these types for annotations within the block."""
    before = {variable: variable.type for variable in types}
    names = [name for name in _assigned(function) if name.node in types and name.is_inferred_def]
    for name in names:
        name.is_inferred_def = False
    for variable, held in types.items():
        variable.type = held
    try:
        yield
    finally:
        for name in names:
            name.is_inferred_def = True
        for variable, held_before in before.items():
            variable.type = held_before


def _assigned(function: FuncDef) -> Iterator[NameExpr]:
    for assignment in assignments_within(function.body.body):
        yield from (name for name in assignment.statement.lvalues if isinstance(name, NameExpr))


def _knows_keys(declared: Type | None) -> bool:
    return declared is not None and any(isinstance(part, TypedDictType) for part in _parts(declared))


def _is_better(held: ProperType) -> bool:
    """Whether a type has a dict in it whose keys are known, and nothing that is not known."""
    parts = list(_parts(held))
    return any(map(is_shape, parts)) and not any(isinstance(part, AnyType) for part in parts)


def _parts(found: Type) -> Iterator[ProperType]:
    proper = get_proper_type(found)
    yield proper
    inner: list[Type] = []
    if isinstance(proper, TypedDictType):
        inner = list(proper.items.values())
    elif isinstance(proper, UnionType):
        inner = proper.items
    elif isinstance(proper, Instance):
        inner = list(proper.args)
    for part in inner:
        yield from _parts(part)
