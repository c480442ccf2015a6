"""Whether an output can be stored: whether pydantic has a schema for its type and can write its values."""

from collections.abc import Iterable
from typing import Final

from mypy.messages import format_type
from mypy.options import Options
from mypy.types import (
    FunctionLike,
    Instance,
    TupleType,
    Type,
    TypedDictType,
    TypeType,
    UnionType,
    UnpackType,
    get_proper_type,
)

CONTAINERS: Final = {
    "builtins.dict",
    "builtins.frozenset",
    "builtins.list",
    "builtins.set",
    "builtins.tuple",
    "collections.Counter",
    "collections.OrderedDict",
    "collections.defaultdict",
    "collections.deque",
    "typing.AbstractSet",
    "typing.Iterable",
    "typing.Mapping",
    "typing.MutableMapping",
    "typing.MutableSequence",
    "typing.MutableSet",
    "typing.Sequence",
}
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
_HOOKS: Final = ("__get_pydantic_core_schema__", "__get_validators__", "__pydantic_core_schema__")
# What to do about the classes that are met most, by the first of them in the order of resolution.
_INSTEAD: Final = {
    "typing.Generator": ("a generator", "return a list"),
    "typing.AsyncGenerator": ("an async generator", "return a list"),
    "typing.Coroutine": ("a coroutine that was not awaited", "await it"),
    "typing.Awaitable": ("an awaitable that was not awaited", "await it"),
    "typing.AsyncIterator": ("an async iterator", "return a list"),
    "typing.Iterator": ("an iterator", "return a list"),
    "types.ModuleType": ("a module", "return what is in it"),
}
_DATA: Final = "use a TypedDict, a dataclass or a pydantic model"


def why_not(output: Type, options: Options) -> str | None:
    """Say why a value of this type cannot be stored and what to do, for a message; None if it can be."""
    found = _offender(output, ())
    if found is None:
        return None
    offender, depth = found
    what, instead = _described(offender, options)
    return f"it {'is' if depth == 0 else 'contains'} {what}; {instead}"


def _offender(output: Type, around: tuple[Type, ...]) -> tuple[Type, int] | None:
    """The first part of a type that cannot be stored, and how deep in the type it is."""
    proper = get_proper_type(output)
    if proper in around:
        return None
    if isinstance(proper, UnionType):
        found = [offender for item in proper.items if (offender := _offender(item, around)) is not None]
        # A function, a class or a generator has a schema; a union may still hold something else.
        worst = found if len(found) == len(proper.items) else [each for each in found if _is_without_schema(each[0])]
        return worst[0] if worst else None
    parts: Iterable[Type] = ()
    if isinstance(proper, TypedDictType):
        parts = proper.items.values()
    elif isinstance(proper, TupleType):
        parts = proper.items
    elif isinstance(proper, Instance):
        if proper.type.fullname in CONTAINERS:
            parts = proper.args
        elif "dataclass" in proper.type.metadata:
            parts = _fields(proper)
        elif not _has_schema(proper):
            return proper, len(around)
    elif isinstance(proper, FunctionLike | TypeType | UnpackType):
        return proper, len(around)
    return _first(parts, (*around, proper))


def _is_without_schema(offender: Type) -> bool:
    proper = get_proper_type(offender)
    return isinstance(proper, Instance) and proper.type.fullname != "typing.Generator"


def _first(parts: Iterable[Type], around: tuple[Type, ...]) -> tuple[Type, int] | None:
    return next((found for part in parts if (found := _offender(part, around)) is not None), None)


def _fields(dataclass: Instance) -> Iterable[Type]:
    for attribute in dataclass.type.metadata["dataclass"]["attributes"]:
        symbol = dataclass.type.get(attribute["name"])
        if symbol is not None and symbol.type is not None and not attribute["is_init_var"]:
            yield symbol.type


def _is_storable(output: Type) -> bool:
    return _offender(output, ()) is None


def _has_schema(instance: Instance) -> bool:
    info = instance.type
    return (
        info.fullname in VALUES
        or info.is_enum
        or (info.is_newtype and _is_storable(info.bases[0]))
        or info.fallback_to_any
        or "dataclass_tag" in info.metadata
        or any(info.has_readable_member(hook) for hook in _HOOKS)
    )


def _described(offender: Type, options: Options) -> tuple[str, str]:
    proper = get_proper_type(offender)
    if isinstance(proper, TypeType) or (isinstance(proper, FunctionLike) and proper.is_type_obj()):
        return "a class", "return an instance of it"
    if isinstance(proper, FunctionLike):
        return "a function", "return its result"
    if isinstance(proper, UnpackType):
        return "a tuple with a part of any length", "return a list"
    assert isinstance(proper, Instance)
    for info in proper.type.mro:
        if info.fullname in _INSTEAD:
            return _INSTEAD[info.fullname]
    return f"a value of type {format_type(proper, options)}, for which pydantic has no schema", _DATA
