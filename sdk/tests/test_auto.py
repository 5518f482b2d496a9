"""`radiograph-run`: what it runs, with which environment, and what it says; each in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from radiograph_sdk.auto import libraries
from radiograph_sdk.auto.command import environment_for, main, named_after
from radiograph_sdk.auto.libraries import LIBRARIES, states

if TYPE_CHECKING:
    from collections.abc import Mapping

RUN = [sys.executable, "-m", "radiograph_sdk.auto.command"]


def run(
    *words: str | Path, folder: Path, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    given = {name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "AWS_", "RADIOGRAPH_"))}
    return subprocess.run(
        [*RUN, *map(str, words)],
        cwd=folder,
        env={**given, "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:9", **(environment or {})},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def program(folder: Path, text: str, name: str = "app.py") -> Path:
    path = folder / name
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (["app.py", "--port", "1"], "app"),
        (["/srv/shop/web.py"], "web"),
        (["-m", "shop.web"], "shop"),
        (["-m", "uvicorn", "shop.web:app", "--port", "1"], "shop.web"),
        (["gunicorn", "--bind", "0.0.0.0:80", "shop.wsgi:application"], "shop.wsgi"),
        (["gunicorn", "-b", "localhost:80", "shop:app"], "shop"),
        (["celery", "-A", "tasks", "worker"], "tasks"),
        (["flask", "--app", "front:app", "run"], "front"),
        (["flask", "--app=front", "run"], "front"),
        (["python3", "jobs/nightly.py"], "nightly"),
    ],
)
def test_a_service_is_named_after_what_runs(command: list[str], name: str) -> None:
    assert named_after(command) == name


def test_what_the_environment_says_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_XRAY_TRACING_NAME", raising=False)
    monkeypatch.delenv("OTEL_SERVICE_NAME", raising=False)
    monkeypatch.setenv("PYTHONPATH", "/mine")
    found = environment_for(["app.py"])
    assert found["OTEL_SERVICE_NAME"] == "app"
    assert found["PYTHONPATH"].endswith(f"{os.pathsep}/mine")
    assert found["OTEL_PROPAGATORS"] == "radiograph,baggage"
    monkeypatch.setenv("OTEL_PROPAGATORS", "b3")
    monkeypatch.setenv("AWS_XRAY_TRACING_NAME", "shop")
    found = environment_for(["app.py"], service="other")
    assert (found["OTEL_PROPAGATORS"], found["AWS_XRAY_TRACING_NAME"]) == ("b3", "shop")
    assert "OTEL_SERVICE_NAME" not in found


def test_a_program_runs_as_it_would_with_its_arguments_and_its_status(tmp_path: Path) -> None:
    program(tmp_path, "import sys; print(sys.argv, __name__); sys.exit(3)")
    done = run("app.py", "a", "--help", folder=tmp_path)
    assert (done.returncode, done.stdout) == (3, "['app.py', 'a', '--help'] __main__\n")
    assert done.stderr == ""


def test_a_module_runs(tmp_path: Path) -> None:
    program(tmp_path, "import sys; print(sys.argv[1:], __name__)")
    assert run("-m", "app", "-m", "b", folder=tmp_path).stdout == "['-m', 'b'] __main__\n"


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    done = run("nowhere.py", folder=tmp_path)
    assert done.returncode == 127
    assert done.stderr == "radiograph-run: there is no file or command 'nowhere.py' here\n"
    assert run(folder=tmp_path).returncode == 2


def test_help_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    told = capsys.readouterr().out
    assert "radiograph-run app.py" in told
    assert "--explain" in told


def test_the_application_goes_on_without_what_cannot_be_traced(tmp_path: Path) -> None:
    program(tmp_path, "raise ImportError('broken')", "requests.py")
    program(tmp_path, "import sqlite3, sys; print(sqlite3.connect(':memory:').execute('SELECT 1').fetchone())")
    done = run("app.py", folder=tmp_path)
    assert (done.returncode, done.stdout) == (0, "(1,)\n")


def test_another_sitecustomize_runs_too(tmp_path: Path) -> None:
    program(tmp_path, "print('mine')", "sitecustomize.py")
    program(tmp_path, "print('app')")
    # Also for radiograph-run itself, which is written in Python.
    assert run("app.py", folder=tmp_path, environment={"PYTHONPATH": str(tmp_path)}).stdout == "mine\nmine\napp\n"


def test_it_says_what_it_traces(tmp_path: Path) -> None:
    done = run("--explain", folder=tmp_path, environment={"OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": "requests"})
    lines = [line.split() for line in done.stdout.splitlines()]
    told = {line[0]: line for line in lines}
    assert told["flask"][2] == "traced"
    assert told["sqlite3"][1] == "traced"
    assert "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS" in told["requests"]
    assert done.returncode == 0


def test_a_version_that_is_not_supported_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libraries, "_version", lambda name: "1" if name == "redis" else None)
    monkeypatch.setattr(
        "opentelemetry.instrumentation.dependencies.get_dist_dependency_conflicts", lambda _: Conflict()
    )
    (state,) = states(["redis"])
    assert state.status == "unsupported"
    assert "needs redis >= 2" in state.reason


class Conflict:
    required = "redis >= 2"


def test_every_library_names_what_can_be_loaded() -> None:
    assert len({library.name for library in LIBRARIES}) == len(LIBRARIES)
    for library in LIBRARIES:
        assert library.targets
        assert all(":" in target for target in library.targets)


def test_the_code_of_aws_sdk_runs_on_ours(tmp_path: Path) -> None:
    program(
        tmp_path,
        "import aws_xray_sdk.core.models.http\n"
        "from aws_xray_sdk.core import patch, xray_recorder\n"
        "from aws_xray_sdk.ext.flask.middleware import XRayMiddleware\n"
        "from aws_xray_sdk import global_sdk_config\n"
        "import radiograph_sdk.xray.core as ours, aws_xray_sdk.core as theirs\n"
        "print(xray_recorder is ours.xray_recorder, theirs is ours, theirs.__name__, theirs.__spec__.name)\n"
        "try:\n"
        "    import aws_xray_sdk.ext.pg8000.patch\n"
        "except ModuleNotFoundError as problem:\n"
        "    print(problem)\n",
    )
    done = run("--replace-aws-xray-sdk", "app.py", folder=tmp_path)
    first, second = done.stdout.splitlines()
    assert first == "True True radiograph_sdk.xray.core radiograph_sdk.xray.core"
    assert second.startswith("aws_xray_sdk.ext.pg8000 is not in radiograph-sdk, which stands in for aws_xray_sdk here")


def test_opentelemetrys_own_command_finds_the_provider(tmp_path: Path) -> None:
    program(
        tmp_path,
        "from opentelemetry import trace\n"
        "import opentelemetry.propagate as propagate\n"
        "fields = propagate.get_global_textmap().fields\n"
        "print(type(trace.get_tracer_provider()).__name__, 'X-Amzn-Trace-Id' in fields)\n",
    )
    given = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    done = subprocess.run(
        [Path(sys.executable).with_name("opentelemetry-instrument"), sys.executable, "app.py"],
        cwd=tmp_path,
        env={**given, "OTEL_PYTHON_TRACER_PROVIDER": "radiograph", "OTEL_PROPAGATORS": "radiograph,baggage"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == "RadiographTracerProvider True\n", done.stderr
