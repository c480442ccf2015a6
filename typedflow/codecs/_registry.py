"""Which codec a class has."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from typedflow._text import quoted
from typedflow.codecs._codec import Codec
from typedflow.exceptions import CodecError

if TYPE_CHECKING:
    from collections.abc import Callable

    from typedflow.codecs._codec import T

# The codecs that are built in, by the class and the package that has it. A package is never imported to find them.
BUILT_IN: Final = {
    "numpy.ndarray": ("typedflow.codecs._numpy", "ArrayCodec"),
    "pandas.DataFrame": ("typedflow.codecs._pandas", "FrameCodec"),
    "pandas.Series": ("typedflow.codecs._pandas", "SeriesCodec"),
    "polars.DataFrame": ("typedflow.codecs._polars", "FrameCodec"),
    "polars.Series": ("typedflow.codecs._polars", "SeriesCodec"),
    "pyarrow.Table": ("typedflow.codecs._pyarrow", "TableCodec"),
}
_PACKAGES: Final = {name.partition(".")[0] for name in BUILT_IN}
_by_class: dict[type, Codec[Any]] = {}
_by_name: dict[str, tuple[type, Codec[Any]]] = {}


def register(kind: type[T], codec: Codec[T]) -> None:
    """Store the objects of a class by a codec, from now on in this process.

    It holds for exactly this class: an object of a subclass would come back as one of this class. A later registration
    for the same class takes the place of this one. A codec that is built in can be replaced, too.

    Args:
        kind: The class.
        codec: Its codec.

    Raises:
        CodecError: They are not a class and a codec, or the name of the codec is taken.
    """
    given: Any = codec
    name = getattr(given, "name", None)
    if not isinstance(given, Codec) or not isinstance(name, str) or not name:
        raise CodecError(
            None, f'{codec!r:.80} is not a codec. Derive a class from Codec, with a name such as name = "matrix".'
        )
    if not isinstance(kind, type):
        raise CodecError(name, f"it is registered for {kind!r:.80}, which is not a class.")
    if name in BUILT_IN or (name in _by_name and not _is_same(_by_name[name][0], kind)):
        raise CodecError(name, "the name is taken by the codec of another class. Choose another name.")
    _by_class[kind] = codec
    _by_name[name] = kind, codec


def encode(value: object) -> tuple[str, bytes]:
    """Return the name of the codec of an object, and the bytes that it makes of it.

    Raises:
        CodecError: The class of the object does not have a codec, or the codec cannot encode it.
    """
    kind = type(value)
    codec = codec_of(kind)
    if codec is None:
        raise CodecError(None, f"no codec is registered for the class {kind.__name__}. {_known()}")
    return codec.name, _called(codec, codec.encode, value)


def decode(name: str, data: bytes) -> Any:
    """Return the object that `encode` made a name and bytes of.

    Raises:
        CodecError: There is no codec of this name, or it cannot decode the bytes.
    """
    if name in _by_name:
        codec = _by_name[name][1]
    elif name in BUILT_IN:
        codec = _loaded(name)
    else:
        raise CodecError(None, f'no codec is registered under the name "{name}". {_known()}')
    return _called(codec, codec.decode, data)


def codec_of(kind: type) -> Codec[Any] | None:
    """Return the codec of a class; None if it has none.

    Raises:
        CodecError: It has one, which needs a library that is not installed.
    """
    if kind in _by_class:
        return _by_class[kind]
    if kind.__module__.partition(".")[0] not in _PACKAGES:
        return None
    for name in BUILT_IN:
        package, _, of_class = name.partition(".")
        if getattr(sys.modules.get(package), of_class, None) is kind:
            return _loaded(name)
    return None


def _loaded(name: str) -> Codec[Any]:
    module, of_class = BUILT_IN[name]
    try:
        codec: Codec[Any] = getattr(import_module(module), of_class)()
    except ImportError as error:
        install = 'pip install "typedflow[arrow]"' if error.name == "pyarrow" else f"pip install {error.name}"
        raise CodecError(name, f"it needs {error.name}: install it with {install}.") from error
    return codec


def _called(codec: Codec[Any], method: Callable[[Any], Any], argument: object) -> Any:
    try:
        return method(argument)
    except CodecError:
        raise
    except Exception as error:
        action = "encoded" if method == codec.encode else "decoded"
        raise CodecError(codec.name, f"a value cannot be {action}: {type(error).__name__}: {error}") from error


def _is_same(one: type, other: type) -> bool:
    """Return whether two classes are one that was defined twice, as in a cell of a notebook that is run again."""
    return (one.__module__, one.__qualname__) == (other.__module__, other.__qualname__)


def _known() -> str:
    return f"There are codecs named {quoted(sorted({*_by_name, *BUILT_IN}))}."
