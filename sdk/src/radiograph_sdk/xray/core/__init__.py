"""`xray_recorder`, `patch` and `patch_all`, as in AWS's SDK."""

from radiograph_sdk.xray.core.patcher import patch, patch_all
from radiograph_sdk.xray.core.recorder import AsyncAWSXRayRecorder, AWSXRayRecorder

xray_recorder = AsyncAWSXRayRecorder()

__all__ = ["AWSXRayRecorder", "AsyncAWSXRayRecorder", "patch", "patch_all", "xray_recorder"]
