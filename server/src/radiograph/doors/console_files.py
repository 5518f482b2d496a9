"""The console's built files: what a browser gets for every path that is a page.

The build (server/console_build.py) leaves in `_console` an index.html, files under `assets/` whose names carry a hash
of their content, a few with fixed names, and beside most of them the same bytes compressed (`.br`, `.gz`). All of it
is read once, since it is small and a build that runs meanwhile must not mix two versions.
"""

from __future__ import annotations

import hashlib
import mimetypes
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from starlette.responses import Response
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

    Endpoint = Callable[[Request], Awaitable[Response]]

INDEX = "index.html"

PACKAGED = Path(__file__).resolve().parents[1] / "_console"
"""Where the build puts them."""

_CODINGS = (("br", ".br"), ("gzip", ".gz"))
"""What compressed files are called, the smallest first."""

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_EVERY_FILE = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Vary": "Accept-Encoding",
}
_PAGE = {
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}
_FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
_ASK_AGAIN = {"Cache-Control": "no-cache"}

_TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".svg": "image/svg+xml"}
"""Not left to the machine's table of types, which may say anything."""


class ConsoleFile(msgspec.Struct, frozen=True):
    """One built file.

    Attributes:
        media_type: its type.
        etag: names this content.
        headers: what every answer carries.
        bodies: the content by coding; `identity` is always there.
    """

    media_type: str
    etag: str
    headers: dict[str, str]
    bodies: dict[str, bytes]

    def answer(self, accepts: str, known: str) -> Response:
        """Return the answer to a GET.

        Args:
            accepts: the header Accept-Encoding.
            known: the header If-None-Match.
        """
        headers = {**self.headers, "ETag": self.etag}
        # Compressed on the way, the tag may come back marked weak; the content is the same.
        if self.etag in {tag.strip().removeprefix("W/") for tag in known.split(",")}:
            return Response(status_code=304, headers=headers)
        accepted = _accepted(accepts)
        coding = next((name for name, _ in _CODINGS if name in self.bodies and name in accepted), "identity")
        if coding != "identity":
            headers["Content-Encoding"] = coding
        return Response(self.bodies[coding], media_type=self.media_type, headers=headers)


def _accepted(header: str) -> set[str]:
    """Read which codings a client takes; `gzip;q=0` is a refusal (RFC 9110, 12.5.3)."""
    accepted = set()
    for entry in header.split(","):
        name, _, weight = entry.strip().lower().partition(";")
        if weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}:
            accepted.add(name.strip())
    return accepted


def read_console(folder: Path) -> dict[str, ConsoleFile]:
    """Read the built files, by path below the root such as `assets/main-4f3a.js`.

    Args:
        folder: where they are; when it is not there, the console was not built and nothing is returned.
    """
    if not (folder / INDEX).is_file():
        return {}
    found = {}
    compressed = {suffix for _, suffix in _CODINGS}
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.suffix in compressed or path.name.startswith("."):
            continue
        name = path.relative_to(folder).as_posix()
        content = path.read_bytes()
        bodies = {"identity": content}
        for coding, suffix in _CODINGS:
            beside = path.with_name(path.name + suffix)
            if beside.is_file():
                bodies[coding] = beside.read_bytes()
        life = _PAGE if name == INDEX else _FOREVER if name.startswith("assets/") else _ASK_AGAIN
        found[name] = ConsoleFile(
            media_type=_TYPES.get(path.suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream",
            etag=f'"{hashlib.sha256(content).hexdigest()[:32]}"',
            headers={**_EVERY_FILE, **life},
            bodies=bodies,
        )
    return found


def _endpoint(file: ConsoleFile) -> Endpoint:
    async def give(request: Request) -> Response:
        headers = request.headers
        return file.answer(headers.get("accept-encoding", ""), headers.get("if-none-match", ""))

    return give


def console_routes(files: Mapping[str, ConsoleFile]) -> list[Route]:
    """Build the routes of the files, and of `/`.

    Args:
        files: what `read_console` found; not empty.
    """
    routes = [Route(f"/{name}", _endpoint(file)) for name, file in files.items() if name != INDEX]
    return [Route("/", _endpoint(files[INDEX])), *routes]


def pages_or(files: Mapping[str, ConsoleFile], otherwise: ASGIApp) -> ASGIApp:
    """Answer a person's browser that asks for an unknown path with the console, and leave all else as it is.

    Which paths are pages the console itself knows, and says so where there is none. Programs do not ask for
    text/html, and get the error they know; so does whoever asks for something below `/api/` or `/assets/`.

    Args:
        files: what `read_console` found; not empty.
        otherwise: what answers unknown paths, a router's default.
    """
    index = files[INDEX]

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] in {"GET", "HEAD"}:
            headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
            path: str = scope["path"]
            if "text/html" in headers.get(b"accept", "") and not path.startswith(("/api/", "/assets/")):
                found = index.answer(headers.get(b"accept-encoding", ""), headers.get(b"if-none-match", ""))
                await found(scope, receive, send)
                return
        await otherwise(scope, receive, send)

    return answer
