"""Traces in tests: what an application recorded, in memory, and questions about it.

    def test_checkout_is_frugal(traces, client):      # the fixture comes with the distribution
        client.post("/buy")
        traces.assert_calls("dynamodb", at_most=2)
        traces.assert_edges({("shop", "dynamodb"), ("shop", "payments")})

Everything is recorded while it lasts, whatever samplers say, and nothing is sent.
"""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

import msgspec

from radiograph_sdk.recorder import Instead, Recorder
from radiograph_sdk.sampling import Always

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_REMOTE = ("aws", "remote")


class Part(msgspec.Struct, frozen=True):
    """A segment or subsegment, wherever it was sent.

    Args:
        document: as it was sent, without what is below it.
        children: below it, in the order of their starts.
    """

    document: dict[str, Any]
    children: list[Part]

    @property
    def name(self) -> str:
        """Of the service, the call or the work."""
        return str(self.document["name"])

    @property
    def is_call(self) -> bool:
        """Whether something else was called."""
        return self.document.get("namespace") in _REMOTE

    def walk(self) -> Iterator[Part]:
        """Return it and all below it."""
        yield self
        for child in self.children:
            yield from child.walk()

    def told(self, indent: str = "") -> str:
        """Return it and all below it as lines."""
        flags = [flag for flag in ("fault", "error", "throttle") if self.document.get(flag)]
        kind = self.document.get("namespace", "")
        line = " ".join(word for word in (f"{indent}{self.name}", f"[{kind}]" if kind else "", *flags) if word)
        return "\n".join([line, *(child.told(f"{indent}  ") for child in self.children)])


class Traces:
    """What was recorded; takes documents as a daemon would."""

    problem: OSError | None = None

    def __init__(self) -> None:
        self._documents: list[bytes] = []

    def send(self, document: bytes) -> bool:
        """Keep a document."""
        self._documents.append(document)
        return True

    def close(self) -> None:
        """Do nothing."""

    def clear(self) -> None:
        """Forget what was recorded so far."""
        self._documents.clear()

    @property
    def roots(self) -> list[Part]:
        """The segments, and what belongs to none, in the order of their starts; whole, whatever pieces they came in."""
        flat: dict[str, dict[str, Any]] = {}

        def take(document: dict[str, Any], parent: str | None) -> None:
            below = document.pop("subsegments", [])
            flat[document["id"]] = document | ({} if parent is None else {"parent_id": parent})
            for child in below:
                take(child, document["id"])

        for document in self._documents:
            take(json.loads(document), None)
        inside = {
            id_
            for id_, document in flat.items()
            if document.get("parent_id") in flat
            and ("trace_id" not in document or document.get("type") == "subsegment")
        }

        def part(id_: str) -> Part:
            below = [child for child in inside if flat[child]["parent_id"] == id_]
            return Part(flat[id_], [part(child) for child in sorted(below, key=lambda each: flat[each]["start_time"])])

        outside = sorted(flat.keys() - inside, key=lambda id_: flat[id_]["start_time"])
        return [part(id_) for id_ in outside]

    def named(self, name: str) -> list[Part]:
        """Return all segments and subsegments of a name."""
        return [part for root in self.roots for part in root.walk() if part.name == name]

    def calls(self, name: str) -> int:
        """Return how often something was called."""
        return sum(part.is_call for part in self.named(name))

    def edges(self) -> set[tuple[str, str]]:
        """Return who called whom, by name."""
        return {(root.name, part.name) for root in self.roots for part in root.walk() if part.is_call}

    def assert_calls(self, name: str, *, at_most: int | None = None, at_least: int | None = None) -> None:
        """See that something was called so often.

        Raises:
            AssertionError: it was not; with all that was recorded.
        """
        found = self.calls(name)
        if (at_most is not None and found > at_most) or (at_least is not None and found < at_least):
            bounds = [
                f"at least {at_least}" if at_least is not None else "",
                f"at most {at_most}" if at_most is not None else "",
            ]
            expected = " and ".join(filter(None, bounds))
            raise AssertionError(f"{name} was called {found} times, expected {expected}; recorded:\n{self.told()}")

    def assert_edges(self, allowed: Collection[tuple[str, str]]) -> None:
        """See that nobody called anything but what is allowed.

        Raises:
            AssertionError: somebody did; with all that was recorded.
        """
        new = self.edges() - set(allowed)
        if new:
            told = ", ".join(f"{caller} to {called}" for caller, called in sorted(new))
            raise AssertionError(f"new calls: {told}; recorded:\n{self.told()}")

    def told(self) -> str:
        """Return everything that was recorded as lines."""
        return "\n".join(root.told() for root in self.roots) or "(nothing)"


@contextlib.contextmanager
def collected() -> Iterator[Traces]:
    """Keep what every recorder of this process records meanwhile, all of it, and send nothing."""
    traces = Traces()
    before = Recorder.instead
    Recorder.instead = Instead(sampler=Always(), sender=traces)
    try:
        yield traces
    finally:
        Recorder.instead = before
