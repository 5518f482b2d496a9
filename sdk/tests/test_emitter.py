"""The emitter: one datagram per document, and no exception for the application."""

import socket

from radiograph_sdk.addresses import DaemonAddress
from radiograph_sdk.emitter import Emitter


def test_a_document_arrives_behind_the_daemons_header() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as daemon:
        daemon.bind(("127.0.0.1", 0))
        daemon.settimeout(5)
        emitter = Emitter(DaemonAddress(udp=daemon.getsockname()))
        assert emitter.send(b'{"name":"shop"}')
        assert daemon.recv(65536) == b'{"format":"json","version":1}\n{"name":"shop"}'
        emitter.close()
    assert emitter.sent == 1


def test_a_document_that_fits_no_datagram_is_counted_and_not_raised() -> None:
    emitter = Emitter(DaemonAddress())
    assert not emitter.send(b"x" * 65_507)
    assert emitter.too_large == 1


def test_an_unknown_host_is_counted_and_not_raised() -> None:
    emitter = Emitter(DaemonAddress(udp=("no.such.host.invalid", 2000)))
    assert not emitter.send(b"{}")
    assert emitter.failed == 1
