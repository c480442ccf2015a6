"""What is annotated ``StepInput``: its type is decided when the flow that hands it over is checked."""

from mypy.nodes import FuncDef, FuncItem
from mypy.plugin import AnalyzeTypeContext
from mypy.types import (
    AnyType,
    CallableType,
    Type,
    TypeOfAny,
    TypeVarType,
    UnionType,
    get_proper_type,
)

from typedflow_mypy.lib.typed_dict import is_step_input


def any_step_input(ctx: AnalyzeTypeContext) -> Type:  # noqa: ARG001  the answer is the same everywhere
    """Return what ``StepInput`` means until a flow decides it: Any, of a kind that `mentions_step_input` recognises."""
    return AnyType(TypeOfAny.special_form)


def is_unannotated(annotation: Type) -> bool:
    """Whether a parameter, or what is returned, has no annotation."""
    proper = get_proper_type(annotation)
    return isinstance(proper, AnyType) and proper.type_of_any == TypeOfAny.unannotated


def lacks_annotation(function: FuncItem, index: int) -> bool:
    """Whether a parameter has no annotation in the source, even if a flow has decided its type."""
    written = function.unanalyzed_type
    if not isinstance(written, CallableType):
        return True
    is_self = bool(function.info) and index == 0 and not function.is_static  # whose type mypy knows
    return is_unannotated(written.arg_types[index]) and not is_self


def mentions_step_input(annotation: Type) -> bool:
    """Whether an annotation mentions ``StepInput``, or the type that a flow has put in its place already."""
    return any(_is_input(part) for part in _parts(annotation))


def is_undecided(annotation: Type) -> bool:
    """Whether no flow has decided yet what an annotation, or the lack of one, stands for."""
    return any(isinstance(get_proper_type(part), AnyType) for part in _parts(annotation))


def put_step_input(annotation: Type, step_input: Type) -> Type:
    """Put a step input where an annotation mentions ``StepInput``."""
    if not isinstance(get_proper_type(annotation), UnionType):
        return step_input if mentions_step_input(annotation) else annotation
    return UnionType.make_union([put_step_input(part, step_input) for part in _parts(annotation)])


def step_input_position(function: FuncDef) -> int | None:
    """Which parameter of a function is the first that mentions ``StepInput``."""
    declared = function.type.arg_types if isinstance(function.type, CallableType) else []
    return next((index for index, annotation in enumerate(declared) if mentions_step_input(annotation)), None)


def _is_input(annotation: Type) -> bool:
    proper = get_proper_type(annotation)
    return is_step_input(proper) or (isinstance(proper, AnyType) and proper.type_of_any == TypeOfAny.special_form)


def _parts(annotation: Type) -> list[Type]:
    """The items of a union, what a type variable is bound by, or the annotation itself."""
    proper = get_proper_type(annotation)
    if isinstance(proper, UnionType):
        return proper.items
    return [proper.upper_bound if isinstance(proper, TypeVarType) else proper]
