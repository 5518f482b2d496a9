"""The way of the documents, put together: UDP door, inbox, courier, spool, uplink, telemetry."""

from __future__ import annotations

import time
from random import SystemRandom
from typing import TYPE_CHECKING, Any

from radiograph.doors.daemon.udp import UdpDoor
from radiograph.relay.courier import Courier
from radiograph.relay.gate import Gate
from radiograph.relay.health import Report
from radiograph.relay.host import identify
from radiograph.relay.inbox import Inbox
from radiograph.relay.ledger import Ledger
from radiograph.relay.sampling import SamplingAnswers
from radiograph.relay.signing import SigV4Signer, find_credentials, send_unsigned
from radiograph.relay.spool import Spool
from radiograph.relay.telemetry import Telemetry, Totals
from radiograph.relay.uplink import Uplink

if TYPE_CHECKING:
    from collections.abc import Mapping

    from radiograph.relay.config import Config
    from radiograph.relay.signing import Signer


class Relay:
    """Everything of the daemon except its HTTP servers.

    Args:
        config: The settings.
        environment: Environment variables.
        log: Where events go.

    Raises:
        ConfigurationError: The spool cannot be used.
    """

    def __init__(self, config: Config, *, environment: Mapping[str, str], log: Any) -> None:
        clock, random = time.monotonic, SystemRandom().random
        ask_metadata = config.is_aws and not config.local_mode
        self._log = log
        self.ledger = Ledger()
        self.inbox = Inbox(config.buffer_bytes, clock=clock)
        self.gate = Gate(clock=clock, random=random)
        self.udp = UdpDoor(config.udp, self.inbox.put, option="--bind", log=log)
        self._uplink = Uplink(
            config.endpoint,
            sign=_choose_signer(config, ask_metadata=ask_metadata, log=log),
            connections=config.concurrency,
            wall=time.time,
            proxy=config.proxy,
            verify=config.verify,
            environment=environment,
        )
        self.spool = Spool(config.spool, max_bytes=config.spool_bytes, log=log, clock=clock)
        self._courier = Courier(
            inbox=self.inbox,
            spool=self.spool,
            send=self._uplink.put_segments,
            gate=self.gate,
            ledger=self.ledger,
            workers=config.concurrency,
            log=log,
            clock=clock,
            random=random,
        )
        self._telemetry = Telemetry(
            totals=self.totals,
            call=self._uplink.call,
            host=identify(environment, ask_metadata=ask_metadata),
            resource_arn=config.resource_arn,
            wall=time.time,
            log=log,
        )
        self.sampling = SamplingAnswers(
            call=self._uplink.call,
            file=config.spool / "sampling-rules.json",
            clock=clock,
            wall=time.time,
            log=log,
        )

    def start(self) -> None:
        """Open the UDP door and begin to send.

        Raises:
            ConfigurationError: The address cannot be bound.
        """
        try:
            self.udp.start()
        except BaseException:
            self.spool.close()
            raise
        self._courier.start()
        self._telemetry.start()

    def stop(self) -> None:
        """Take in what the kernel still holds, send or spool it, and say what was done."""
        self.udp.stop()
        self._courier.stop()
        if self.gate.is_open:
            self._telemetry.stop()
        waiting = self.spool.waiting
        self.spool.close()
        self._uplink.close()
        self._log.info(
            "daemon stopped",
            received=self.udp.counters.received,
            sent=self.ledger.sent,
            refused=self.ledger.refused_total,
            in_spool=waiting,
        )

    def totals(self) -> Totals:
        """Read the counters that the telemetry reports."""
        door, errors = self.udp.counters, self.ledger.errors
        return Totals(
            received=door.received,
            sent=self.ledger.sent,
            spillover=door.dropped_overload + door.dropped_error + self.spool.dropped_documents,
            rejected=door.refused_total + self.ledger.refused_total,
            timeout=errors["timeout"],
            connection_refused=errors["refused"],
            http_4xx=errors["4xx"],
            http_5xx=errors["5xx"],
            unknown_host=errors["unknown_host"],
            other=errors["other"],
        )

    def report(self) -> Report:
        """Read everything that the health port shows."""
        door = self.udp.counters
        return Report(
            received=door.received,
            received_bytes=door.bytes,
            kernel_drops=self.udp.kernel_drops,
            invalid={reason: entry.count for reason, entry in door.refused.copy().items()},
            dropped=door.dropped_overload + door.dropped_error,
            in_memory=self.inbox.waiting,
            memory_bytes=self.inbox.held,
            in_spool=self.spool.waiting,
            spool_bytes=self.spool.size,
            spooled=self.ledger.spooled,
            spool_dropped=self.spool.dropped_documents,
            spool_corrupt=self.spool.corrupt_records,
            sent=self.ledger.sent,
            batches=self.ledger.batches,
            refused=self.ledger.refusals,
            errors={str(kind): count for kind, count in self.ledger.errors.items()},
            reachable=self.gate.is_open,
        )


def _choose_signer(config: Config, *, ask_metadata: bool, log: Any) -> Signer:
    """Sign for AWS always; for another service only when the host has credentials."""

    def find() -> Any:
        return find_credentials(region=config.region, role_arn=config.role_arn, ask_metadata=ask_metadata)

    if config.is_aws or find() is not None:
        return SigV4Signer(find, region=config.region, required=config.is_aws, clock=time.monotonic)
    log.info("no AWS credentials were found: calls are sent unsigned", endpoint=config.endpoint)
    return send_unsigned
