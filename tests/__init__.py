"""Tests from end to end: whole processes, and clients that were not made for them."""
