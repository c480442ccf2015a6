"""What the values of a type look like in JSON, one level at a time: a type may contain itself."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from mypy.maptype import map_instance_to_supertype
from mypy.nodes import Decorator, Expression, TypeInfo
from mypy.subtypes import find_member
from mypy.types import (
    Instance,
    LiteralType,
    NoneType,
    TupleType,
    Type,
    TypedDictType,
    UnionType,
    UnpackType,
    get_proper_type,
)

from typedflow_mypy.lib import fullnames
from typedflow_mypy.lib.checker import UNKNOWN
from typedflow_mypy.outputs.containers import CONTAINERS
from typedflow_mypy.outputs.storable import VALUES

Part: TypeAlias = Type | Expression


@dataclass(frozen=True)
class Anything:
    """A value of any shape."""


@dataclass(frozen=True)
class Scalar:
    """A string, a number, a boolean or null.

    Attributes:
        kind: Which of them. A number that is always whole is an ``integer``, one that never is a ``fraction``.
        value: The value, if there is only one; else None.
    """

    kind: str
    value: object = None


@dataclass(frozen=True)
class Array:
    """A list.

    Attributes:
        items: What its items may be, or, in a pattern, what each of them is.
    """

    items: tuple[Part, ...]


@dataclass(frozen=True)
class Object:
    """A dict.

    Attributes:
        keys: Its keys by name.
        other: What it may hold under any other key, if there may be one.
    """

    keys: Mapping[str, Part] = field(default_factory=dict)
    other: Type | None = None


@dataclass(frozen=True)
class NotJson:
    """What JSON does not have.

    Attributes:
        what: What it is, for a message.
    """

    what: str


Shape: TypeAlias = Anything | Scalar | Array | Object | NotJson

_KINDS: Final = {
    "builtins.bool": "boolean",
    "builtins.float": "number",
    "builtins.int": "integer",
    "builtins.str": "string",
    "enum.Flag": "integer",
}
_MAPPINGS: Final = {
    "builtins.dict",
    "collections.OrderedDict",
    "collections.defaultdict",
    "typing.Mapping",
    "typing.MutableMapping",
}
# What JSON has strings for.
STRINGS: Final = VALUES - _KINDS.keys() - {"builtins.object", "typing.Hashable"}
_ARRAYS: Final = CONTAINERS - _MAPPINGS - {"collections.Counter"}


def shapes_of_type(declared: Type) -> list[Shape]:  # noqa: PLR0911  a case for each kind
    """Return what the values of a type may look like."""
    proper = get_proper_type(declared)
    match proper:
        case UnionType():
            return [shape for item in proper.items for shape in shapes_of_type(item)]
        case NoneType():
            return [Scalar("null")]
        case LiteralType():
            return list(_of_literal(proper))
        case TypedDictType():
            return [Object(proper.items)]
        case TupleType():
            return [Array(tuple(map(_item, proper.items)))]
        case Instance():
            return list(_of_instance(proper))
    return [Anything()]


def kind_of(info: TypeInfo) -> str | None:
    """Return which scalar of JSON the instances of a class are; None if they are not scalars."""
    return next((_KINDS[base.fullname] for base in info.mro if base.fullname in _KINDS), None)


def _item(declared: Type) -> Type:
    """What an item of a tuple may be: ``*tuple[int, ...]`` stands for any number of them."""
    unpacked = get_proper_type(declared.type) if isinstance(declared, UnpackType) else None
    if unpacked is None:
        return declared
    return unpacked.args[0] if isinstance(unpacked, Instance) else UNKNOWN


def _of_literal(literal: LiteralType) -> Iterator[Shape]:
    info = literal.fallback.type
    if info.is_enum:
        yield from _of_member(info, str(literal.value))
    elif (kind := kind_of(info)) is not None:
        yield Scalar(kind, literal.value)
    else:
        yield Scalar("string")  # of bytes


def _of_member(info: TypeInfo, name: str) -> Iterator[Shape]:
    """A member of an enumeration is its value, where that can be read from the source."""
    symbol = info.names.get(name)
    declared = get_proper_type(symbol.type) if symbol is not None else None
    literal = declared.last_known_value if isinstance(declared, Instance) else declared
    if isinstance(literal, LiteralType | NoneType):
        yield from shapes_of_type(literal)
    else:
        yield Scalar(kind) if (kind := kind_of(info)) is not None else Anything()


def _of_instance(instance: Instance) -> Iterator[Shape]:
    info = instance.type
    if info.is_enum and not info.has_base("enum.Flag"):
        for name in info.enum_members:
            yield from _of_member(info, name)
    elif (kind := kind_of(info)) is not None:
        yield Scalar(kind)
    elif info.has_base(fullnames.BASE_MODEL):
        yield _of_model(instance)
    elif "dataclass" in info.metadata:
        yield Object(_fields(instance))
    else:
        yield _of_base(instance)


def _of_base(instance: Instance) -> Shape:
    for base in instance.type.mro:
        if base.fullname in STRINGS:
            return Scalar("string")
        of_base = map_instance_to_supertype(instance, base)
        if base.fullname in _MAPPINGS:
            return Object(other=of_base.args[1])
        if base.fullname in _ARRAYS:
            return Array(of_base.args[:1])
    return Anything()


def _of_model(model: Instance) -> Shape:
    """A model of pydantic's; it is anything if it may be written in another way than by its fields."""
    own = [base for base in model.type.mro if not base.module_name.startswith("pydantic.")]
    members = [(name, symbol.node) for base in own for name, symbol in base.names.items() if not name.startswith("__")]
    decorated = [(name, node.func) for name, node in members if isinstance(node, Decorator)]
    is_written_by = any(not (func.is_property or func.is_class or func.is_static) for _, func in decorated)
    if is_written_by or model.type.has_base(fullnames.ROOT_MODEL) or "model_config" in dict(members):
        return Anything()
    computed = {name: UNKNOWN for name, func in decorated if func.is_property}
    public = {key: value for key, value in _fields(model).items() if not key.startswith("_")}
    return Object({**computed, **public})


def _fields(instance: Instance) -> dict[str, Type]:
    """The fields of a dataclass or model by the keys that they have in JSON."""
    metadata = instance.type.metadata
    of_dataclass = metadata.get("dataclass", {}).get("attributes", [])
    of_model = metadata.get("pydantic-mypy-metadata", {}).get("fields", {})  # by pydantic's own plugin
    fields = [field for field in (*of_dataclass, *of_model.values()) if not field.get("is_init_var")]
    return {
        field["alias"] or field["name"]: find_member(field["name"], instance, instance) or UNKNOWN for field in fields
    }
