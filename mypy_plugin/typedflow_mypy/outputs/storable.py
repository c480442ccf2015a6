"""Whether an output can be stored: whether pydantic has a schema for its type and can write its values."""

from collections.abc import Collection, Iterable
from typing import Final

from mypy.messages import format_type
from mypy.options import Options
from mypy.types import (
    FunctionLike,
    Instance,
    ProperType,
    TupleType,
    Type,
    TypedDictType,
    TypeType,
    UnionType,
    get_proper_type,
)

from typedflow_mypy.lib import fullnames
from typedflow_mypy.outputs.containers import CONTAINERS, fields

# Other classes that pydantic has a schema for; a test asks pydantic about each.
VALUES: Final = {
    "builtins.bool",
    "builtins.bytes",
    "builtins.complex",
    "builtins.float",
    "builtins.int",
    "builtins.object",
    "builtins.str",
    "datetime.date",
    "datetime.datetime",
    "datetime.time",
    "datetime.timedelta",
    "decimal.Decimal",
    "fractions.Fraction",
    "ipaddress.IPv4Address",
    "ipaddress.IPv4Interface",
    "ipaddress.IPv4Network",
    "ipaddress.IPv6Address",
    "ipaddress.IPv6Interface",
    "ipaddress.IPv6Network",
    "os.PathLike",
    "pathlib.Path",
    "pathlib.PosixPath",
    "pathlib.PurePath",
    "pathlib.PurePosixPath",
    "pathlib.PureWindowsPath",
    "pathlib.WindowsPath",
    "re.Pattern",
    "typing.Hashable",
    "uuid.UUID",
    "zoneinfo.ZoneInfo",
}
# What the codecs of typedflow store; `typedflow.codecs` has the same classes by the names that they have in a run.
TABLES: Final = {
    "numpy.ndarray",
    "pandas.core.frame.DataFrame",
    "pandas.core.series.Series",
    "polars.dataframe.frame.DataFrame",
    "polars.series.series.Series",
    "pyarrow.lib.Table",
}
_HOOKS: Final = ("__get_pydantic_core_schema__", "__get_validators__", "__pydantic_core_schema__")
_INSTEAD: Final = "make it a TypedDict, a dataclass or a pydantic model, or register a codec for it"


def why_not(output: Type, options: Options, codecs: Collection[str]) -> str | None:
    """Say why a value of this type cannot be stored and what to do, for a message; None if it can be.

    Args:
        output: The type.
        options: Of mypy, for the names of types.
        codecs: The full names of the classes that have a codec of the user's.
    """
    found = _offender(output, (), TABLES.union(codecs))
    if found is None:
        return None
    offender, is_inside = found
    return f"it {'contains' if is_inside else 'is'} {_described(offender, options)}"


def _offender(output: Type, around: tuple[Type, ...], codecs: Collection[str]) -> tuple[ProperType, bool] | None:
    """The first part of a type that cannot be stored, and whether it is inside of another."""
    proper = get_proper_type(output)
    if proper in around:
        return None
    if isinstance(proper, UnionType):
        return next((found for item in proper.items if (found := _offender(item, around, codecs))), None)
    if isinstance(proper, FunctionLike | TypeType):
        return proper, bool(around)
    parts: Iterable[Type] = ()
    if isinstance(proper, TypedDictType):
        parts = proper.items.values()
    elif isinstance(proper, TupleType):
        parts = proper.items
    elif isinstance(proper, Instance) and proper.type.fullname not in codecs:
        if proper.type.fullname in CONTAINERS:
            parts = proper.args
        elif "dataclass" in proper.type.metadata:
            # pydantic has refused a model that it cannot store, unless its author has said how it is to be done.
            parts = () if proper.type.has_base(fullnames.BASE_MODEL) else fields(proper)
        elif not _has_schema(proper, codecs):
            return proper, bool(around)
    return next((found for part in parts if (found := _offender(part, (*around, proper), codecs))), None)


def _has_schema(instance: Instance, codecs: Collection[str]) -> bool:
    info = instance.type
    return (
        info.fullname in VALUES
        or info.is_enum
        or (info.is_newtype and _offender(info.bases[0], (), codecs) is None)
        or info.fallback_to_any
        or "dataclass_tag" in info.metadata
        or any(info.has_readable_member(hook) for hook in _HOOKS)
    )


def _described(offender: ProperType, options: Options) -> str:
    if isinstance(offender, TypeType) or (isinstance(offender, FunctionLike) and offender.is_type_obj()):
        return "a class; return its name, or an instance of it"
    if isinstance(offender, FunctionLike):
        return "a function; return its result"
    return f"a value of type {format_type(offender, options)}, for which pydantic has no schema; {_INSTEAD}"
