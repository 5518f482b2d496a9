"""Keeping other people's web pages out: a browser on this machine must not become a way in.

While nobody's identity is checked, any page that a browser shows could send documents to loopback with a plain
`fetch`. Browsers say where a request comes from; programs say nothing, and pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec
from starlette.responses import Response

from radiograph.errors import AccessDenied

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

_READING = frozenset({"GET", "HEAD"})
# A page of another origin cannot read what a GET answers, but it can have its visitor's browser ask, and the time
# until the answer tells: whether a trace exists, how many match a filter. So these are refused to it as well.
_TELLING = "/api/"
_FOREIGN_SITES = frozenset({b"cross-site", b"same-site"})
_SENTENCE = "This request comes from a web page of another origin, which may not call Radiograph."


def is_foreign(headers: list[tuple[bytes, bytes]]) -> bool:
    """Return whether a browser sent the request for a page of another origin.

    Args:
        headers: of the request, names in lower case.
    """
    found = dict(headers)
    if found.get(b"sec-fetch-site") in _FOREIGN_SITES:
        return True
    origin = found.get(b"origin")
    if origin is None:
        return False
    # Older browsers send only this. "null" stands for pages that have no origin to name.
    return urlsplit(origin.decode("latin-1")).netloc != found.get(b"host", b"").decode("latin-1")


def _is_guarded(scope: Scope) -> bool:
    return scope["method"] not in _READING or scope["path"].startswith(_TELLING)


def refuse_foreign_pages(app: ASGIApp) -> ASGIApp:
    """Wrap an application so that whatever changes or reveals data is refused to pages of other origins."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _is_guarded(scope) and is_foreign(scope["headers"]):
            error = AccessDenied(_SENTENCE)
            body = msgspec.json.encode({"__type": error.code, error.message_member: error.message})
            headers = {"x-amzn-ErrorType": error.code}
            await Response(body, error.status, headers, media_type="application/json")(scope, receive, send)
            return
        await app(scope, receive, send)

    return guarded
