"""What a value holds: the items of a container, the fields of a dataclass."""

from collections.abc import Iterable
from typing import Final

from mypy.types import Instance, Type

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


def fields(dataclass: Instance) -> Iterable[Type]:
    """Return the types of the fields of a dataclass, or of a model."""
    for attribute in dataclass.type.metadata["dataclass"]["attributes"]:
        symbol = dataclass.type.get(attribute["name"])
        if symbol is not None and symbol.type is not None and not attribute["is_init_var"]:
            yield symbol.type
