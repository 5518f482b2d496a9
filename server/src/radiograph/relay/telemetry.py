"""Once a minute the daemon tells the service what it has received, sent and lost."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Any

import msgspec

from radiograph.relay.signing import CredentialsError
from radiograph.relay.uplink import UnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from radiograph.relay.host import Host
    from radiograph.relay.uplink import Answer

_PERIOD_SECONDS = 60.0
_KEPT_RECORDS = 30
_RECORDS_PER_CALL = 10
_OK = 200


class Totals(msgspec.Struct, frozen=True):
    """Counters since the start, as the telemetry names them.

    Args:
        received: Datagrams received, valid or not.
        sent: Documents in batches that were answered with 200.
        spillover: Documents dropped for lack of room.
        rejected: Datagrams without a document, and documents that the service refused.
        timeout: Calls without an answer in time.
        connection_refused: Calls to a closed port.
        http_4xx: Calls answered with 4xx.
        http_5xx: Calls answered with 5xx.
        unknown_host: Calls to a name that does not resolve.
        other: Calls that failed otherwise.
    """

    received: int = 0
    sent: int = 0
    spillover: int = 0
    rejected: int = 0
    timeout: int = 0
    connection_refused: int = 0
    http_4xx: int = 0
    http_5xx: int = 0
    unknown_host: int = 0
    other: int = 0


def record(now: float, totals: Totals, before: Totals) -> dict[str, Any]:
    """Write one TelemetryRecord: what has been counted since `before`.

    Args:
        now: Seconds since the epoch.
        totals: Counters now.
        before: Counters at the last record.

    Source: X-Ray API reference, TelemetryRecord.
    """

    def since(name: str) -> int:
        return int(getattr(totals, name)) - int(getattr(before, name))

    return {
        "Timestamp": round(now, 3),
        "SegmentsReceivedCount": since("received"),
        "SegmentsSentCount": since("sent"),
        "SegmentsSpilloverCount": since("spillover"),
        "SegmentsRejectedCount": since("rejected"),
        "BackendConnectionErrors": {
            "TimeoutCount": since("timeout"),
            "ConnectionRefusedCount": since("connection_refused"),
            "HTTPCode4XXCount": since("http_4xx"),
            "HTTPCode5XXCount": since("http_5xx"),
            "UnknownHostCount": since("unknown_host"),
            "OtherCount": since("other"),
        },
    }


class Telemetry:
    """Makes a record every minute, once a datagram has ever come in, and sends what is due.

    Args:
        totals: Reads the counters.
        call: Sends a POST.
        host: Who the daemon is.
        resource_arn: ARN of the resource it runs on; may be empty.
        wall: Seconds since the epoch.
        log: Where events go.
        period: Seconds between records.
    """

    def __init__(
        self,
        *,
        totals: Callable[[], Totals],
        call: Callable[[str, bytes], Answer],
        host: Host,
        resource_arn: str,
        wall: Callable[[], float],
        log: Any,
        period: float = _PERIOD_SECONDS,
    ) -> None:
        self._totals = totals
        self._call = call
        self._sender = {
            "EC2InstanceId": host.instance_id,
            "Hostname": host.name,
            "ResourceARN": resource_arn[:500],
        }
        self._wall = wall
        self._log = log
        self._period = period
        self._before = Totals()
        self._records: deque[dict[str, Any]] = deque(maxlen=_KEPT_RECORDS)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="relay-telemetry", daemon=True)

    def start(self) -> None:
        """Begin to count the minutes."""
        self._thread.start()

    def stop(self) -> None:
        """Send a last record."""
        self._stopping.set()
        self._thread.join()
        self.report()

    def report(self) -> None:
        """Make a record and send all that are due, ten a call; the rest waits for the next minute."""
        totals = self._totals()
        if not totals.received:
            return
        self._records.append(record(self._wall(), totals, self._before))
        self._before = totals
        while self._records:
            due = [self._records.popleft() for _ in range(min(_RECORDS_PER_CALL, len(self._records)))]
            if not self._send(due):
                self._records.extendleft(reversed(due))
                return

    def _send(self, records: list[dict[str, Any]]) -> bool:
        body = msgspec.json.encode({**self._sender, "TelemetryRecords": records})
        try:
            status = self._call("/TelemetryRecords", body).status
        except (UnreachableError, CredentialsError) as error:
            self._log.debug("telemetry waits", records=len(records), reason=str(error))
            return False
        if status != _OK:
            self._log.debug("telemetry waits", records=len(records), status=status)
        return status == _OK

    def _run(self) -> None:
        while not self._stopping.wait(self._period):
            self.report()
