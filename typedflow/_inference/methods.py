"""Methods as they stand in the source, and with other types."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from typedflow._inference.classes import REQUIRED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from typedflow._inference.overloads import Types

Method = ast.FunctionDef | ast.AsyncFunctionDef


def class_in(path: Path, name: str) -> ast.ClassDef:
    """Parse a class."""
    module = ast.parse(path.read_text("utf-8"))
    (found,) = (node for node in module.body if isinstance(node, ast.ClassDef) and node.name == name)
    return found


def without_body(method: Method) -> Method:
    """Return a method with no more of its body than the docstring."""
    found = parsed(ast.unparse(method))
    documented = ast.get_docstring(method) is not None
    found.body = [*(method.body[:1] if documented else []), ast.Expr(ast.Constant(...))]
    return found


def overloaded(method: Method, overloads: Iterator[Types]) -> Iterator[Method]:
    """Give the overloads of a method. Only the first one has the docstring: editors show that."""
    variants = [retyped(method, types) for types in overloads]
    for index, variant in enumerate(variants):
        variant.decorator_list = [expression("overload")] if len(variants) > 1 else []
        if index and len(variant.body) > 1:
            del variant.body[0]
        yield variant


def retyped(method: Method, types: Types) -> Method:
    """Return a method with other types for its result and its parameters. Missing parameters are added.

    A parameter keeps its default, unless it is ``REQUIRED``.
    """
    found = parsed(ast.unparse(method))
    unpacked = [found.args.vararg] if found.args.vararg else []
    known = {parameter.arg: parameter for parameter in [*found.args.args, *unpacked, *found.args.kwonlyargs]}
    for name, text in types.items():
        annotation, _, default = text.partition(" = ")
        if name == "return":
            found.returns = expression(annotation)
        elif name == "options":
            assert found.args.kwarg
            found.args.kwarg.annotation = expression(annotation)
        elif name in known:
            known[name].annotation = expression(annotation)
            if default == REQUIRED:
                found.args.kw_defaults[found.args.kwonlyargs.index(known[name])] = None
        else:
            found.args.kwonlyargs.append(ast.arg(name, expression(annotation)))
            found.args.kw_defaults.append(expression(default) if default else None)
    return found


def parsed(source: str) -> Method:
    """Parse a method."""
    (method,) = ast.parse(source).body
    assert isinstance(method, Method)
    return method


def expression(source: str) -> ast.expr:
    """Parse an annotation."""
    return ast.parse(source, mode="eval").body
