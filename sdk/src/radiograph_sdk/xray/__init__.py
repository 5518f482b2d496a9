"""The API of AWS's X-Ray SDK for Python, on this recorder: `from radiograph_sdk.xray.core import xray_recorder`.

Code that was written for `aws_xray_sdk` changes its imports. What is different is meant so: nothing is raised into
the application unless `RUNTIME_ERROR` asks for it, the context is in `contextvars`, and no document is too large.
"""

from radiograph_sdk.xray.sdk_config import SDKConfig as global_sdk_config  # noqa: N813 -- the name there

__all__ = ["global_sdk_config"]
