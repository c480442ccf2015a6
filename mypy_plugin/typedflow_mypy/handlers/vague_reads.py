"""What is read of an output that could not be inferred, or of a key that a dict does not always have."""

import re
from typing import Final

from mypy.checker import TypeChecker
from mypy.errors import ErrorInfo
from mypy.nodes import IndexExpr
from mypy.server.subexpr import get_subexpressions
from mypy.types import TypedDictType, UnionType, get_proper_type

from typedflow_mypy.handlers.skipped_reads import used
from typedflow_mypy.outputs import vague

_OBJECT: Final = re.compile(r"\bobject\b")


def explain(checker: TypeChecker, error: ErrorInfo) -> str | None:
    """Say, for a note, which step has an output that an error of mypy knows too little of; None if there is none."""
    if error.severity != "error" or not _OBJECT.search(error.message):
        return None
    steps = (vague.step_of(checker.lookup_type_or_none(each)) for each in used(checker.tree, error))
    slug = next(filter(None, steps), None)
    return (
        None
        if slug is None
        else (
            f'Step "{slug}" does not declare its output, and nothing better than "object" could be inferred here; '
            "annotate what its handler returns"
        )
    )


def explain_missing(checker: TypeChecker, error: ErrorInfo, key: str) -> str | None:
    """Say, for a note, that a dict does not always have a key; None if it never has it."""
    place = error.line, error.column
    reads = [each for each in get_subexpressions(checker.tree) if isinstance(each, IndexExpr)]
    if not any(place == (read.index.line, read.index.column) and _may_have(checker, read, key) for read in reads):
        return None
    return f'"{key}" may be missing here; test for it first ("{key}" in ...), or read it with .get("{key}")'


def _may_have(checker: TypeChecker, read: IndexExpr, key: str) -> bool:
    """Whether some of the dicts that are read have a key."""
    base = get_proper_type(checker.lookup_type_or_none(read.base))
    parts = map(get_proper_type, base.items) if isinstance(base, UnionType) else ()
    return any(isinstance(part, TypedDictType) and key in part.items for part in parts)
