"""`python -m shop up` starts the shop; `python -m shop demo` also sends customers. Ctrl-C ends both."""

import argparse
import signal
import sys
import threading
from collections.abc import Sequence

import msgspec

from . import load
from .supervisor import Shop, ShopError, start


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; the exit status is 1 when the shop does not start or a process dies."""
    options = _options(arguments)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        shop = start(options.daemon, port=options.port, sdk=options.sdk)
    except ShopError as error:
        print(error, file=sys.stderr)
        return 1
    with shop:
        _announce(shop, as_json=options.json)
        customers = None
        if options.command == "demo":
            seconds = None if options.forever else options.seconds
            customers = threading.Thread(target=_send_customers, args=(shop, options, seconds, stop))
            customers.start()
        while not stop.wait(0.5):
            if dead := shop.dead():
                print(f"these processes have ended: {', '.join(dead)}", file=sys.stderr)
                break
        died = not stop.is_set()
        stop.set()
        if customers is not None:
            customers.join()
    return 1 if died else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m shop", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="start the shop and keep it running")
    demo = commands.add_parser("demo", help="start the shop and send customers")
    for command in (up, demo):
        command.add_argument("--daemon", default="127.0.0.1:2000", help="the X-Ray daemon (127.0.0.1:2000)")
        command.add_argument("--port", type=int, default=0, help="port of the web front (0: any free one)")
        command.add_argument(
            "--sdk", choices=("aws", "radiograph"), default="aws", help="which SDK the shop's imports are (aws)"
        )
        command.add_argument("--json", action="store_true", help="announce the shop as one line of JSON")
    demo.add_argument("--rate", type=float, default=5.0, help="customers per second (5)")
    demo.add_argument("--seed", type=int, default=0)
    length = demo.add_mutually_exclusive_group()
    length.add_argument("--seconds", type=float, default=60.0, help="how long (60)")
    length.add_argument("--forever", action="store_true", help="until Ctrl-C")
    options = parser.parse_args(arguments)
    if options.command == "demo" and options.rate <= 0:
        parser.error(f"--rate is {options.rate}; give more than 0")
    return options


def _announce(shop: Shop, *, as_json: bool) -> None:
    if as_json:
        announcement = {"url": shop.url, "pids": shop.pids, "queue_url": shop.queue_url}
        print(msgspec.json.encode(announcement).decode(), flush=True)
    else:
        print(f"The shop is open at {shop.url} (Ctrl-C closes it).", flush=True)


def _send_customers(shop: Shop, options: argparse.Namespace, seconds: float | None, stop: threading.Event) -> None:
    tally = load.run(shop.url, rate=options.rate, seconds=seconds, seed=options.seed, stop=stop)
    print(msgspec.json.encode({"answers": dict(sorted(tally.items()))}).decode(), flush=True)
    stop.set()


if __name__ == "__main__":
    sys.exit(main())
