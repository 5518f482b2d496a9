"""As in AWS's SDK."""

from radiograph_sdk.xray.core.models.entity import Subsegment

__all__ = ["Subsegment"]
