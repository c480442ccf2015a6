"""The codecs of polars, which writes Arrow's stream format itself."""

from __future__ import annotations

from io import BytesIO
from typing import Any, ClassVar

import polars as pl

from typedflow.codecs._codec import Codec
from typedflow.exceptions import CodecError


class FrameCodec(Codec[Any]):
    """A frame."""

    name: ClassVar[str] = "polars.DataFrame"

    def encode(self, value: Any) -> bytes:
        """Return the frame as a stream of Arrow."""
        return _encoded(value, self.name)

    def decode(self, data: bytes) -> Any:
        """Return the frame of such a stream."""
        return pl.read_ipc_stream(BytesIO(data))


class SeriesCodec(Codec[Any]):
    """A series: the only column of a frame."""

    name: ClassVar[str] = "polars.Series"

    def encode(self, value: Any) -> bytes:
        """Return the series as a stream of Arrow."""
        return _encoded(value.to_frame(), self.name)

    def decode(self, data: bytes) -> Any:
        """Return the series of such a stream."""
        return pl.read_ipc_stream(BytesIO(data)).to_series()


def _encoded(frame: pl.DataFrame, codec: str) -> bytes:
    for name, kind in frame.schema.items():
        if "Object" in str(kind):  # in a list or a struct, too: polars panics when it writes them
            reason = f"the column {name!r} has Python objects, which Arrow does not. Convert it to another type."
            raise CodecError(codec, reason)
    stream = BytesIO()
    frame.write_ipc_stream(stream)
    return stream.getvalue()
