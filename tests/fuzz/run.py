"""Send malformed input to a Radiograph of our own and see that it takes no harm.

    python -m tests.fuzz.run --inputs 200000 --seed 1

It must not end, must answer no request with 5xx, and must keep every good document that came in between. What
it took, good or mended, must not break a question either. Batches that did harm are saved for repetition.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import re
import socket
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from tests.fuzz.mutator import HEADER, Mutator
from tests.support.radiograph_process import RadiographProcess
from tests.support.waiting import wait_until

_DOCUMENTS_IN_A_REQUEST = 100
_DATAGRAMS_AT_ONCE = 100
_BODIES_AT_ONCE = 4
_LARGEST_BODY = 15_000_000  # the setting body_bytes allows 16 MiB
_TIMEOUT_SECONDS = 60
# Of so many traces that came of malformed input, one is read back.
_READ_ONE_OF = 10
_DATAGRAMS_RECEIVED = re.compile(r"^radiograph_udp_datagrams_total (\S+)$", re.MULTILINE)


class Outcome(msgspec.Struct):
    """What happened.

    Args:
        inputs: malformed inputs sent.
        accepted: of the documents among them, how many were taken, as they were or mended.
        good_sent: good documents sent in between.
        good_kept: those that are there at the end.
        harm: batches that did harm, a sentence each.
    """

    inputs: int = 0
    accepted: int = 0
    good_sent: int = 0
    good_kept: int = 0
    harm: list[str] = msgspec.field(default_factory=list)


class Fuzz:
    """One run against one process.

    Args:
        process: to send to.
        seed: decides every input.
        failures: folder in which harmful batches are kept.
    """

    def __init__(self, process: RadiographProcess, seed: int, failures: Path) -> None:
        self.outcome = Outcome()
        self._process = process
        self._choose = random.Random(seed)
        self._start = time.time() - 60
        self._mutator = Mutator(self._choose, self._start)
        self._failures = failures
        self._good: dict[str, str] = {}
        self._connection = self._connect()
        host, _, port = process.daemon.rpartition(":")
        self._daemon = (host, int(port))
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._datagrams = 0

    def close(self) -> None:
        """Close the connections."""
        self._connection.close()
        self._udp.close()

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(urlsplit(self._process.url).netloc, timeout=_TIMEOUT_SECONDS)

    def _good_document(self) -> str:
        self.outcome.good_sent += 1
        number = self.outcome.good_sent
        trace_id = f"1-{int(self._start):08x}-600d{number:020x}"
        text = json.dumps(
            {
                "trace_id": trace_id,
                "id": f"600d{number:012x}",
                "name": "good",
                "start_time": self._start,
                "end_time": self._start + 1,
            }
        )
        self._good[trace_id] = text
        return text

    def _harm(self, sentence: str, batch: list[bytes]) -> None:
        self.outcome.harm.append(sentence)
        folder = self._failures / f"{len(self.outcome.harm):04d}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "what.txt").write_text(f"{sentence}\n{self._process.log[-5_000:]}", encoding="utf-8")
        for number, data in enumerate(batch):
            (folder / f"{number:04d}.bin").write_bytes(data)

    def ask(self, path: str, body: bytes, batch: list[bytes]) -> tuple[int, Any]:
        """Send a request; a 5xx, an answer that is no JSON and none at all are harm. Return status and answer."""
        try:
            self._connection.request("POST", path, body, {"Content-Type": "application/json"})
            answer = self._connection.getresponse()
            told = answer.read()
        except (OSError, http.client.HTTPException) as problem:
            self._harm(f"{path}: {problem!r}", batch)
            self._connection.close()
            self._connection = self._connect()
            return 0, None
        try:
            decoded = json.loads(told)
        except ValueError:
            self._harm(f"{path}: {answer.status} with {told[:200]!r}", batch)
            return answer.status, None
        if answer.status >= http.client.INTERNAL_SERVER_ERROR:
            self._harm(f"{path}: {answer.status} {told[:300]!r}", batch)
        return answer.status, decoded

    def documents(self) -> None:
        """Send one request of malformed documents with two good ones among them."""
        bad = [self._mutator.document() for _ in range(_DOCUMENTS_IN_A_REQUEST)]
        # A body is JSON, so that a document that is no UTF-8 cannot come this way; datagrams carry those.
        texts = [document.decode("utf-8", "replace") for document in bad]
        while sum(map(len, map(json.dumps, texts))) > _LARGEST_BODY:
            texts.remove(max(texts, key=len))  # the service refuses a larger body as a whole, as it should
        malformed = len(texts)
        for _ in range(2):
            texts.insert(self._choose.randint(0, len(texts)), self._good_document())
        body = json.dumps({"TraceSegmentDocuments": texts}).encode()
        status, told = self.ask("/TraceSegments", body, bad)
        self.outcome.inputs += malformed
        if status == http.client.OK and told is not None:
            self.outcome.accepted += malformed - len(told["UnprocessedTraceSegments"])
        elif status < http.client.INTERNAL_SERVER_ERROR:
            self._harm(f"a batch of strings was refused as a whole: {status} {told!r}", bad)

    def bodies(self) -> None:
        """Send malformed bodies, one request each."""
        for _ in range(_BODIES_AT_ONCE):
            body = self._mutator.body()
            self.ask("/TraceSegments", body, [body])
            self.outcome.inputs += 1

    def datagrams(self) -> None:
        """Send malformed datagrams with two good ones among them, and wait until all were received."""
        bad = [self._mutator.datagram() for _ in range(_DATAGRAMS_AT_ONCE)]
        all_of_them = list(bad)
        for _ in range(2):
            good = HEADER + self._good_document().encode()
            all_of_them.insert(self._choose.randint(0, len(all_of_them)), good)
        for datagram in all_of_them:
            self._udp.sendto(datagram, self._daemon)
        self._datagrams += len(all_of_them)
        self.outcome.inputs += len(bad)
        try:
            wait_until(self._all_received, seconds=_TIMEOUT_SECONDS, what="all datagrams to be received")
        except (TimeoutError, OSError, AssertionError) as problem:
            self._harm(f"datagrams: {problem}", bad)

    def _all_received(self) -> bool:
        assert self._process.running, "it ended"
        received = _DATAGRAMS_RECEIVED.search(self._process.get("/metrics"))
        assert received is not None
        return float(received[1]) >= self._datagrams

    def _all_committed(self) -> bool:
        waiting: int = self._process.status()["writer"]["queued_bytes"]
        return waiting == 0

    def questions(self, *, pages: int) -> list[str]:
        """Ask for the graph and for so many pages of summaries; return the ids of their traces."""
        now = time.time()
        times = {"StartTime": now - 3_600, "EndTime": now + 600}
        trace_ids: list[str] = []
        token = None
        for _ in range(pages):
            body = json.dumps({**times, "TimeRangeType": "Event", **({"NextToken": token} if token else {})}).encode()
            status, told = self.ask("/TraceSummaries", body, [body])
            if status != http.client.OK:
                break
            trace_ids.extend(summary["Id"] for summary in told["TraceSummaries"])
            token = told.get("NextToken")
            if not token:
                break
        body = json.dumps(times).encode()
        self.ask("/ServiceGraph", body, [body])
        return trace_ids

    def finish(self) -> None:
        """Read back the good documents and a share of the others."""
        wait_until(self._all_committed, seconds=_TIMEOUT_SECONDS, what="the last commit")
        found = self.questions(pages=50)
        others = [trace_id for trace_id in found if trace_id not in self._good]
        sample = self._choose.sample(others, min(1_000, len(others) // _READ_ONE_OF))
        for trace_id in sample:
            body = json.dumps({"TraceIds": [trace_id]}).encode()
            self.ask("/Traces", body, [body])
            self.ask("/TraceGraph", body, [body])
        good = list(self._good)
        for begin in range(0, len(good), 5):
            body = json.dumps({"TraceIds": good[begin : begin + 5]}).encode()
            status, told = self.ask("/Traces", body, [body])
            if status == http.client.OK:
                for trace in told["Traces"]:
                    documents = [json.loads(segment["Document"]) for segment in trace["Segments"]]
                    self.outcome.good_kept += documents == [json.loads(self._good[trace["Id"]])]
        figures = self._process.status()
        for part in ("writer", "maintenance"):
            if figures[part]["failures"] or figures[part]["problem"]:
                self._harm(f"{part} failed: {figures[part]}", [])
        if figures["writer"]["lost"] or figures["udp"]["dropped_error"]:
            self._harm(f"documents were lost: {figures['writer']} {figures['udp']}", [])


def fuzz(folder: Path, *, inputs: int, seed: int, failures: Path) -> Outcome:
    """Send at least so many malformed inputs.

    Args:
        folder: a new folder for the data.
        inputs: how many.
        seed: decides every input.
        failures: folder in which harmful batches are kept.

    Raises:
        AssertionError: the process ended, or did not stop as it should.
    """
    settings = {"maintenance_interval": "2", "settle": "0.5", "commit_interval": "0.05", "log_level": "error"}
    with RadiographProcess(folder, settings=settings) as process:
        run = Fuzz(process, seed, failures)
        try:
            turn = 0
            while run.outcome.inputs < inputs:
                run.documents()
                run.bodies()
                run.datagrams()
                turn += 1
                if turn % 50 == 0:
                    run.questions(pages=5)
                assert process.running, "it ended"
            run.finish()
            process.get("/healthz")
            process.get("/metrics")
        finally:
            run.close()
    return run.outcome


def main() -> None:
    """Read the command line, send, say what happened."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32))
    parser.add_argument("--failures", type=Path, default=Path("fuzz-failures"), help="folder for harmful batches")
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)  # noqa: T201 -- a command prints
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="radiograph-fuzz-") as folder:
        outcome = fuzz(Path(folder) / "data", inputs=given.inputs, seed=given.seed, failures=given.failures)
    print(  # noqa: T201 -- likewise
        f"{outcome.inputs} malformed inputs in {time.monotonic() - began:.0f} s: {outcome.accepted} documents taken; "
        f"{outcome.good_kept} of {outcome.good_sent} good documents kept; harm: {len(outcome.harm)}"
    )
    for sentence in outcome.harm[:20]:
        print(f"  {sentence[:500]}")  # noqa: T201 -- likewise
    sys.exit(1 if outcome.harm or outcome.good_kept != outcome.good_sent else 0)


if __name__ == "__main__":
    main()
