"""`radiograph sampling` against a running Radiograph, and the rehearsal's route."""

from __future__ import annotations

import concurrent.futures
import json
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.radiograph_process import RadiographProcess

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RULES = [
    {
        "RuleName": "carts",
        "Priority": 10,
        "FixedRate": 1.0,
        "ReservoirSize": 0,
        "ServiceName": "*",
        "ServiceType": "*",
        "Host": "*",
        "HTTPMethod": "*",
        "URLPath": "/cart*",
    },
    {"RuleName": "Default", "FixedRate": 0.0, "ReservoirSize": 0},
]


@pytest.fixture(scope="module")
def documents() -> list[dict[str, Any]]:
    """Requests of the last minutes, one a second."""
    return [request(number) for number in range(10)]


@pytest.fixture(scope="module")
def radiograph(
    tmp_path_factory: pytest.TempPathFactory, documents: list[dict[str, Any]]
) -> Iterator[RadiographProcess]:
    """Ten traces of a shop, of which four ask for the cart, one with a fault."""
    with RadiographProcess(tmp_path_factory.mktemp("sampling") / "data") as process:
        post(process, "TraceSegments", {"TraceSegmentDocuments": [json.dumps(each) for each in documents]})
        yield process


def request(number: int) -> dict[str, Any]:
    start = int(time.time()) - 100 + number
    path = "/cart" if number < 4 else "/"
    return {
        "trace_id": f"1-{start:08x}-{number:024x}",
        "id": f"{number + 1:016x}",
        "name": "shop",
        "start_time": start,
        "end_time": start + 0.1,
        "fault": number == 0,
        "http": {"request": {"method": "GET", "url": f"https://shop.test{path}"}},
    }


def post(process: RadiographProcess, path: str, body: Any) -> Any:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(f"{process.url}/{path}", json.dumps(body).encode()), timeout=20) as answer:
        return json.load(answer)


def run(process: RadiographProcess, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "radiograph", "sampling", *words, "--url", process.url]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "rules.json").write_text(json.dumps(RULES))
    return tmp_path / "rules.json"


def test_rules_are_tried_on_what_is_stored(radiograph: RadiographProcess, file: Path) -> None:
    shown = run(radiograph, "try", str(file), "--since", "1h")
    assert shown.returncode == 0, shown.stderr
    assert "10 stored traces" in shown.stdout
    # One each second today, which is all; four carts then.
    assert "100% → 40%" in shown.stdout

    found = json.loads(run(radiograph, "try", str(file), "--since", "1h", "--json").stdout)
    assert found["traces"] == 10
    assert (found["total"]["now"]["kept"], found["total"]["draft"]["kept"]) == (10, 4)
    assert (found["total"]["draft"]["errors"], found["total"]["draft"]["errors_kept"]) == (1, 1)
    assert [(rule["name"], rule["change"]) for rule in found["rules"]] == [("carts", "new"), ("Default", "changed")]
    # A rule that decides about fewer requests than today says so.
    assert re.search(r"Default +changed +10 → 6 ", shown.stdout)
    # Nothing was changed by it.
    assert "carts" not in run(radiograph, "rules").stdout


def test_rules_are_put_in_force_after_a_question(radiograph: RadiographProcess, file: Path) -> None:
    refused = run(radiograph, "apply", str(file))
    assert refused.returncode != 0
    assert "make    carts" in refused.stdout
    assert "Nothing was changed" in refused.stdout
    assert "--yes" in refused.stderr
    assert "carts" not in run(radiograph, "rules").stdout

    done = run(radiograph, "apply", str(file), "--yes")
    assert done.returncode == 0, done.stderr
    assert "2 changes were made" in done.stdout
    listed = run(radiograph, "rules").stdout
    assert listed.index("carts") < listed.index("Default")
    assert "nothing to change" in run(radiograph, "apply", str(file), "--yes").stdout

    file.write_text(json.dumps([{"RuleName": "Default", "FixedRate": 0.05, "ReservoirSize": 1}]))
    assert "2 changes were made" in run(radiograph, "apply", str(file), "--yes").stdout


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ([RULES[0] | {"RuleName": "new", "FixedRate": "0.5"}], "rules[0].FixedRate must be a number"),
        ([RULES[0] | {"RuleName": "new", "Ratee": 1}], "has Ratee, which no sampling rule has"),
        ([{**RULES[0], "RuleName": "new"}, {**RULES[0], "RuleName": "new"}], "new is given twice"),
        ([{"RuleARN": "arn:aws:xray:us-east-1:000000000000:sampling-rule/carts"}], "rule 1 of"),
        ([RULES[0] | {"RuleName": f"new-{number}"} for number in range(26)], "26 rules beside Default, and 25 are"),
    ],
)
def test_rules_that_cannot_be_put_in_force_leave_todays_alone(
    radiograph: RadiographProcess, file: Path, wanted: list[Any], sentence: str
) -> None:
    assert run(radiograph, "apply", str(file), "--yes").returncode == 0
    before = run(radiograph, "rules").stdout
    assert "carts" in before

    file.write_text(json.dumps(wanted))
    refused = run(radiograph, "apply", str(file), "--yes")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert sentence in refused.stderr
    assert run(radiograph, "rules").stdout == before

    file.write_text(json.dumps([{"RuleName": "Default", "FixedRate": 0.05, "ReservoirSize": 1}]))
    assert run(radiograph, "apply", str(file), "--yes").returncode == 0


def test_a_boost_that_the_file_does_not_have_is_gone_afterwards(radiograph: RadiographProcess, file: Path) -> None:
    boost = {"MaxRate": 1.0, "CooldownWindowMinutes": 5}
    file.write_text(json.dumps([RULES[0] | {"SamplingRateBoost": boost, "FixedRate": 0.5}]))
    assert run(radiograph, "apply", str(file), "--yes").returncode == 0

    file.write_text(json.dumps([RULES[0] | {"FixedRate": 0.5}]))
    assert "SamplingRateBoost {" in run(radiograph, "apply", str(file), "--yes").stdout
    assert "nothing to change" in run(radiograph, "apply", str(file), "--yes").stdout
    (carts,) = (
        rule for rule in json.loads(run(radiograph, "rules", "--json").stdout)["rules"] if rule["name"] == "carts"
    )
    assert carts["boost"] is None

    file.write_text(json.dumps([{"RuleName": "Default", "FixedRate": 0.05, "ReservoirSize": 1}]))
    assert run(radiograph, "apply", str(file), "--yes").returncode == 0


def test_a_draft_that_cannot_be_is_refused_with_its_reason(radiograph: RadiographProcess, file: Path) -> None:
    file.write_text(json.dumps([RULES[0] | {"Prio": 1}]))
    refused = run(radiograph, "try", str(file))
    assert refused.returncode == 1
    assert "rules[0] (carts) has Prio, which no sampling rule has" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_rules_are_tried_on_a_range(radiograph: RadiographProcess, documents: list[dict[str, Any]], file: Path) -> None:
    newest = max(each["start_time"] for each in documents)
    # The end is excluded: all but the last two.
    words = ("--from", str(newest - 60), "--to", str(newest - 1))
    assert "8 stored traces" in run(radiograph, "try", str(file), *words).stdout
    refused = run(radiograph, "try", str(file), "--since", "1h", *words)
    assert refused.returncode == 1
    assert "--since and --from" in refused.stderr


def test_without_traces_it_says_so(radiograph: RadiographProcess, file: Path) -> None:
    assert "nothing to replay" in run(radiograph, "try", str(file), "--since", "1s").stdout


def test_without_a_radiograph_it_says_how_to_name_one(file: Path) -> None:
    command = [sys.executable, "-m", "radiograph", "sampling", "try", str(file), "--url", "http://127.0.0.1:1"]
    refused = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert refused.returncode == 1
    assert "does not answer as a Radiograph" in refused.stderr
    assert "--url" in refused.stderr


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ([], "must be an object"),
        ({}, "rules must be a list"),
        ({"rules": [1]}, "rules must be a list"),
        ({"rules": [], "since": 1}, "since: there is no such member"),
        ({"rules": [], "start": "yesterday"}, "start must be seconds"),
        ({"rules": [], "start": 5, "end": 1}, "must be before"),
        ({"rules": [], "group": "nowhere"}, "group nowhere does not exist"),
        ({"rules": [{"RuleName": "x", "Priority": 1}]}, "rules[0].FixedRate is required"),
        ({"rules": [RULES[0] | {"FixedRate": 7}]}, "rules[0].FixedRate must be"),
        ({"rules": [RULES[0], RULES[0]]}, "carts is given twice"),
        ({"rules": [{"RuleName": "Default", "Host": "x"}]}, "only FixedRate and ReservoirSize"),
    ],
)
def test_what_the_route_refuses(radiograph: RadiographProcess, body: Any, sentence: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        post(radiograph, "api/v1/sampling/rehearsal", body)
    with caught.value as answer:
        assert answer.code == 400
        assert sentence in json.load(answer)["error"]["message"]


def test_the_route_takes_post_alone(radiograph: RadiographProcess) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        radiograph.get("/api/v1/sampling/rehearsal")
    with caught.value as answer:
        assert (answer.code, answer.headers["Allow"]) == (405, "POST")


def test_rehearsals_that_meet_are_made_one_after_the_other_or_told_to_come_again(radiograph: RadiographProcess) -> None:
    told: set[str] = set()

    def ask(_number: int) -> int:
        try:
            post(radiograph, "api/v1/sampling/rehearsal", {"rules": []})
        except urllib.error.HTTPError as refused:
            with refused:
                told.add(json.load(refused)["error"]["message"])
                return refused.code
        return 200

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answered = set(pool.map(ask, range(24)))
    assert 200 in answered
    assert answered <= {200, 429}
    assert all("under way" in message for message in told)
    assert ask(0) == 200


def test_the_rules_of_today_are_a_draft_too(radiograph: RadiographProcess) -> None:
    records = post(radiograph, "GetSamplingRules", {})["SamplingRuleRecords"]
    found = post(radiograph, "api/v1/sampling/rehearsal", {"rules": [record["SamplingRule"] for record in records]})
    assert found["total"]["now"] == found["total"]["draft"]
    assert {rule["change"] for rule in found["rules"]} == {"same"}
