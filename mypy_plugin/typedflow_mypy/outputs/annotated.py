"""Whether a handler says in an ``Annotated`` how its output is validated and written: mypy drops what is in one."""

from collections.abc import Iterable
from typing import Final

from mypy.checker import TypeChecker
from mypy.nodes import FuncDef, MypyFile, SymbolNode, TypeAlias
from mypy.types import CallableType, Instance, Type, UnboundType, UnionType, get_proper_type

from typedflow_mypy.source.origin import is_here

# Aliases of pydantic's that say nothing about how a value is written.
_CHECKS: Final = {"pydantic.functional_validators.InstanceOf", "pydantic.functional_validators.SkipValidation"}


def is_annotated(checker: TypeChecker, function: FuncDef) -> bool:
    """Return whether the return type of a function of this module is written with an ``Annotated``.

    It may be in an alias of a class. What a function of another module has in an ``Annotated`` is not known: mypy may
    have read it from its cache.
    """
    written = function.unanalyzed_type
    return is_here(checker, function) and isinstance(written, CallableType) and _has(checker, [written.ret_type])


def _has(checker: TypeChecker, parts: Iterable[Type]) -> bool:
    for part in map(get_proper_type, parts):
        if isinstance(part, UnboundType):
            if part.name.rpartition(".")[2] == "Annotated" or _is_alias(_named(checker, part.name)):
                return True
            if _has(checker, part.args):
                return True
        elif isinstance(part, UnionType) and _has(checker, part.items):
            return True
    return False


def _is_alias(named: SymbolNode | None) -> bool:
    return (
        isinstance(named, TypeAlias)
        and named.fullname not in _CHECKS
        and isinstance(get_proper_type(named.target), Instance)
    )


def _named(checker: TypeChecker, name: str) -> SymbolNode | None:
    """What a name stands for at the top of the module, or of a module that it imports."""
    first, _, rest = name.partition(".")
    symbol = checker.tree.names.get(first)
    if symbol is not None and rest:
        symbol = symbol.node.names.get(rest) if isinstance(symbol.node, MypyFile) else None
    return symbol.node if symbol is not None else None
