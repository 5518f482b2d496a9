"""`radiograph sampling`: the rules of a running Radiograph, and what other rules would do."""

from __future__ import annotations

import json
import re
import time
import urllib.error
import urllib.request
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from radiograph.cli.policy_file import has_policies, policies_in
from radiograph.cli.rule_file import read_json, rules_in
from radiograph.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_TIMEOUT = 300
_PLAIN_WIDTH = 140
_SCHEMES = ("http://", "https://")
_UNITS = {"s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}
_SPAN = re.compile(r"(\d+(?:\.\d+)?)([smhd])")
_USUAL_SPAN = "6h"
_EPOCH = re.compile(r"\d+(?:\.\d+)?")


def ask(url: str, path: str, body: Any = None, *, method: str | None = None) -> Any:
    """Return the answer of a running Radiograph.

    Args:
        url: of it.
        path: that is asked for.
        body: for a POST; None for a GET.
        method: another one.

    Raises:
        ConfigurationError: it does not answer, or refuses, with its own sentence.
    """
    if not url.startswith(_SCHEMES):
        raise ConfigurationError(f"--url {url} is no http address; write it as http://127.0.0.1:2001")
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url.rstrip("/") + path, data, headers, method=method)  # noqa: S310 -- checked
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:  # noqa: S310 -- checked
            return json.load(answer)
    except urllib.error.HTTPError as refused:
        with refused:
            raise ConfigurationError(_sentence(refused)) from None
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "reason", problem)
        raise ConfigurationError(
            f"{url} does not answer as a Radiograph ({reason}); is it running (radiograph up)? "
            "Name another address with --url"
        ) from None


def _sentence(refused: urllib.error.HTTPError) -> str:
    try:
        told = json.loads(refused.read())
        error = told.get("error", told)
        return str(error.get("message") or error["Message"])
    except (ValueError, KeyError, AttributeError):
        return f"the server answered {refused.code} {refused.reason}"


def span(text: str) -> float:
    """Read a length of time, such as `90m` or `6h`; return seconds.

    Raises:
        ConfigurationError: it is none.
    """
    found = _SPAN.fullmatch(text.strip())
    if not found or not float(found[1]):
        raise ConfigurationError(f"--since {text}: write a number with s, m, h or d, such as 90m or 6h")
    return float(found[1]) * _UNITS[found[2]]


def moment(text: str, option: str) -> float:
    """Read a point in time, such as `2026-11-25T14:30` (local time) or `2026-11-25T14:30Z`; return seconds since 1970.

    Args:
        text: that, or seconds since 1970.
        option: that it is given with.

    Raises:
        ConfigurationError: it is none.
    """
    stripped = text.strip()
    if _EPOCH.fullmatch(stripped):
        return float(stripped)
    try:
        return datetime.fromisoformat(stripped).timestamp()
    except (ValueError, OverflowError, OSError):
        raise ConfigurationError(
            f"{option} {text}: write a time such as 2026-11-25T14:30, with Z at its end for UTC, or seconds since 1970"
        ) from None


def range_of(since: str, from_: str, to: str, *, now: float) -> tuple[float, float, str]:
    """Return start and end of what is asked for, seconds since 1970, and the words for it.

    Args:
        since: how far back from the end; "" for the usual.
        from_: when it starts; "" to go back from the end.
        to: when it ends; "" for now.
        now: seconds since 1970.

    Raises:
        ConfigurationError: one that cannot be read, two starts, or an end that is not after the start.
    """
    if since and from_:
        raise ConfigurationError("--since and --from both say where to start; give one of them")
    end = moment(to, "--to") if to else now
    start = moment(from_, "--from") if from_ else end - span(since or _USUAL_SPAN)
    if start >= end:
        raise ConfigurationError(f"--from {from_} must be before {f'--to {to}' if to else 'now'}")
    if from_:
        words = f"from {from_} to {to or 'now'}"
    else:
        words = f"the {since or _USUAL_SPAN} before {to}" if to else f"the last {since or _USUAL_SPAN}"
    return start, end, words


def show_rules(url: str, *, as_json: bool) -> int:
    """Print the rules in the order in which they are tried, and how they are used."""
    answer = ask(url, "/api/v1/sampling")
    if as_json:
        print(json.dumps(answer, indent=2))
        return 0
    console = Console()
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("priority", justify="right")
    table.add_column("rule", overflow="fold")
    table.add_column("takes", no_wrap=True)
    table.add_column("of")
    for name in ("matched/s", "sampled/s", "share", "clients"):
        table.add_column(name, justify="right")
    for rule in answer["rules"]:
        rates, share = rule["rates"], rule["share"]
        table.add_row(
            "last" if rule["is_default"] else str(rule["priority"]),
            plain(rule["name"]),
            takes(rule),
            plain(about(rule)),
            _figure(rates["requests"]),
            _figure(rates["sampled"]),
            "-" if share is None else percent(share),
            str(rule["clients"] or "-"),
        )
    console.print(table)
    for rule in answer["rules"]:
        if rule["covered_by"] is not None:
            console.print(
                f"{rule['name']} never decides: {rule['covered_by']} is tried before it and matches all of it.",
                markup=False,
            )
        if rule["ignored"] is not None:
            console.print(f"{rule['name']}: {rule['ignored']}", markup=False)
    return 0


def try_rules(url: str, file: Path, *, since: str, from_: str, to: str, group: str, as_json: bool) -> int:
    """Replay stored traffic against the rules or policies of a file, and print what they keep beside today's.

    Args:
        url: of the running Radiograph.
        file: with sampling rules, or with keep policies.
        since: how far back from the end; "" for the usual.
        from_: when the traffic starts; "" to go back from the end.
        to: when it ends; "" for now.
        group: whose traces count; "" for all.
        as_json: print the raw answer.
    """
    found = read_json(file)
    start, end, words = range_of(since, from_, to, now=time.time())
    draft: dict[str, Any]
    if has_policies(found):
        path, draft, what = "/api/v1/sampling/keep/rehearsal", {"policies": policies_in(found, file)}, "policies"
    else:
        path, draft, what = "/api/v1/sampling/rehearsal", {"rules": rules_in(found, file)}, "rules"
    console = Console()
    if not console.is_terminal:
        console.width = _PLAIN_WIDTH
    draft |= {"start": start, "end": end} | ({"group": group} if group else {})
    # On standard error, so that what is printed can be kept or piped.
    with Console(stderr=True).status(f"replaying {plain(words)} ..."):
        answer = ask(url, path, draft)
    if as_json:
        print(json.dumps(answer, indent=2))
        return 0
    if not answer["traces"]:
        console.print(
            f"There are no traces in this range, {words}: nothing to replay. Look further back with --since or --from.",
            markup=False,
        )
        return 0
    took = f"replayed in {answer['took_ms'] / 1000:.1f} s"
    share = answer.get("share", 1)
    looked_at = f", {percent(share)} of those there are" if share < 1 else ""
    console.print(f"[bold]{answer['traces']:,} stored traces[/bold]{looked_at}, {plain(words)}, {took}")
    last = "What today's rules left out is not stored." if what == "rules" else "Documents are what takes room."
    console.print(f"Each figure: kept by today's {what}, then by the draft. {last}\n")
    kinds = _KINDS if what == "rules" else (*_KINDS, ("documents_kept", "documents"))
    services = [{"name": "all", **answer["total"]}, *answer["services"]]
    console.print(_comparison("service", services, kinds))
    console.print()
    console.print(_comparison("rule" if what == "rules" else "policy", answer["rules"], kinds, with_change=True))
    if answer.get("problem"):
        console.print(f"\nProblem: {answer['problem']}", markup=False)
    return 0


# What is kept, of what.
_KINDS = (("kept", "requests"), ("errors_kept", "errors"), ("slow_kept", "slow"), ("users_kept", "users"))


def _comparison(
    what: str, rows: list[dict[str, Any]], kinds: Sequence[tuple[str, str]], *, with_change: bool = False
) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(what)
    if with_change:
        table.add_column("")
    table.add_column("requests", justify="right")
    for kept, _ in kinds:
        table.add_column(kept.replace("_", " "), justify="right")
    for row in rows:
        now, draft = row["now"], row["draft"]
        cells = [_both(now, draft, kept, of) for kept, of in kinds]
        change = (
            [{"same": "", "changed": "changed", "new": "new", "gone": "gone"}[row["change"]]] if with_change else []
        )
        table.add_row(plain(row["name"]), *change, _asked(now, draft), *cells)
    return table


def _asked(now: dict[str, Any] | None, draft: dict[str, Any] | None) -> str:
    """Return how many requests there are; where a rule decides about others than today, of both sides."""
    before, after = (None if side is None else side["requests"] for side in (now, draft))
    if before == after:
        return f"{before:,.0f}"
    return " → ".join("-" if each is None else f"{each:,.0f}" for each in (before, after))


def _both(now: dict[str, Any] | None, draft: dict[str, Any] | None, kept: str, of: str) -> str:
    """Return two shares and an arrow between them; `-` where there is nothing to keep."""

    def share(side: dict[str, Any] | None) -> float | None:
        return side[kept] / side[of] if side is not None and side[of] else None

    before, after = share(now), share(draft)
    if before is None and after is None:
        return "-"
    shown = [("-" if each is None else percent(each)) for each in (before, after)]
    return f"{shown[0]} → {shown[1]}"


def takes(rule: dict[str, Any]) -> str:
    """Return how much a rule takes, in words."""
    amount, unit = (rule["per_minute"], "min") if rule["per_minute"] else (rule["reservoir"], "s")
    rate = rule["fixed_rate"]
    if not amount:
        return percent(rate)
    return f"{amount:,}/{unit}" + (f" + {percent(rate)}" if rate else "")


def about(rule: dict[str, Any]) -> str:
    """Return which requests a rule is about, in words."""
    method, path = rule["http_method"], rule["url_path"]
    parts = []
    if method != "*" or path != "*":
        parts.append(" ".join(each for each in (method if method != "*" else "", path) if each))
    parts += [f"{word} {rule[field]}" for field, word in _WORDS.items() if rule[field] != "*"]
    parts += [f"{key}={value}" for key, value in rule["attributes"].items()]
    return ", ".join(parts) or "any request"


_WORDS = {"host": "host", "service_name": "service", "service_type": "type", "resource_arn": "resource"}


def percent(share: float) -> str:
    """Return a share in percent."""
    return f"{share * 100:.3g}%"


def _figure(value: float) -> str:
    return f"{value:,.1f}" if value else "-"


def plain(text: str) -> str:
    """Keep rich from reading names as markup."""
    return text.replace("[", r"\[")
