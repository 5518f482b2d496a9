"""The command line as a person meets it: every refusal is one sentence that tells the way out."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

RADIOGRAPH = [sys.executable, "-m", "radiograph"]
QUIET = {name: value for name, value in os.environ.items() if not name.startswith("RADIOGRAPH_")}


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*RADIOGRAPH, *words], capture_output=True, text=True, timeout=60, env=QUIET | environment, check=False
    )


def up(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return run("up", "--data", str(folder), "--http", "127.0.0.1:0", "--udp", "127.0.0.1:0", *words)


def assert_one_sentence(result: subprocess.CompletedProcess[str], *pieces: str) -> None:
    assert result.returncode == 1, result.stderr
    assert "Traceback" not in result.stderr
    sentence = result.stderr.strip().splitlines()[-1]
    assert sentence.startswith("radiograph: ")
    for piece in pieces:
        assert piece in sentence


def test_the_version_is_printed() -> None:
    assert run("version").stdout.startswith("radiograph 0.")


@pytest.mark.parametrize("command", ["up", "demo", "status", "settings", "daemon", "version"])
def test_every_command_helps_with_an_example(command: str) -> None:
    result = run(command, "--help")
    assert result.returncode == 0
    assert f"radiograph {command}" in result.stdout


@pytest.mark.parametrize("command", ["rules", "try", "apply"])
def test_every_command_about_sampling_helps_with_an_example(command: str) -> None:
    result = run("sampling", command, "--help")
    assert result.returncode == 0
    assert f"Example: radiograph sampling {command}" in result.stdout


def test_an_unknown_setting_names_the_nearest_one(tmp_path: Path) -> None:
    assert_one_sentence(up(tmp_path, "--set", "retention_day=3"), "retention_day", "retention_days")


def test_an_unknown_setting_in_the_environment_is_refused_too(tmp_path: Path) -> None:
    result = run("up", "--data", str(tmp_path), RADIOGRAPH_RETENTION="3")
    assert_one_sentence(result, "unknown setting retention in the environment")


def test_a_port_in_use_says_which_and_how_to_choose_another(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        result = run("up", "--data", str(tmp_path), "--http", address, "--udp", "127.0.0.1:0")
    assert_one_sentence(result, address, "--http HOST:PORT")


def test_an_address_beyond_loopback_is_refused_without_insecure(tmp_path: Path) -> None:
    result = run("up", "--data", str(tmp_path), "--http", "0.0.0.0:0", "--udp", "127.0.0.1:0")
    assert_one_sentence(result, "0.0.0.0:0", "--insecure")


def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("not a folder")
    assert_one_sentence(up(in_the_way), str(in_the_way), "--data DIR")


def http_address(process: subprocess.Popen[str], marker: str) -> str:
    """The address that a banner's line with a marker tells."""
    for line in process.stderr or process.stdout or ():
        if marker in line:
            return next(word for word in line.split() if word.startswith("http://"))
    raise AssertionError(f"no line with {marker}")


def test_a_log_that_nobody_reads_any_more_makes_no_request_fail(tmp_path: Path) -> None:
    words = ["up", "--data", str(tmp_path), "--http", "127.0.0.1:0", "--udp", "127.0.0.1:0"]
    with subprocess.Popen([*RADIOGRAPH, *words], stderr=subprocess.PIPE, text=True, env=QUIET) as process:
        try:
            url = http_address(process, "API, health, metrics")
            assert process.stderr is not None
            process.stderr.close()
            rule = (
                '{"SamplingRule": {"RuleName": "shop", "Priority": 1, "FixedRate": 1, "ReservoirSize": 1, "Version": 1,'
                ' "ResourceARN": "*", "Host": "*", "ServiceName": "*", "ServiceType": "*", "HTTPMethod": "*",'
                ' "URLPath": "*"}}'
            )
            request = urllib.request.Request(f"{url}/CreateSamplingRule", data=rule.encode(), method="POST")
            with urllib.request.urlopen(request, timeout=30) as answer:
                assert answer.status == 200
            with pytest.raises(urllib.error.HTTPError, match="400"):  # the rule is there
                urllib.request.urlopen(request, timeout=30)
        finally:
            process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends processes without a signal")
def test_a_demo_that_is_told_to_end_leaves_nothing_running() -> None:
    words = ["demo", "--http", "127.0.0.1:0", "--udp", "127.0.0.1:0"]
    with subprocess.Popen([*RADIOGRAPH, *words], stdout=subprocess.PIPE, text=True, env=QUIET) as process:
        url = http_address(process, "is Radiograph")
        with urllib.request.urlopen(f"{url}/healthz", timeout=30) as answer:
            assert answer.status == 200
        process.terminate()
        assert process.wait(60) == 0
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"{url}/healthz", timeout=30)


def test_a_status_without_a_server_says_how_to_start_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    result = run("status", "--url", f"http://127.0.0.1:{port}")
    assert result.returncode == 2
    assert "radiograph up" in result.stderr


def test_ctrl_c_stops_cleanly_and_the_data_opens_again(tmp_path: Path) -> None:
    words = ["up", "--data", str(tmp_path), "--http", "127.0.0.1:0", "--udp", "127.0.0.1:0"]
    for _ in range(2):
        with subprocess.Popen([*RADIOGRAPH, *words], stderr=subprocess.PIPE, text=True, env=QUIET) as process:
            assert process.stderr is not None
            deadline = time.monotonic() + 30
            for line in process.stderr:
                if "Stop it:" in line or time.monotonic() > deadline:
                    break
            process.send_signal(signal.SIGINT)
            process.stderr.read()
            assert process.wait(30) == 0
