"""`radiograph status`: how a running Radiograph is, at a glance."""

from __future__ import annotations

import json
import sys
import time
import urllib.error
import urllib.request
from typing import Any

from rich.console import Console
from rich.table import Table

_TIMEOUT = 5
_BETWEEN_LOOKS = 1.0
_SCHEMES = ("http://", "https://")


def fetch_status(url: str) -> dict[str, Any]:
    """Ask a Radiograph for its figures.

    Raises:
        OSError: it does not answer.
        ValueError: something else answers.
    """
    if not url.startswith(_SCHEMES):
        raise ValueError(f"{url} is not an http address")
    with urllib.request.urlopen(url.rstrip("/") + "/api/status", timeout=_TIMEOUT) as answer:  # noqa: S310 -- checked
        found = json.load(answer)
    if not isinstance(found, dict) or "ingest" not in found:
        raise ValueError(f"{url} is not a Radiograph")
    return found


def size(count: float) -> str:
    """Return bytes as a person reads them."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:  # noqa: PLR2004 -- kilo
            return f"{count:,.0f} {unit}" if unit == "bytes" else f"{count:,.1f} {unit}"
        count /= 1000
    return f"{count:,.1f} TB"


def _rate(before: dict[str, Any], after: dict[str, Any], *path: str) -> str:
    old: Any = before
    new: Any = after
    for name in path:
        old = old.get(name, 0) if isinstance(old, dict) else 0
        new = new.get(name, 0) if isinstance(new, dict) else 0
    seconds = max(0.001, after["now"] - before["now"])
    return f"{new:>14,}   {(new - old) / seconds:>10,.0f} /s"


def report(before: dict[str, Any], after: dict[str, Any], console: Console) -> None:
    """Print two looks at the figures, a second apart, as totals and rates."""
    writer, store, udp = after["writer"], after["store"], after["udp"]
    uptime = int(after["now"] - after["started"])
    healthy = "[red]cannot write: " + writer["problem"] + "[/red]" if writer["problem"] else "[green]ok[/green]"
    console.print(
        f"[bold]Radiograph {after['version']}[/bold]  {healthy}  up {uptime // 3600}h {uptime % 3600 // 60}m "
        f"{uptime % 60}s  http {after['addresses']['http']}  daemon {after['addresses']['daemon']}"
    )
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 3, 0, 0))
    table.add_row("received by HTTP", _rate(before, after, "ingest", "received", "http"))
    table.add_row("received by UDP", _rate(before, after, "ingest", "received", "udp"))
    table.add_row("committed", _rate(before, after, "writer", "documents"))
    refused = sum(entry["count"] for entry in after["ingest"]["refused"].values())
    refused += sum(entry["count"] for entry in udp["refused"].values())
    table.add_row("refused", f"{refused:>14,}")
    table.add_row("dropped, queue full", f"{udp['dropped_overload']:>14,}")
    drops = udp["kernel_drops"]
    table.add_row("dropped by the kernel", "      not known" if drops is None else f"{drops:>14,}")
    table.add_row("lag", f"{writer['lag_seconds']:>14.2f} s   ({writer['queued']:,} documents wait)")
    table.add_row("store", f"{size(store['bytes']):>14}   in {store['files']:,} files")
    if after["memory_bytes"]:
        table.add_row("memory", f"{size(after['memory_bytes']):>14}")
    console.print(table)
    reasons = [
        (code, entry["count"], entry["message"], entry["example"]) for code, entry in after["ingest"]["refused"].items()
    ] + [(reason, entry["count"], entry["sentence"], entry["example"]) for reason, entry in udp["refused"].items()]
    if reasons:
        console.print("\n[bold]Refused, by reason[/bold]")
        for code, count, message, example in sorted(reasons, key=lambda reason: -reason[1]):
            console.print(f"  {count:,} x {code}: {message}", markup=False, highlight=False)
            console.print(f"      last one began: {example[:100]!r}", markup=False, highlight=False, style="dim")
    problem = after["maintenance"]["problem"]
    if problem:
        console.print(f"\n[yellow]Maintenance fails, the next round tries again:[/yellow] {problem}")


def show_status(url: str, *, as_json: bool) -> int:
    """Print the figures; return the exit status: 0 healthy, 1 cannot write, 2 not reached."""
    try:
        before = fetch_status(url)
        if as_json:
            print(json.dumps(before, indent=2))
            return 1 if before["writer"]["problem"] else 0
        time.sleep(_BETWEEN_LOOKS)
        after = fetch_status(url)
    except (OSError, ValueError, urllib.error.URLError) as problem:
        reason = getattr(problem, "reason", problem)
        print(
            f"radiograph: {url} does not answer as a Radiograph ({reason}); is it running (radiograph up)? "
            "Name another address with --url",
            file=sys.stderr,
        )
        return 2
    report(before, after, Console())
    return 1 if after["writer"]["problem"] else 0
