"""A web page of another origin cannot call Radiograph through the reader's browser."""

import pytest

from radiograph.doors.guard import is_foreign


@pytest.mark.parametrize(
    "headers",
    [
        [(b"sec-fetch-site", b"cross-site")],
        [(b"sec-fetch-site", b"same-site")],
        [(b"origin", b"https://evil.example"), (b"host", b"127.0.0.1:2001")],
        [(b"origin", b"null"), (b"host", b"127.0.0.1:2001")],
        [(b"origin", b"http://127.0.0.1:9999"), (b"host", b"127.0.0.1:2001")],
    ],
)
def test_pages_of_other_origins_are_foreign(headers: list[tuple[bytes, bytes]]) -> None:
    assert is_foreign(headers)


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"host", b"xray.eu-west-1.amazonaws.com")],
        [(b"sec-fetch-site", b"same-origin"), (b"origin", b"http://127.0.0.1:2001"), (b"host", b"127.0.0.1:2001")],
        [(b"sec-fetch-site", b"none")],
    ],
)
def test_programs_and_our_own_pages_are_not(headers: list[tuple[bytes, bytes]]) -> None:
    assert not is_foreign(headers)
