"""The recorder of AWS's SDK for asyncio, which is the same here."""

from radiograph_sdk.xray.core.recorder import AsyncAWSXRayRecorder

__all__ = ["AsyncAWSXRayRecorder"]
