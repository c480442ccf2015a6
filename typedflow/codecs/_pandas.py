"""The codecs of pandas: a frame as a table of Arrow, with its index and the types of its columns."""

from __future__ import annotations

from typing import Any, ClassVar, Final

import pyarrow as pa
from pandas.testing import assert_frame_equal

from typedflow.codecs._codec import Codec
from typedflow.codecs._pyarrow import TableCodec
from typedflow.exceptions import CodecError

_TABLE: Final = TableCodec()
_UNNAMED: Final = b"typedflow.unnamed"


class FrameCodec(Codec[Any]):
    """A frame. What would come back as something else is refused, such as a column of lists."""

    name: ClassVar[str] = "pandas.DataFrame"

    def encode(self, value: Any) -> bytes:
        """Return the frame as a stream of Arrow, having read it again to see that it comes back as it is."""
        return _TABLE.encode(_table(value, self.name))

    def decode(self, data: bytes) -> Any:
        """Return the frame of such a stream."""
        return _TABLE.decode(data).to_pandas()


class SeriesCodec(Codec[Any]):
    """A series: the only column of a frame."""

    name: ClassVar[str] = "pandas.Series"

    def encode(self, value: Any) -> bytes:
        """Return the series as a stream of Arrow."""
        table = _table(value.to_frame(), self.name)
        if value.name is None:
            table = table.replace_schema_metadata({**table.schema.metadata, _UNNAMED: b""})
        return _TABLE.encode(table)

    def decode(self, data: bytes) -> Any:
        """Return the series of such a stream."""
        table = _TABLE.decode(data)
        series = table.to_pandas().iloc[:, 0]
        return series.rename(None) if _UNNAMED in table.schema.metadata else series


def _table(frame: Any, codec: str) -> Any:
    try:
        table = pa.Table.from_pandas(frame)
        restored = table.to_pandas()
        assert_frame_equal(restored, frame, check_exact=True, check_freq=False)
    except (AssertionError, ValueError, TypeError, NotImplementedError, pa.ArrowException) as error:
        raise CodecError(codec, _changed(" ".join(str(error).split()))) from error
    for column in range(frame.shape[1]):
        values, others = frame.iloc[:, column], restored.iloc[:, column]
        # Lists come back as arrays, and NaN as None, which the comparison may take for equal.
        if values.dtype == object and list(map(type, values)) != list(map(type, others)):
            raise CodecError(codec, _changed(f"the objects in column {frame.columns[column]!r} change their types"))
    return table


def _changed(reason: str) -> str:
    return f"Arrow does not give it back as it is: {reason:.300}. Give the columns types that Arrow has."
