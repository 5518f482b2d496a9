"""Customers: lively traffic for looking at, and scripts whose effect on the map is known beforehand.

`python -m shop.load --url http://127.0.0.1:41234 --rate 5 --forever`
`python -m shop.load --url http://127.0.0.1:41234 --script n=200,faults=10,throttles=7,errors=5,slow=4`
"""

import argparse
import random
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import requests
from requests.adapters import HTTPAdapter

from .script import STATUS, Outcome, Script, expected_graph, parse

# What visitors do, in percent.
HABITS = {
    "browse": 24,
    "look up an order": 6,
    Outcome.OK: 54,
    Outcome.SLOW: 5,
    Outcome.ERROR: 5,
    Outcome.THROTTLE: 3,
    Outcome.FAULT: 3,
}
USERS = ("ada", "alan", "barbara", "edsger", "grace", "ken", "leslie", "margaret")
ITEMS = ("anorak", "compass", "kettle", "lantern", "teapot", "torch")
TIERS = ("standard", "silver", "gold")
AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0",
    "shop-app/3.2 (iOS)",
)
WORKERS = 16
DELIVERY_SECONDS = 60.0


class LoadError(Exception):
    """The shop did not answer as the script demands."""


class Visit(msgspec.Struct, frozen=True):
    """One request of a visitor."""

    method: str
    path: str
    params: dict[str, str] = {}
    json: dict[str, Any] | None = None
    agent: str = AGENTS[0]


def visit(rng: random.Random) -> Visit:
    """Choose what the next visitor does."""
    habit = rng.choices(list(HABITS), weights=list(HABITS.values()))[0]
    if habit == "browse":
        return Visit("GET", "/", agent=rng.choice(AGENTS))
    if habit == "look up an order":
        return Visit("GET", f"/orders/{rng.randint(1, 20)}", agent=rng.choice(AGENTS))
    return purchase(Outcome(habit), rng)


def purchase(outcome: Outcome, rng: random.Random) -> Visit:
    """Make somebody buy something, to a certain end."""
    user = rng.choice(USERS)
    wish = {
        "sku": rng.choice(ITEMS),
        "quantity": rng.randint(1, 4),
        "user": user,
        "tier": TIERS[USERS.index(user) % len(TIERS)],
        "returning": rng.random() < 0.7,
    }
    return Visit("POST", "/buy", {"outcome": outcome}, wish, rng.choice(AGENTS))


def run(
    url: str,
    *,
    rate: float,
    seconds: float | None,
    seed: int = 0,
    stop: threading.Event | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Counter[str]:
    """Send visitors at a steady rate; when the shop cannot keep up, as fast as it can.

    Args:
        url: the web front.
        rate: visitors per second.
        seconds: how long; None for ever.
        seed: same seed, same visitors in the same order.
        stop: set it to end early.
        clock: seconds that only grow.

    Returns:
        The number of answers by status, such as `{"201": 54, "404": 5}`; `unanswered` counts broken
        connections.
    """
    stop = stop or threading.Event()
    rng = random.Random(seed)
    tally: Counter[str] = Counter()
    free = threading.Semaphore(WORKERS)
    lock = threading.Lock()

    def send(session: requests.Session, who: Visit) -> None:
        try:
            status = str(_send(session, url, who).status_code)
        except requests.RequestException:
            status = "unanswered"
        finally:
            free.release()
        with lock:
            tally[status] += 1

    began = clock()
    with _session() as session, ThreadPoolExecutor(WORKERS) as pool:
        sent = 0
        while seconds is None or sent < rate * seconds:
            if stop.wait(max(0.0, began + sent / rate - clock())):
                break
            free.acquire()
            pool.submit(send, session, visit(rng))
            sent += 1
    return tally


def play(url: str, script: Script, *, seed: int = 0, workers: int = 4) -> dict[str, Any]:
    """Make exactly a script's purchases, and wait until the last e-mail has gone out.

    When this returns, every segment of every purchase has been sent to the daemon.

    Args:
        url: the web front of a shop that nobody else uses meanwhile.
        script: the purchases; they come in an order that the seed decides.
        seed: see above.
        workers: how many purchases happen at once.

    Returns:
        `{"script": ..., "queue_url": ..., "requests": [{outcome, status, trace_id}], "expected": ...}`; for
        the last see `expected_graph`.

    Raises:
        LoadError: an answer has another status than its outcome demands, or an e-mail did not go out in time.
        requests.RequestException: the shop did not answer.
    """
    rng = random.Random(seed)
    outcomes = script.outcomes()
    rng.shuffle(outcomes)
    visits = [purchase(outcome, rng) for outcome in outcomes]
    with _session() as session, ThreadPoolExecutor(workers) as pool:
        before = _state(session, url)
        answers = list(pool.map(lambda who: _send(session, url, who), visits))
        for outcome, answer in zip(outcomes, answers, strict=True):
            if answer.status_code != STATUS[outcome]:
                raise LoadError(f"a purchase that should end with {outcome} got {answer.status_code}: {answer.text}")
        _wait_for_emails(session, url, before["delivered"] + script.healthy + script.slow)
    return {
        "script": msgspec.to_builtins(script),
        "queue_url": before["queue_url"],
        "requests": [
            {"outcome": str(outcome), "status": answer.status_code, "trace_id": answer.json()["trace_id"]}
            for outcome, answer in zip(outcomes, answers, strict=True)
        ],
        "expected": expected_graph(script, queue_url=before["queue_url"]),
    }


def _wait_for_emails(session: requests.Session, url: str, wanted: int) -> None:
    until = time.monotonic() + DELIVERY_SECONDS
    while (delivered := _state(session, url)["delivered"]) < wanted:
        if time.monotonic() > until:
            raise LoadError(f"{wanted - delivered} e-mails did not go out in {DELIVERY_SECONDS:.0f} s")
        time.sleep(0.05)


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # the shop is on this machine, whatever proxies the environment names
    session.mount("http://", HTTPAdapter(pool_maxsize=WORKERS, max_retries=0))
    return session


def _send(session: requests.Session, url: str, who: Visit) -> requests.Response:
    return session.request(
        who.method,
        url + who.path,
        params=who.params,
        json=who.json,
        headers={"User-Agent": who.agent},
        timeout=60,
    )


def _state(session: requests.Session, url: str) -> dict[str, Any]:
    answer = session.get(f"{url}/state", timeout=30)
    answer.raise_for_status()
    state: dict[str, Any] = answer.json()
    return state


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; the exit status is 1 when the shop did not answer as it should."""
    parser = argparse.ArgumentParser(prog="python -m shop.load", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--url", required=True, help="address of the shop's web front")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rate", type=float, default=5.0, help="visitors per second (5)")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--seconds", type=float, default=60.0, help="how long (60)")
    length.add_argument("--forever", action="store_true", help="until Ctrl-C")
    length.add_argument("--script", metavar="n=200,faults=10,throttles=7,errors=5,slow=4")
    options = parser.parse_args(arguments)
    if options.rate <= 0:
        parser.error(f"--rate is {options.rate}; give more than 0")
    if options.script is not None:
        return _play_from_command_line(parser, options)

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    seconds = None if options.forever else options.seconds
    tally = run(options.url, rate=options.rate, seconds=seconds, seed=options.seed, stop=stop)
    print(msgspec.json.encode({"answers": dict(sorted(tally.items()))}).decode())
    return 0


def _play_from_command_line(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    try:
        script = parse(options.script)
    except ValueError as error:
        parser.error(str(error))
    try:
        result = play(options.url, script, seed=options.seed)
    except (LoadError, requests.RequestException) as error:
        print(error, file=sys.stderr)
        return 1
    print(msgspec.json.format(msgspec.json.encode(result), indent=1).decode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
