"""Draws docs/images/sampling-quotas.svg: three clients share a reservoir, as the arithmetic gives it.

python -m tools.sampling_picture
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from radiograph.sampling.reservoir import PROMISE_SECONDS, Reservoir

OUT = Path(__file__).parent.parent / "docs" / "images" / "sampling-quotas.svg"
SIZE = 6
TITLE = f"What each client may take per second, reservoir {SIZE}"
SECONDS = 150
EPOCH = 1_700_000_000
WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 900, 330, 60, 70, 60
UNIT = (HEIGHT - TOP - BOTTOM) / (SIZE + 1)


@dataclass(frozen=True)
class Client:
    """A process with more to do than the reservoir has.

    Attributes:
        name: in the picture.
        arrives: seconds.
        leaves: seconds.
        fill: its colour, which says only who it is.
    """

    name: str
    arrives: int
    leaves: int
    fill: str


CLIENTS = (Client("A", 0, 100, "#4477aa"), Client("B", 24, SECONDS, "#ccbb44"), Client("C", 57, SECONDS, "#aa3377"))


def quotas() -> dict[str, list[int | None]]:
    """Return what each client may take in each second; None while it has no quota and borrows."""
    reservoir = Reservoir()
    found: dict[str, list[int | None]] = {client.name: [None] * SECONDS for client in CLIENTS}
    reports = sorted(
        (moment, client.name)
        for client in CLIENTS
        for moment in range(client.arrives + 10, min(client.leaves, SECONDS), 10)
    )
    for moment, name in reports:
        quota = reservoir.report(name, 600, size=SIZE, now=EPOCH + moment)
        for second in range(moment, min(moment + PROMISE_SECONDS + 1, SECONDS)):
            found[name][second] = quota
    return found


def x(second: float) -> float:
    """Return where a second is."""
    return LEFT + second * (WIDTH - LEFT - 20) / SECONDS


def y(units: float) -> float:
    """Return where so many requests per second are."""
    return HEIGHT - BOTTOM - units * UNIT


def draw() -> str:
    """Return the picture."""
    known = quotas()
    font = 'font-family="system-ui, sans-serif" font-size="13"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" {font}>',
        "<title>Three clients share a reservoir of 6 requests per second</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="16" y="26" font-size="15" font-weight="600" fill="#1a1a1a">{TITLE}</text>',
    ]
    for second in range(SECONDS):
        base = 0
        for client in CLIENTS:
            quota = known[client.name][second]
            if not quota:
                continue
            opacity = 0.3 if second >= client.leaves else 1
            parts.append(
                f'<rect x="{x(second):.1f}" y="{y(base + quota):.1f}" width="{x(1) - x(0) + 0.3:.1f}" '
                f'height="{quota * UNIT:.1f}" fill="{client.fill}" fill-opacity="{opacity}"/>'
            )
            base += quota
    parts.append(
        f'<path d="M{x(0):.0f} {y(SIZE):.1f}H{x(SECONDS):.0f}" stroke="#1a1a1a" stroke-dasharray="5 4" fill="none"/>'
    )
    parts += [
        f'<text x="{LEFT - 10}" y="{y(units) + 4:.1f}" text-anchor="end" fill="#444">{units}</text>'
        for units in range(0, SIZE + 1, 2)
    ]
    parts += [
        f'<text x="{x(second):.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle" fill="#444">{second} s</text>'
        for second in range(0, SECONDS + 1, 30)
    ]
    notes = (
        (10, "A reports: all is free"),
        (34, "B reports: nothing is free yet"),
        (67, "C reports"),
        (100, "A is gone; its promise holds on"),
    )
    for number, (second, text) in enumerate(notes):
        height = TOP - 16 + (number % 2) * 16
        parts.append(
            f'<path d="M{x(second):.1f} {height + 4}V{y(0):.1f}" stroke="#888" stroke-width="1" fill="none"/>'
            f'<text x="{x(second) + 4:.1f}" y="{height + 4}" fill="#1a1a1a">{text}</text>'
        )
    for number, client in enumerate(CLIENTS):
        place = LEFT + number * 60
        parts.append(
            f'<rect x="{place}" y="{HEIGHT - 24}" width="14" height="14" fill="{client.fill}"/>'
            f'<text x="{place + 20}" y="{HEIGHT - 12}" fill="#1a1a1a">{client.name}</text>'
        )
    parts.append(
        f'<text x="{LEFT + 200}" y="{HEIGHT - 12}" fill="#444">pale: promised to a client that is gone; '
        "white below the line: nobody's for a moment</text>"
    )
    return "\n".join([*parts, "</svg>", ""])


if __name__ == "__main__":
    OUT.write_text(draw(), encoding="utf-8")
    highest = max(sum(values[second] or 0 for values in quotas().values()) for second in range(math.floor(SECONDS)))
    print(f"{OUT.name}: never more than {highest} of {SIZE}")
