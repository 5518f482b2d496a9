"""Django's settings: `INSTALLED_APPS += ["radiograph_sdk.xray.ext.django"]`, and `XRAY_RECORDER` says the rest."""

from __future__ import annotations

from typing import Any, ClassVar

from django.apps import AppConfig
from django.conf import settings

from radiograph_sdk.xray.core import patch, xray_recorder

_MEMBERS = {
    "AWS_XRAY_DAEMON_ADDRESS": "daemon_address",
    "AWS_XRAY_TRACING_NAME": "service",
    "AWS_XRAY_CONTEXT_MISSING": "context_missing",
    "PLUGINS": "plugins",
    "SAMPLING": "sampling",
    "SAMPLING_RULES": "sampling_rules",
    "SAMPLER": "sampler",
    "DYNAMIC_NAMING": "dynamic_naming",
    "STREAMING_THRESHOLD": "streaming_threshold",
    "MAX_TRACE_BACK": "max_trace_back",
    "STREAM_SQL": "stream_sql",
}


class XRayConfig(AppConfig):  # type: ignore[misc]  # Django publishes no types
    """Configures the recorder by `settings.XRAY_RECORDER`."""

    name = "radiograph_sdk.xray.ext.django"
    label: ClassVar[str] = "xray"

    def ready(self) -> None:
        """Configure it, and trace what `PATCH_MODULES` lists."""
        given: dict[str, Any] = getattr(settings, "XRAY_RECORDER", {})
        known = {member: given[name] for name, member in _MEMBERS.items() if given.get(name) is not None}
        if isinstance(known.get("dynamic_naming"), str):
            from radiograph_sdk.xray.core.models.default_dynamic_naming import (  # noqa: PLC0415 -- seldom
                DefaultDynamicNaming,
            )

            known["dynamic_naming"] = DefaultDynamicNaming(known["dynamic_naming"], known.get("service") or "django")
        xray_recorder.configure(**known)
        modules = given.get("PATCH_MODULES") or ()
        if modules:
            patch(modules, ignore_module_patterns=given.get("IGNORE_MODULE_PATTERNS") or ())
