"""Local rules, as in AWS's SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radiograph_sdk import sampling
from radiograph_sdk.sampling import Decision, InvalidSamplingRules, Request
from radiograph_sdk.xray.core.exceptions.exceptions import InvalidSamplingManifestError

if TYPE_CHECKING:
    from collections.abc import Mapping

_USUAL: dict[str, Any] = {"version": 2, "rules": [], "default": {"fixed_target": 1, "rate": 0.05}}


class LocalSampler:
    """Decides by local rules.

    Args:
        rules: of version 1 or 2; a recorder's `sampling_rules` replace them.

    Raises:
        InvalidSamplingManifestError: they cannot be.
    """

    def __init__(self, rules: Mapping[str, Any] = _USUAL) -> None:
        self.load_local_rules(rules)

    def load_local_rules(self, rules: Mapping[str, Any]) -> None:
        """Decide by other rules from now on.

        Raises:
            InvalidSamplingManifestError: they cannot be.
        """
        try:
            self._native = sampling.LocalSampler(rules)
        except InvalidSamplingRules as problem:
            raise InvalidSamplingManifestError(str(problem)) from problem

    def should_trace(self, sampling_req: Mapping[str, Any] | None = None) -> bool:
        """Return whether to record a request.

        Args:
            sampling_req: `host`, `method`, `path` and `service`, as far as they are known.
        """
        asked = sampling_req or {}
        return self.decide(Request(**{name: asked.get(name) for name in ("host", "method", "path", "service")})).sampled

    def decide(self, request: Request) -> Decision:
        """Return the decision, as the recorder asks for it."""
        return self._native.decide(request)

    def use_fallback(self, local: sampling.LocalSampler) -> None:
        """Decide by other rules from now on."""
        self._native = local
