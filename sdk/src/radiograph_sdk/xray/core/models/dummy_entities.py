"""As in AWS's SDK."""

from radiograph_sdk.xray.core.models.entity import DummySegment, DummySubsegment

__all__ = ["DummySegment", "DummySubsegment"]
