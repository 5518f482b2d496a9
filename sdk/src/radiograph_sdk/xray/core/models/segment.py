"""As in AWS's SDK."""

from radiograph_sdk.xray.core.models.entity import Segment

__all__ = ["Segment"]
