"""Sampling: the rules that SDKs ask for, and how many requests each client may take.

Floor 3: imports `radiograph.store` and below. `rules.py` has the rules, `quotas.py` the arithmetic.
"""
