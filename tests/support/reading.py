"""Asking Radiograph through boto3."""

from __future__ import annotations

import datetime
from itertools import batched
