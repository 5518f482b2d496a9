"""The console's files, as browsers and programs get them."""

from __future__ import annotations

import gzip
import re
from typing import TYPE_CHECKING

import pytest

from radiograph.doors.console_files import PACKAGED, read_console
from radiograph.doors.http import HttpSettings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .conftest import Api

_SCRIPT = b"export const answer = 42;" * 40
_INDEX = b"<!doctype html><title>Radiograph</title>"
_BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
_FIRST_LOAD = 120_000
_YEAR = 31_536_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A built console of three files; brotli's bytes are made up, since nothing reads them."""
    assets = tmp_path / "assets"
    assets.mkdir()
    (tmp_path / "index.html").write_bytes(_INDEX)
    (tmp_path / "favicon.svg").write_bytes(b"<svg/>")
    (tmp_path / ".sources").write_text("a hash")
    (assets / "main-4f3a.js").write_bytes(_SCRIPT)
    (assets / "main-4f3a.js.gz").write_bytes(gzip.compress(_SCRIPT))
    (assets / "main-4f3a.js.br").write_bytes(b"brotli")
    return tmp_path


@pytest.fixture
def console(serve_api: Callable[[HttpSettings], Api], folder: Path) -> Api:
    return serve_api(HttpSettings(strict=True, console=folder))


@pytest.mark.parametrize("path", ["/", "/traces", "/traces/1-67a1b2c3-0123456789abcdef01234567", "/no/such/page"])
def test_every_path_that_a_browser_asks_for_is_the_console(console: Api, path: str) -> None:
    answer = console.send("GET", path, headers=_BROWSER)

    assert (answer.status, answer.body) == (200, _INDEX)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"


def test_the_page_allows_no_inline_script_or_style_and_no_other_host(console: Api) -> None:
    headers = console.send("GET", "/", headers=_BROWSER).headers

    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert {policy[name] for name in ("script-src", "style-src", "connect-src")} == {"'self'"}
    assert policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_the_page_is_never_kept_and_hashed_files_forever(console: Api) -> None:
    assert console.send("GET", "/", headers=_BROWSER).headers["Cache-Control"] == "no-store"
    assert console.send("GET", "/assets/main-4f3a.js").headers["Cache-Control"] == f"public, max-age={_YEAR}, immutable"
    assert console.send("GET", "/favicon.svg").headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    ("accepts", "coding", "body"),
    [
        ("gzip, deflate, br", "br", b"brotli"),
        ("gzip", "gzip", gzip.compress(_SCRIPT)),
        ("br;q=0, gzip;q=0.5", "gzip", gzip.compress(_SCRIPT)),
        ("identity", None, _SCRIPT),
        ("", None, _SCRIPT),
    ],
)
def test_the_smallest_coding_that_the_browser_takes_is_sent(
    console: Api, folder: Path, accepts: str, coding: str | None, body: bytes
) -> None:
    answer = console.send("GET", "/assets/main-4f3a.js", headers={"Accept-Encoding": accepts})

    assert answer.headers["Content-Encoding"] == coding
    if coding == "gzip":
        # gzip writes the time into its head.
        assert gzip.decompress(answer.body) == gzip.decompress(body)
    else:
        assert answer.body == body
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"


def test_who_has_the_file_already_is_told_so(console: Api) -> None:
    tag = console.send("GET", "/favicon.svg").headers["ETag"]

    for known in (tag, f"W/{tag}", f'"other", {tag}'):
        answer = console.send("GET", "/favicon.svg", headers={"If-None-Match": known})
        assert (answer.status, answer.body) == (304, b"")
    assert console.send("GET", "/favicon.svg", headers={"If-None-Match": '"other"'}).status == 200


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/no/such/page", {}),
        ("GET", "/no/such/page", {"Accept": "application/json"}),
        ("GET", "/assets/old-1234.js", _BROWSER),
        ("GET", "/api/v1/no-such-route", _BROWSER),
        ("POST", "/no/such/page", _BROWSER),
        ("GET", "/Traces", _BROWSER),
        ("GET", "/.sources", {}),
    ],
)
def test_programs_and_the_x_ray_api_are_answered_as_without_a_console(
    console: Api, api: Api, method: str, path: str, headers: dict[str, str]
) -> None:
    with_console = console.send(method, path, headers=headers)
    without = api.send(method, path, headers=headers)

    assert with_console.status == without.status >= 400
    assert with_console.headers["x-amzn-ErrorType"] == without.headers["x-amzn-ErrorType"]
    assert with_console.json == without.json


def test_traces_as_a_page_does_not_hide_traces_as_an_operation(console: Api) -> None:
    console.answers["BatchGetTraces"] = {"Traces": []}

    answer = console.send("POST", "/Traces", '{"TraceIds": []}', _BROWSER)

    assert answer.status == 200
    assert console.requests == [("BatchGetTraces", {"TraceIds": []})]


def test_without_a_built_console_the_front_page_says_so(
    serve_api: Callable[[HttpSettings], Api], tmp_path: Path
) -> None:
    api = serve_api(HttpSettings(strict=True, console=tmp_path / "not-built"))

    answer = api.send("GET", "/", headers=_BROWSER)

    assert answer.status == 200
    assert b"built without the console" in answer.body
    assert api.send("GET", "/traces", headers=_BROWSER).status == 404


@pytest.mark.skipif(not PACKAGED.exists(), reason="this installation was built without the console")
def test_the_first_load_is_at_most_120_kb_of_script_and_asks_no_other_host() -> None:
    files = read_console(PACKAGED)
    index = files["index.html"].bodies["identity"].decode()

    named = re.findall(r'(?:src|href)="([^"]+)"', index)
    scripts = [name.removeprefix("/") for name in named if name.endswith(".js")]
    assert scripts
    assert all(name.startswith("/") and not name.startswith("//") for name in named)
    # What has no compressed copy is too small for one.
    sizes = [len(files[name].bodies.get("gzip", files[name].bodies["identity"])) for name in scripts]
    assert sum(sizes) <= _FIRST_LOAD
    assert "<style" not in index
    assert " style=" not in index
