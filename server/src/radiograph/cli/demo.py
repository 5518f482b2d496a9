"""`radiograph demo`: Radiograph, the shop under load, and the service graph it makes."""

from __future__ import annotations

import contextlib
import datetime as dt
import importlib
import importlib.util
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from radiograph.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

_START_SECONDS = 30.0
_FIRST_LOOK_SECONDS = 60.0
_STOP_SECONDS = 20.0
_READY = "API, health, metrics"
_DAEMON = "X-Ray daemon"
_PLAIN_WIDTH = 140
_LOOK_BACK = dt.timedelta(minutes=5)


def shop_folder() -> Path:
    """Find the shop: inside the installed wheel, or in the repository this runs from.

    Raises:
        ConfigurationError: it is in neither place, or what it needs is not installed.
    """
    package = Path(__file__).resolve().parent.parent
    places = (package / "_examples" / "shop", package.parent.parent.parent / "examples" / "shop")
    for place in places:
        if (place / "shop" / "supervisor.py").exists():
            break
    else:
        raise ConfigurationError("the example shop is not part of this installation; install radiograph from its wheel")
    missing = [
        name
        for name in ("aws_xray_sdk", "boto3", "flask", "moto", "requests")
        if importlib.util.find_spec(name) is None
    ]
    if missing:
        raise ConfigurationError(
            f"the shop needs {', '.join(missing)}, not installed here; run: pip install 'radiograph[demo]'"
        )
    return place


@contextlib.contextmanager
def _radiograph(data: Path, http: str, udp: str) -> Iterator[tuple[str, str]]:
    """Run `radiograph up`; give the addresses of its two doors.

    Raises:
        ConfigurationError: it did not start; the message is its own.
    """
    command = [sys.executable, "-m", "radiograph", "up", "--data", str(data), "--http", http, "--udp", udp]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)  # noqa: S603 -- ours
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def listen() -> None:
        assert process.stderr is not None
        for line in process.stderr:
            lines.put(line)
        lines.put(None)

    threading.Thread(target=listen, daemon=True).start()
    try:
        yield _addresses(lines)
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _addresses(lines: queue.SimpleQueue[str | None]) -> tuple[str, str]:
    """Read the banner of `radiograph up`."""
    http = daemon = ""
    said: list[str] = []
    until = time.monotonic() + _START_SECONDS
    while not (http and daemon):
        try:
            line = lines.get(timeout=max(0.0, until - time.monotonic()))
        except queue.Empty:
            raise ConfigurationError("Radiograph did not start within 30 seconds; try `radiograph up`") from None
        if line is None:
            last = [words for words in said if words.startswith("radiograph: ")]
            raise ConfigurationError(last[-1].removeprefix("radiograph: ") if last else "Radiograph did not start")
        said.append(line.strip())
        if line.strip().startswith(_READY):
            http = line.split(_READY)[1].strip()
        elif line.strip().startswith(_DAEMON):
            daemon = line.split(_DAEMON)[1].split()[0]
    return http, daemon


def service_graph(url: str) -> list[dict[str, Any]]:
    """Ask for the graph of the last minutes, the way any X-Ray user does: with boto3."""
    import boto3  # noqa: PLC0415 -- only the demo needs it

    client = boto3.client(
        "xray",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="demo",
        aws_secret_access_key="demo",  # noqa: S106 -- a local Radiograph asks for none
    )
    now = dt.datetime.now(dt.UTC)
    services: list[dict[str, Any]] = client.get_service_graph(StartTime=now - _LOOK_BACK, EndTime=now)["Services"]
    return services


def graph_table(services: list[dict[str, Any]]) -> Table:
    """Show the nodes of a graph and whom they call."""
    names = {service["ReferenceId"]: service["Name"].rsplit("/", 1)[-1] for service in services}
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("service", no_wrap=True)
    table.add_column("type", no_wrap=True)
    for heading in ("requests", "ok", "error", "throttle", "fault", "average"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("calls")
    for service in services:
        figures = service.get("SummaryStatistics")
        called = ", ".join(names[edge["ReferenceId"]] for edge in service["Edges"])
        row = [names[service["ReferenceId"]], service["Type"] or "-"]
        if figures and figures["TotalCount"]:
            errors = figures["ErrorStatistics"]
            mean = figures["TotalResponseTime"] / figures["TotalCount"]
            row += [
                str(figures["TotalCount"]),
                str(figures["OkCount"]),
                str(errors["OtherCount"] or ""),
                str(errors["ThrottleCount"] or ""),
                str(figures["FaultStatistics"]["TotalCount"] or ""),
                f"{mean * 1000:.0f} ms",
            ]
        else:
            row += [""] * 6
        table.add_row(*row, called)
    return table


@contextlib.contextmanager
def _ended_like_ctrl_c() -> Iterator[None]:
    """Let SIGTERM and a closed terminal end the demo as Ctrl-C does: what it started must not stay behind."""
    names = ("SIGTERM", "SIGHUP", "SIGBREAK")  # no system has all
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    heeded = [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]  # nohup ignores one
    before = {number: signal.signal(number, signal.default_int_handler) for number in heeded}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run_demo(*, data: Path | None, http: str, udp: str, seconds: float, rate: float) -> int:
    """Run the demo; return the exit status.

    Args:
        data: the data folder, None for a temporary one.
        http: where to open the API.
        udp: where to open the daemon's door.
        seconds: how long the load runs, 0 until Ctrl-C.
        rate: requests per second.

    Raises:
        ConfigurationError: something keeps it from starting.
    """
    console = Console(soft_wrap=True)
    if not console.is_terminal:
        console.width = _PLAIN_WIDTH
    folder = shop_folder()
    sys.path.insert(0, str(folder))
    supervisor = importlib.import_module("shop.supervisor")
    with contextlib.ExitStack() as stack:
        stack.enter_context(_ended_like_ctrl_c())
        stack.enter_context(contextlib.suppress(KeyboardInterrupt))
        if data is None:
            data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="radiograph-demo-")))
        console.print("Starting Radiograph ...")
        url, daemon = stack.enter_context(_radiograph(data, http, udp))
        console.print(f"  [bold]{url}[/bold]  is Radiograph; the X-Ray daemon's door is {daemon}")
        console.print("Starting the shop: five services, and moto standing in for AWS ...")
        shop = stack.enter_context(supervisor.start(daemon))
        console.print(f"  [bold]{shop.url}[/bold]  is the shop's front page")
        load = [sys.executable, "-m", "shop.load", "--url", shop.url, "--rate", str(rate)]
        load += ["--seconds", str(seconds)] if seconds else ["--forever"]
        environment = os.environ | {"PYTHONPATH": str(folder)}
        runner = subprocess.Popen(load, env=environment, stdout=subprocess.DEVNULL)  # noqa: S603 -- our own module
        stack.callback(runner.wait)
        stack.callback(runner.terminate)
        console.print(f"Customers arrive, {rate:g} a second: some are slow, some fail, some are throttled.\n")
        _show_graph(console, url)
        console.print(
            f"\nOpen the console at [bold]{url}/[/bold] to see it live. Or ask it like X-Ray:\n"
            f"  aws xray get-trace-summaries --endpoint-url {url} \\\n"
            "    --start-time $(date -d '-5 min' +%s) --end-time $(date +%s)"
        )
        if not seconds:
            console.print("Ctrl-C stops everything.")
        runner.wait()
        console.print()
        _show_graph(console, url)
    return 0


def _show_graph(console: Console, url: str) -> None:
    """Wait until the graph has the whole shop on it, then print it."""
    until = time.monotonic() + _FIRST_LOOK_SECONDS
    known = -1
    services = service_graph(url)
    while time.monotonic() < until and (not services or len(services) > known):
        known = len(services)
        time.sleep(2)
        services = service_graph(url)
    console.print(graph_table(services))
