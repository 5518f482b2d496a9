"""Trace a Python application for AWS X-Ray or Radiograph."""

__version__ = "0.1.0"
