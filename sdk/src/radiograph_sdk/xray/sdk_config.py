"""Whether anything is recorded at all."""

from __future__ import annotations

import os
from typing import ClassVar

from radiograph_sdk.environment import is_off

_VARIABLE = "AWS_XRAY_SDK_ENABLED"


class SDKConfig:
    """On and off, for the whole process. The variable `AWS_XRAY_SDK_ENABLED` comes before what is set."""

    XRAY_ENABLED_KEY = _VARIABLE
    _enabled: ClassVar[bool] = True

    @classmethod
    def sdk_enabled(cls) -> bool:
        """Return whether anything is recorded."""
        said = os.environ.get(_VARIABLE)
        return cls._enabled if said is None else not is_off(said)

    @classmethod
    def set_sdk_enabled(cls, value: bool) -> None:  # noqa: FBT001 -- AWS's signature
        """Switch it on or off."""
        cls._enabled = value is not False
