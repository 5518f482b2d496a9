"""Tracing without a change of code: which libraries are present, and the well-kept instrumentations of each."""
