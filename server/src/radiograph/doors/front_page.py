"""GET / of an installation without the console: says in a browser what this is and where to go on."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from string import Template
from typing import TYPE_CHECKING

from starlette.responses import Response

from radiograph import __version__

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.6 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1.25rem; }
h1 { font-size: 1.6rem; margin-bottom: 0; }
h2 { font-size: 1.05rem; margin-top: 2rem; }
dt { font-weight: 600; margin-top: .75rem; }
dd { margin: 0; }
code { font: .95em ui-monospace, monospace; overflow-wrap: anywhere; }
.quiet { opacity: .75; margin-top: 0; }
"""

_PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Radiograph</title>
<style>$style</style>
</head>
<body>
<main>
<h1>Radiograph</h1>
<p class="quiet">AWS X-Ray as open software, version $version. It is running.</p>
<p>This installation was built without the console; everything else works. Installing it again with npm's registry in
reach brings the console.</p>
<h2>Where to send traces and questions</h2>
<dl>
<dt>X-Ray API</dt>
<dd><code>$api</code><br>for the AWS SDKs and CLI: <code>aws xray get-sampling-rules --endpoint-url $api</code></dd>
<dt>X-Ray daemon</dt>
<dd>$daemon</dd>
</dl>
<h2>How it is</h2>
<ul>
<li><a href="/healthz">Health</a>: can it store traces</li>
<li><a href="/api/status">Status</a>: what it has received, stored and refused</li>
<li><a href="/metrics">Metrics</a>, for Prometheus</li>
<li><a href="$documentation">X-Ray API reference</a></li>
</ul>
</main>
</body>
</html>
""")


def front_page_endpoint(
    *, daemon_address: str | None, documentation_url: str
) -> Callable[[Request], Awaitable[Response]]:
    """Build the endpoint of the front page. It has no script and loads nothing.

    Args:
        daemon_address: `host:port` of the daemon's door; None when it is closed.
        documentation_url: Where the documentation is.
    """
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    headers = {
        "Content-Security-Policy": (
            f"default-src 'none'; style-src 'sha256-{digest}'; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        ),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cache-Control": "no-store",
    }
    daemon = (
        f"<code>{escape(daemon_address)}</code>, UDP for segments and TCP for sampling rules"
        if daemon_address
        else "closed"
    )

    async def front_page(request: Request) -> Response:
        # The address as the visitor knows it; it is the visitor's own word, hence escaped.
        page = _PAGE.substitute(
            style=_STYLE,
            version=escape(__version__),
            api=escape(str(request.base_url).rstrip("/")),
            daemon=daemon,
            documentation=escape(documentation_url),
        )
        return Response(page, media_type="text/html", headers=headers)

    return front_page
