"""The lines that come out: on the terminal, and as Markdown and JSON for the record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from rich.console import Console
from rich.table import Table

from benchmarks.figures import percentile

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.machine import Machine

_WIDTH = 160
_THOUSAND = 1000.0


class Budget(msgspec.Struct, frozen=True):
    """What is demanded.

    Args:
        value: the bound, in the result's unit.
        at_least: whether it bounds from below.
        of: which of the result's figures it bounds.
        source: who demands it: "issue" is what this version must reach, "design" what the project aims at.
    """

    value: float
    at_least: bool = False
    of: str = "median"
    source: str = "design"

    def met_by(self, value: float) -> bool:
        """Return whether a figure keeps to it."""
        return value >= self.value if self.at_least else value <= self.value


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One line.

    Args:
        part: the part of the benchmarks that measured it.
        what: what was measured.
        unit: of all its figures.
        n: how many measurements they come from.
        median: p50 where n is large, the figure itself where n is 1.
        p95: nearest rank; None where it would mean nothing.
        p99: likewise.
        budgets: what is demanded.
        note: conditions that the figure depends on.
        series: the measurements over time, where they were taken; only in the JSON.
    """

    part: str
    what: str
    unit: str
    n: int
    median: float
    p95: float | None = None
    p99: float | None = None
    budgets: tuple[Budget, ...] = ()
    note: str = ""
    series: list[Any] = msgspec.field(default_factory=list)

    def figure(self, name: str) -> float | None:
        """Return one of its figures by name."""
        return {"median": self.median, "p95": self.p95, "p99": self.p99}[name]


def latency(part: str, what: str, seconds: Sequence[float], *budgets: Budget, note: str = "") -> Result:
    """Return the line of a latency, in milliseconds."""
    times = [each * _THOUSAND for each in seconds]
    return Result(
        part=part,
        what=what,
        unit="ms",
        n=len(times),
        median=percentile(times, 0.5),
        p95=percentile(times, 0.95),
        p99=percentile(times, 0.99),
        budgets=budgets,
        note=note,
    )


def number(value: float | None) -> str:
    """Return a figure with three significant digits or more."""
    if value is None:
        return ""
    if abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3g}"


def _demand(budget: Budget, result: Result) -> str:
    value = result.figure(budget.of)
    which = "" if budget.of == "median" else f"{budget.of} "
    sign = ">=" if budget.at_least else "<="
    verdict = "not measured" if value is None else "ok" if budget.met_by(value) else "MISSED"
    return f"{budget.source}: {which}{sign} {number(budget.value)}  {verdict}"


def _row(result: Result) -> list[str]:
    return [
        result.part,
        result.what,
        result.unit,
        f"{result.n:,}",
        number(result.median),
        number(result.p95),
        number(result.p99),
        "; ".join(_demand(budget, result) for budget in result.budgets),
        result.note,
    ]


_HEADINGS = ("part", "what", "unit", "n", "median", "p95", "p99", "budget", "note")


def show(results: Sequence[Result], machine: Machine, command: str, missing: Sequence[str]) -> None:
    """Print the lines as a table, and what could not be measured."""
    console = Console(soft_wrap=False)
    if not console.is_terminal:
        console.width = _WIDTH
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for heading in _HEADINGS:
        right = heading in ("n", "median", "p95", "p99")
        table.add_column(heading, justify="right" if right else "left", no_wrap=right or heading == "part")
    for result in results:
        row = _row(result)
        row[7] = row[7].replace("MISSED", "[red]MISSED[/red]").replace("  ok", "  [green]ok[/green]")
        table.add_row(*row)
    console.print()
    console.print(machine.line(), markup=False, highlight=False)
    console.print(command, markup=False, highlight=False)
    console.print()
    console.print(table)
    for each in missing:
        console.print(f"not measured: {each}", markup=False, highlight=False)


def write(
    folder: Path, results: Sequence[Result], machine: Machine, command: str, missing: Sequence[str]
) -> tuple[Path, Path]:
    """Write the lines as Markdown and JSON; return both files. In the JSON each line carries machine and moment."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = "bench-" + machine.date[:19].replace(":", "").replace("T", "-")
    markdown, plain = folder / f"{stem}.md", folder / f"{stem}.json"
    lines = [f"`{command}`", "", machine.line(), "", "| " + " | ".join(_HEADINGS) + " |"]
    lines.append("| --- | --- | --- | ---: | ---: | ---: | ---: | --- | --- |")
    lines += ["| " + " | ".join(_row(result)) + " |" for result in results]
    lines += ["", *(f"Not measured: {each}" for each in missing)] if missing else []
    markdown.write_text("\n".join(lines) + "\n", encoding="utf-8")
    about = {"command": command, "machine": msgspec.to_builtins(machine)}
    records = [about | msgspec.to_builtins(result) for result in results]
    plain.write_bytes(msgspec.json.format(msgspec.json.encode(records), indent=1) + b"\n")
    return markdown, plain
