"""Test cards."""

import enum


class Card(enum.StrEnum):
    """Test cards, as payment providers have them: each behaves in one way, always."""

    GOOD = "card-good"
    SLOW = "card-slow"
    OVERUSED = "card-overused"
    BROKEN = "card-broken"
