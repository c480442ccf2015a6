"""Tables and arrays come back from their bytes as they were, or are refused."""

import datetime as dt
import decimal
import warnings
from typing import Any

import hypothesis.extra.numpy as arrays
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from typedflow import CodecError, codecs

pd = pytest.importorskip("pandas", exc_type=ImportError)
pl = pytest.importorskip("polars", exc_type=ImportError)
pytest.importorskip("polars.testing", exc_type=ImportError)
pa = pytest.importorskip("pyarrow", exc_type=ImportError)
FEW = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def restored(value: object) -> Any:
    name, data = codecs.encode(value)
    package, _, kind = name.partition(".")
    assert type(value).__module__.startswith(package)
    assert type(value).__name__ == kind
    return codecs.decode(name, data)


def frame(**columns: Any) -> Any:
    return pd.DataFrame(columns)


PANDAS = {
    "nothing": frame(),
    "no rows": frame(a=pd.Series([], dtype="int64")),
    "no columns": pd.DataFrame(index=[1, 2]),
    "an index of names": pd.DataFrame({"a": [1, 2]}, index=["x", "y"]),
    "an index with a name": pd.DataFrame({"a": [1]}, index=pd.RangeIndex(2, 8, 6, name="k")),
    "an index named as a column": pd.DataFrame({"a": [1]}, index=pd.Index([1], name="a")),
    "an index with duplicates": pd.DataFrame({"a": [1, 2]}, index=[0, 0]),
    "an index of categories": pd.DataFrame({"a": [1]}, index=pd.CategoricalIndex(["x"], categories=["x", "y"])),
    "an index of several levels": pd.DataFrame(
        {"a": [1, 2]}, index=pd.MultiIndex.from_tuples([(1, "a"), (2, "b")], names=["n", None])
    ),
    "columns of several levels": pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", 1), ("b", 2)])),
    "columns of numbers": pd.DataFrame([[1, 2]]),
    "columns with a name": pd.DataFrame([[1]], columns=pd.Index(["a"], name="cities")),
    "categories": frame(a=pd.Categorical(["x", None], categories=["y", "x"], ordered=True)),
    "a time zone": frame(a=pd.date_range("2024-01-01", periods=2, tz="Europe/Berlin")),
    "an offset": frame(a=pd.to_datetime(["2024-01-01T00:00:00+02:00"])),
    "dates": frame(a=[dt.date(2024, 1, 1), None]),
    "periods": frame(a=pd.period_range("2024-01", periods=2, freq="M")),
    "durations": frame(a=pd.to_timedelta([1, 2], unit="s")),
    "not a number": frame(a=[1.0, float("nan"), float("-inf")]),
    "missing numbers": frame(a=pd.array([1, None], dtype="Int64")),
    "decimals": frame(a=[decimal.Decimal("1.50")]),
    "bytes": frame(a=[b"\x00"]),
    "missing text": frame(a=["x", None]),
    "missing booleans": frame(a=pd.Series([True, None], dtype=object)),
}


@pytest.mark.parametrize("kind", PANDAS)
def test_a_frame_of_pandas_comes_back(kind: str) -> None:
    pd.testing.assert_frame_equal(restored(PANDAS[kind]), PANDAS[kind], check_exact=True, check_freq=False)


@pytest.mark.parametrize("name", ["x", 0, None, ("a", 1)])
def test_a_series_of_pandas_keeps_its_name(name: object) -> None:
    series = pd.Series([1, 2], index=["a", "b"], name=name)
    pd.testing.assert_series_equal(restored(series), series)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([1, "a"], "Could not convert 'a' with type str: tried to convert to int64"),
        ([1, 2], 'Attributes of DataFrame.iloc[:, 0] (column name="a") are different'),
        ([[1, 2], [3]], 'DataFrame.iloc[:, 0] (column name="a")'),
        ([{"x": 1}, {"y": 2}], 'DataFrame.iloc[:, 0] (column name="a")'),
        ([None, float("nan")], "the objects in column 'a' change their types"),
        ([1j, object()], "object"),
    ],
)
def test_a_column_of_objects_that_would_come_back_as_others_is_refused(values: list[object], reason: str) -> None:
    with pytest.raises(CodecError) as caught:
        codecs.encode(frame(a=pd.Series(values, dtype=object)))
    assert str(caught.value).startswith('codec "pandas.DataFrame": Arrow does not give it back as it is: ')
    assert str(caught.value).endswith(". Give the columns types that Arrow has.")
    assert reason in str(caught.value)


@pytest.mark.parametrize("columns", [["a", "a"], [0, "a"]])
def test_columns_whose_names_arrow_does_not_have_are_refused(columns: list[object]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pyarrow says it as well
        with pytest.raises(CodecError, match="Arrow does not give it back as it is"):
            codecs.encode(pd.DataFrame([[1, 2]], columns=columns))


SCALARS = st.one_of(
    st.lists(st.integers(-(2**63), 2**63 - 1)),
    st.lists(st.floats()),
    st.lists(st.booleans()),
    st.lists(st.text(st.characters(codec="utf-8")) | st.none()),
    st.lists(st.binary() | st.none()),
    st.lists(st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2200, 1, 1))),  # noqa: DTZ001  pandas calls them naive
)


@FEW
@given(SCALARS)
def test_any_column_comes_back_or_is_refused(values: list[Any]) -> None:
    of_pandas = frame(a=values)
    pd.testing.assert_frame_equal(restored(of_pandas), of_pandas, check_exact=True)
    of_polars = pl.DataFrame({"a": values})
    pl.testing.assert_frame_equal(restored(of_polars), of_polars, check_exact=True)


POLARS = {
    "nothing": pl.DataFrame(),
    "no rows": pl.DataFrame(schema={"a": pl.Int8, "b": pl.List(pl.String)}),
    "categories": pl.DataFrame({"a": pl.Series(["x", None, "x"], dtype=pl.Categorical)}),
    "an enum": pl.DataFrame({"a": pl.Series(["x"], dtype=pl.Enum(["y", "x"]))}),
    "a time zone": pl.DataFrame(
        {"a": pl.Series([dt.datetime(2024, 1, 1, tzinfo=dt.UTC)]).dt.convert_time_zone("Europe/Berlin")}
    ),
    "lists and structs": pl.DataFrame({"a": [[1, 2], [], None], "b": [{"x": 1}, {"x": None}, None]}),
    "decimals": pl.DataFrame({"a": [decimal.Decimal("1.50")]}),
    "not a number": pl.DataFrame({"a": [1.0, float("nan"), None]}),
}


@pytest.mark.parametrize("kind", POLARS)
def test_a_frame_of_polars_comes_back(kind: str) -> None:
    pl.testing.assert_frame_equal(restored(POLARS[kind]), POLARS[kind], check_exact=True)


def test_a_series_of_polars_comes_back() -> None:
    series = pl.Series("x", [1, None])
    pl.testing.assert_series_equal(restored(series), series)


def test_objects_in_a_frame_of_polars_are_refused() -> None:
    with pytest.raises(CodecError) as caught:
        codecs.encode(pl.DataFrame({"a": [object()]}))
    assert str(caught.value) == (
        "codec \"polars.DataFrame\": the column 'a' has Python objects, which Arrow does not. Convert it to another "
        "type."
    )


@FEW
@given(arrays.arrays(arrays.scalar_dtypes() | arrays.array_dtypes(), arrays.array_shapes(min_dims=0, min_side=0)))
def test_any_array_comes_back(array: Any) -> None:
    again = restored(array)
    assert (again.dtype, again.shape, again.tobytes()) == (array.dtype, array.shape, array.tobytes())
    assert again.flags.writeable


def test_an_array_of_numbers_is_one_of_arrow_that_others_can_read() -> None:
    _, data = codecs.encode(np.array([[1.5, float("nan")]]))
    assert str(pa.ipc.open_stream(data).read_all().schema.field("items").type) == "double"


def test_an_array_of_objects_is_refused() -> None:
    with pytest.raises(CodecError) as caught:
        codecs.encode(np.array([None]))
    assert str(caught.value) == (
        'codec "numpy.ndarray": an array of the type object has Python objects, which Arrow does not. Use another type.'
    )


def test_a_table_of_arrow_comes_back() -> None:
    table = pa.table({"a": [1, None]}, metadata={"of": "sales"})
    assert restored(table).equals(table, check_metadata=True)
