"""`xray_recorder`, as in AWS's SDK."""

from radiograph_sdk.xray.core.recorder import AsyncAWSXRayRecorder, AWSXRayRecorder

xray_recorder = AsyncAWSXRayRecorder()

__all__ = ["AWSXRayRecorder", "AsyncAWSXRayRecorder", "xray_recorder"]
