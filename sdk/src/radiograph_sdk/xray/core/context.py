"""As in AWS's SDK."""

from radiograph_sdk.xray.core.async_context import Context

__all__ = ["Context"]
