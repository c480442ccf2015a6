"""A call of ``inputs.get``, which for mypy may name any key and gives None at run time if that is not declared."""

from mypy.plugin import MethodContext
from mypy.plugins.default import typed_dict_get_callback
from mypy.types import Type, TypedDictType

from typedflow_mypy.handlers import undeclared_reads
from typedflow_mypy.lib.checker import checker_of
from typedflow_mypy.model.step_call import Slug


def result(ctx: MethodContext) -> Type:
    """Report a key that is not there as a subscription does, and leave the type to mypy's own plugin."""
    if isinstance(ctx.type, TypedDictType) and ctx.type.is_anonymous() and ctx.args and ctx.args[0]:
        checker = checker_of(ctx)
        key = Slug.at(checker, ctx.args[0][0])
        if key.value is not None and key.value not in ctx.type.items:
            undeclared_reads.report_missing(checker, ctx.type.items, key.value, key.place)
    return typed_dict_get_callback(ctx)
