"""A type as it is written in a module of its own: its source, and what it imports."""

import keyword
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count, takewhile

from mypy.nodes import ImportFrom, MypyFile, TypeInfo
from mypy.types import (
    Instance,
    LiteralType,
    NoneType,
    ProperType,
    TupleType,
    Type,
    TypeAliasType,
    TypedDictType,
    UninhabitedType,
    UnionType,
    get_proper_type,
)

from typedflow_mypy.lib.text import pascal


@dataclass
class TypeSource:
    """Writes types, and keeps what they need.

    Attributes:
        modules: The user's modules by name; what they define can be imported.
        reserved: Names that neither an import nor a class may take.
        imports: Names to import, by module: each with the name that it has here.
        classes: TypedDicts that have no name in the user's code: docstring and keys, by the name that they have here.
    """

    modules: dict[str, MypyFile]
    reserved: set[str]
    imports: dict[str, dict[str, str]] = field(default_factory=dict)
    classes: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict)

    def write(self, written: Type, name: str, module: MypyFile) -> str:
        """Return the source of a type.

        Args:
            written: The type.
            name: What a TypedDict is called that has no name.
            module: Where the type is met, whose imports are preferred.
        """
        if isinstance(written, TypeAliasType) and written.alias is not None:
            alias = written.alias
            owner, _, own = alias.fullname.rpartition(".")
            if owner in self.modules and not written.args and "@" not in own and own in self.modules[owner].names:
                return self._import(owner, own)
        return self._write(get_proper_type(written), name, module)

    def _write(self, written: ProperType, name: str, module: MypyFile) -> str:  # noqa: PLR0911  a case for each kind
        match written:
            case Instance():
                return self._instance(written, name, module)
            case TypedDictType():
                return self._typed_dict(written, name, module)
            case UnionType():
                return self._union(written, name, module)
            case TupleType() if written.partial_fallback.type.fullname == "builtins.tuple":
                return f"tuple[{self._all(written.items, name, module) or '()'}]"
            case TupleType():
                return self._instance(written.partial_fallback, name, module)
            case LiteralType():
                return self._literal(written, module)
            case NoneType():
                return "None"
            case UninhabitedType():
                return self._import("typing", "Never")
        return self._import("typing", "Any")  # and what can never be stored

    def _union(self, written: UnionType, name: str, module: MypyFile) -> str:
        items = dict.fromkeys(self.write(item, name, module) for item in written.items)
        opening = f"{self._import('typing', 'Literal')}[" if any(map(_is_literal, written.items)) else ""
        values = [item.removeprefix(opening)[:-1] for item in items if opening and item.startswith(opening)]
        others = [item for item in items if not opening or not item.startswith(opening)]
        return " | ".join([*([f"{opening}{', '.join(values)}]"] if values else []), *others])

    def _all(self, types: Iterable[Type], name: str, module: MypyFile) -> str:
        return ", ".join(self.write(item, name, module) for item in types)

    def _instance(self, written: Instance, name: str, module: MypyFile) -> str:
        class_name = self._class(written.type, module)
        arguments = self._all(written.args, name, module)
        if written.type.fullname == "builtins.tuple":
            return f"tuple[{arguments}, ...]"
        return f"{class_name}[{arguments}]" if arguments else class_name

    def _literal(self, written: LiteralType, module: MypyFile) -> str:
        is_enum = written.fallback.type.is_enum
        value = f"{self._class(written.fallback.type, module)}.{written.value}" if is_enum else repr(written.value)
        if written.fallback.type.fullname == "builtins.bytes":
            value = f"b{value}"
        return f"{self._import('typing', 'Literal')}[{value}]"

    def _typed_dict(self, written: TypedDictType, name: str, module: MypyFile) -> str:
        info = written.fallback.type
        if info.fullname not in {"typing._TypedDict", "typing_extensions._TypedDict"} and _is_importable(info):
            return self._class(info, module)
        keys = {}
        for key, value in sorted(written.items.items()):
            source = self.write(value, name + pascal(key), module)
            if key in written.readonly_keys:
                source = f"{self._import('typing_extensions', 'ReadOnly')}[{source}]"
            keys[key] = source if key in written.required_keys else f"{self._import('typing', 'NotRequired')}[{source}]"
        return self._define(name, "A dict that has no type of its own in the code.", keys)

    def _define(self, name: str, doc: str, keys: dict[str, str]) -> str:
        """Keep a TypedDict, under another name if that one is taken by another."""
        free = next(
            candidate
            for candidate in _numbered(name)
            if (keys == self.classes[candidate][1] if candidate in self.classes else candidate not in self.reserved)
        )
        self.classes.setdefault(free, (doc, keys))
        self.reserved.add(free)
        return free

    def _class(self, info: TypeInfo, module: MypyFile) -> str:
        if not _is_importable(info):
            return self._import("typing", "Any")
        owner, path = info.module_name, info.fullname.removeprefix(f"{info.module_name}.")
        outer, _, inner = path.partition(".")
        if owner == "builtins":
            return path
        owner = _imported_from(module, info, outer) or _exported_from(owner)
        return f"{self._import(owner, outer)}.{inner}" if inner else self._import(owner, outer)

    def _import(self, module: str, name: str) -> str:
        """Import a name, under another if that one is taken."""
        known = self.imports.setdefault(module, {})
        if name not in known:
            alias = name
            while alias in self.reserved:
                alias = f"{pascal(module.rpartition('.')[2])}{alias}"
            self.reserved.add(alias)
            known[name] = alias
        return known[name]


def _numbered(name: str) -> Iterator[str]:
    yield name
    yield from (f"{name}{number}" for number in count(2))


def _is_literal(item: Type) -> bool:
    return isinstance(get_proper_type(item), LiteralType)


def _is_importable(info: TypeInfo) -> bool:
    """Whether a class stands in a module, and not in a function."""
    return "@" not in info.fullname and "<" not in info.fullname


def _imported_from(module: MypyFile, info: TypeInfo, name: str) -> str | None:
    """From where the user's module imports a class, which may be defined in a private one."""
    for statement in module.imports:
        if isinstance(statement, ImportFrom) and statement.relative == 0:
            for imported, alias in statement.names:
                symbol = module.names.get(alias or imported)
                if symbol is not None and symbol.node is info and imported == name:
                    return statement.id
    return None


def _exported_from(owner: str) -> str:
    """Guess the public package of a private module: the part of its name before the first private one."""
    public = list(takewhile(lambda part: not part.startswith("_"), owner.split(".")))
    return ".".join(public) or owner


def is_identifier(key: str) -> bool:
    """Whether a key can be written as the name of an attribute."""
    return key.isidentifier() and not keyword.iskeyword(key) and not key.startswith("__")


def _constants_first(name: tuple[str, str]) -> tuple[bool, str]:
    return not name[0].isupper(), name[0]


def lines(imports: dict[str, dict[str, str]]) -> Iterator[str]:
    """Write the import statements, sorted."""
    for module in sorted(imports):
        names = [
            name if name == alias else f"{name} as {alias}"
            for name, alias in sorted(imports[module].items(), key=_constants_first)
        ]
        line = f"from {module} import {', '.join(names)}"
        yield line if len(line) <= 100 else f"from {module} import (\n" + "".join(f"    {n},\n" for n in names) + ")"
