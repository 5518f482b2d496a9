"""Tracing a WSGI application: `app = RadiographMiddleware(app, recorder)`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from radiograph_sdk.entities import CURRENT
from radiograph_sdk.web import HEADER_NAME, Answering, Incoming

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import TracebackType

    from radiograph_sdk.recorder import Recorder

    Environ = dict[str, Any]
    StartResponse = Callable[..., Callable[[bytes], object]]
    App = Callable[[Environ, StartResponse], Iterable[bytes]]


class RadiographMiddleware:
    """Makes each request a segment, which lasts until its answer has been sent.

    Args:
        app: the application.
        recorder: that records it.
    """

    def __init__(self, app: App, recorder: Recorder) -> None:
        self._app = app
        self._recorder = recorder

    def answering(self, incoming: Incoming) -> Answering:
        """Begin the segment of a request."""
        return Answering(self._recorder, incoming)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        answering = self.answering(_incoming(environ))

        def started(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Callable[[bytes], object]:
            length = next((value for name, value in headers if name.lower() == "content-length"), None)
            answering.answered(int(status[:3]), length)
            return start_response(status, [*headers, (HEADER_NAME, answering.header)], *exc_info)

        try:
            with _within(answering):
                body = self._app(environ, started)
        except BaseException:
            answering.segment.close()
            raise
        return _Body(body, answering)


class _within:  # noqa: N801 -- reads as a word
    """Make a segment the current one for a moment: the thread is another request's before the answer is sent."""

    def __init__(self, answering: Answering) -> None:
        self._answering = answering

    def __enter__(self) -> None:
        self._before = CURRENT.get()
        CURRENT.set(self._answering.segment)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        CURRENT.set(self._before)
        # That is how a body ends.
        if error is not None and not isinstance(error, StopIteration):
            self._answering.failed(error)


class _Body:
    """The answer, made within its segment piece by piece."""

    def __init__(self, body: Iterable[bytes], answering: Answering) -> None:
        self._body = body
        self._pieces: Iterator[bytes] | None = None
        self._answering = answering

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        with _within(self._answering):
            if self._pieces is None:
                self._pieces = iter(self._body)
            return next(self._pieces)

    def close(self) -> None:
        try:
            with _within(self._answering):
                close = getattr(self._body, "close", None)
                if close is not None:
                    close()
        finally:
            self._answering.segment.close()


def _incoming(environ: Environ) -> Incoming:
    path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    # WSGI has bytes as Latin-1.
    asked = quote(path.encode("latin-1", "replace"), safe="/;=,:@!$&'()*+~") or "/"
    host = environ.get("HTTP_HOST") or f"{environ.get('SERVER_NAME', '')}:{environ.get('SERVER_PORT', '')}"
    return Incoming(
        method=environ.get("REQUEST_METHOD", "GET"),
        url=f"{environ.get('wsgi.url_scheme', 'http')}://{host}{asked}",
        path=asked,
        host=host,
        header=environ.get("HTTP_X_AMZN_TRACE_ID"),
        peer=environ.get("REMOTE_ADDR"),
        forwarded=environ.get("HTTP_X_FORWARDED_FOR"),
        user_agent=environ.get("HTTP_USER_AGENT"),
    )
