"""AWS_XRAY_DAEMON_ADDRESS in all its forms."""

import pytest

from radiograph_sdk.addresses import DaemonAddress, InvalidDaemonAddress, parse_daemon_address


def test_one_address_serves_both_doors() -> None:
    assert parse_daemon_address("10.1.2.3:3000") == DaemonAddress(udp=("10.1.2.3", 3000), tcp=("10.1.2.3", 3000))


@pytest.mark.parametrize("text", ["tcp:a.internal:2001 udp:b.internal:2002", "udp:b.internal:2002 tcp:a.internal:2001"])
def test_two_addresses_come_in_either_order(text: str) -> None:
    assert parse_daemon_address(text) == DaemonAddress(udp=("b.internal", 2002), tcp=("a.internal", 2001))


def test_an_ipv6_literal_stands_in_brackets() -> None:
    assert parse_daemon_address("[::1]:2000").udp == ("::1", 2000)


@pytest.mark.parametrize(
    "text",
    ["", "host", "host:", ":2000", "udp:host:2000", "udp:a:1 udp:b:2", "a:1 b:2", "a:1 b:2 c:3", "a:99999", "::1:2000"],
)
def test_anything_else_is_refused_with_the_forms(text: str) -> None:
    with pytest.raises(InvalidDaemonAddress, match="host:port"):
        parse_daemon_address(text)
