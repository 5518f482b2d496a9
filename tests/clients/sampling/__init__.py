"""Unmodified SDKs sample by the rules and quotas of Radiograph."""
