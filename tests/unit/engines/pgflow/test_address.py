"""What messages call a database, and what they say of an address that is not valid. They show no password."""

from traceback import format_exception

import pytest

from typedflow.engines.pgflow._database import Database
from typedflow.exceptions import EngineError

ADVICE = (
    "the address is not valid. Write postgresql://user@host:port/name. In a password, write %40 for @, %3A for :, "
    "%2F for / and %25 for %."
)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("postgresql://ada:secret@db.example.org:5433/shop", "postgresql://ada@db.example.org:5433/shop"),
        ("postgres://ada:se%40cr%2Fet@db/shop?sslmode=require", "postgresql://ada@db/shop"),
        ("postgresql://db/shop?user=ada&password=secret", "postgresql://ada@db/shop"),
        ("host=db port=5433 user=ada password='se cret' dbname=shop", "postgresql://ada@db:5433/shop"),
        ("postgresql://a:5,b:6/shop", "postgresql://a,b:5,6/shop"),
        ("", "postgresql:///"),
    ],
)
def test_the_name_of_a_database_has_no_password(address: str, name: str) -> None:
    assert Database(address).name == name


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("mysql://ada:secret@db/shop", "mysql://..."),
        ("postgresql://ada:se@cret@db/shop", "postgresql://..."),
        ("postgresql://ada:se/cret@db/shop", "postgresql://..."),
        ("postgresql://ada:sec%zzret@db/shop", "postgresql://..."),
        ("postgresql://ada:secret@db:secret/shop", "postgresql://..."),
        ("postgresql://ada:secret@db/shop?pass=secret", "postgresql://..."),
        ("host=db password=se cret", "postgresql://..."),
        ("secret", "postgresql://..."),
    ],
)
def test_an_address_that_is_not_valid_is_not_shown(address: str, name: str) -> None:
    with pytest.raises(EngineError) as caught:
        Database(address)
    assert str(caught.value) == f'engine "{name}": {ADVICE}'
    assert "secret" not in "".join(format_exception(caught.value))
