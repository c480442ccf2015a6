"""A class has a codec: its own, or one that is built in."""

import sys
from typing import Any

import pytest

from typedflow import CodecError, codecs
from typedflow.codecs import _registry

KNOWN = '"numpy.ndarray", "pandas.DataFrame", "pandas.Series", "polars.DataFrame", "polars.Series", "pyarrow.Table"'


class Matrix:
    def __init__(self, rows: list[int]) -> None:
        self.rows = rows


class Wide(Matrix):
    pass


class MatrixCodec(codecs.Codec[Matrix]):
    name = "matrix"

    def encode(self, value: Matrix) -> bytes:
        return bytes(value.rows)

    def decode(self, data: bytes) -> Matrix:
        return Matrix(list(data))


@pytest.fixture(autouse=True)
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_registry, "_by_class", {})
    monkeypatch.setattr(_registry, "_by_name", {})
    codecs.register(Matrix, MatrixCodec())


def test_an_object_comes_back_from_its_bytes() -> None:
    assert codecs.encode(Matrix([1, 2])) == ("matrix", b"\x01\x02")
    assert codecs.decode("matrix", b"\x01\x02").rows == [1, 2]


def test_a_subclass_needs_a_codec_of_its_own() -> None:
    with pytest.raises(CodecError) as caught:
        codecs.encode(Wide([]))
    assert str(caught.value) == (
        f'no codec is registered for the class Wide. There are codecs named "matrix", {KNOWN}.'
    )
    assert caught.value.codec is None


def test_a_name_without_a_codec() -> None:
    with pytest.raises(CodecError) as caught:
        codecs.decode("cube", b"")
    assert str(caught.value) == (
        f'no codec is registered under the name "cube". There are codecs named "matrix", {KNOWN}.'
    )


def test_what_a_codec_raises_is_the_cause() -> None:
    with pytest.raises(CodecError) as caught:
        codecs.encode(Matrix([300]))
    assert str(caught.value) == (
        'codec "matrix": a value cannot be encoded: ValueError: bytes must be in range(0, 256)'
    )
    assert isinstance(caught.value.__cause__, ValueError)
    with pytest.raises(CodecError, match='codec "matrix": a value cannot be decoded: TypeError: '):
        codecs.decode("matrix", None)  # type: ignore[arg-type]


def test_a_codec_may_be_registered_again() -> None:
    again: Any = type("Matrix", (), {"__module__": Matrix.__module__})  # as when a cell of a notebook is run again
    codecs.register(again, MatrixCodec())
    codecs.register(Matrix, MatrixCodec())
    assert codecs.decode("matrix", b"\x01").rows == [1]


NOT_A_CODEC = 'is not a codec. Derive a class from Codec, with a name such as name = "matrix".'


class Nameless(MatrixCodec):
    name = ""


class Taken(MatrixCodec):
    name = "pandas.DataFrame"


@pytest.mark.parametrize(
    ("kind", "codec", "problem"),
    [
        (Matrix, Nameless(), 'is not a codec. Derive a class from Codec, with a name such as name = "matrix".'),
        (
            Matrix,
            "matrix",
            NOT_A_CODEC,
        ),
        (Matrix, MatrixCodec, 'is not a codec. Derive a class from Codec, with a name such as name = "matrix".'),
        ("Matrix", MatrixCodec(), "codec \"matrix\": it is registered for 'Matrix', which is not a class."),
        (Wide, MatrixCodec(), 'codec "matrix": the name is taken by the codec of another class. Choose another name.'),
        (
            Wide,
            Taken(),
            'codec "pandas.DataFrame": the name is taken by the codec of another class. Choose another name.',
        ),
    ],
)
def test_what_cannot_be_registered(kind: Any, codec: Any, problem: str) -> None:
    with pytest.raises(CodecError) as caught:
        codecs.register(kind, codec)
    assert str(caught.value).endswith(problem)


@pytest.mark.parametrize(
    ("library", "module", "install"),
    [("pyarrow", "_numpy", 'pip install "typedflow[arrow]"'), ("numpy", "_numpy", "pip install numpy")],
)
def test_without_the_library_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, library: str, module: str, install: str
) -> None:
    for loaded in (module, "_pyarrow"):
        monkeypatch.delitem(sys.modules, f"typedflow.codecs.{loaded}", raising=False)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(CodecError) as caught:
        codecs.decode("numpy.ndarray", b"")
    assert str(caught.value) == f'codec "numpy.ndarray": it needs {library}: install it with {install}.'


def test_a_class_of_the_same_name_is_not_that_of_the_library() -> None:
    kind = type("ndarray", (), {"__module__": "numpy"})
    assert _registry.codec_of(kind) is None
