"""The options and the condition of a map step."""

from dataclasses import replace

from mypy.checker import TypeChecker
from mypy.plugin import MethodSigContext
from mypy.types import FunctionLike

from typedflow_mypy import condition, options
from typedflow_mypy.call import Slug, StepCall


def signature(ctx: MethodSigContext) -> FunctionLike:
    """Report what makes no sense; a map step over the flow input tests that, another one its source."""
    declared = ctx.default_signature
    call = StepCall.of(ctx, declared.arg_names)
    over = [given[0] for name, given in zip(declared.arg_names, ctx.args, strict=True) if name == "over" and given]
    if call is None or not over:
        return declared
    assert isinstance(ctx.api, TypeChecker)
    source = Slug.at(ctx.api, over[0])
    call = replace(call, dependencies=() if source.value == "run" else (source,))
    condition.check(ctx.api, call)
    return options.checked(ctx.api, call.expression, call.name, declared)
