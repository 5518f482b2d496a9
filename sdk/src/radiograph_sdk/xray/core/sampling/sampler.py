"""The service's rules, as in AWS's SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radiograph_sdk.addresses import DaemonAddress, parse_daemon_address
from radiograph_sdk.central import CentralSampler
from radiograph_sdk.sampling import LocalSampler, Request

if TYPE_CHECKING:
    from collections.abc import Mapping


class DefaultSampler(CentralSampler):
    """Decides by the service's rules, and by local ones until they are known."""

    def __init__(self) -> None:
        super().__init__(DaemonAddress().tcp)

    def start(self) -> None:
        """Do nothing: it asks from the first decision on."""

    def should_trace(self, sampling_req: Mapping[str, Any] | None = None) -> bool | str:
        """Return the name of the rule that records a request, else whether one is."""
        asked = sampling_req or {}
        decision = self.decide(Request(**{name: asked.get(name) for name in ("host", "method", "path", "service")}))
        return (decision.rule or True) if decision.sampled else False

    def load_local_rules(self, rules: Mapping[str, Any]) -> None:
        """Decide by other rules until the service's are known."""
        self.use_fallback(LocalSampler(rules))

    def load_settings(self, daemon_config: Any, context: Any = None, origin: Any = None) -> None:  # noqa: ARG002 -- AWS's
        """Ask another daemon."""
        address = getattr(daemon_config, "tcp_ip", None)
        if address:
            self.use_address(parse_daemon_address(f"{address}:{daemon_config.tcp_port}").tcp)
