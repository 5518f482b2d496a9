"""Flags as Go reads them, cfg.yaml as the official daemon reads it, and what wins over what."""

from __future__ import annotations

from pathlib import Path

import pytest

from radiograph.cli.daemon import run
from radiograph.errors import ConfigurationError
from radiograph.relay.cfgfile import read_cfg
from radiograph.relay.config import FLAGS, Config, resolve
from radiograph.relay.flags import parse_flags

MEGABYTE = 1024 * 1024


def settle(
    *argv: str, environment: dict[str, str] | None = None, memory: int = 7600 * MEGABYTE, cfg: Path | None = None
) -> Config:
    places = () if cfg is None else (cfg,)
    return resolve(parse_flags(argv, FLAGS), environment or {}, places=places, memory_bytes=memory)


@pytest.mark.parametrize(
    "argv",
    [
        ["-n", "eu-west-1"],
        ["--n", "eu-west-1"],
        ["-region", "eu-west-1"],
        ["--region", "eu-west-1"],
        ["-n=eu-west-1"],
        ["-region=eu-west-1"],
        ["--region=eu-west-1"],
        ["--region", "us-east-1", "-n", "eu-west-1"],
    ],
)
def test_every_spelling_of_a_flag_is_understood(argv: list[str]) -> None:
    assert parse_flags(argv, FLAGS) == {"region": "eu-west-1"}


@pytest.mark.parametrize(
    ("argv", "value"),
    [(["-o"], "true"), (["--local-mode"], "true"), (["-o=true"], "true"), (["-o=false"], "false"), (["-o=0"], "false")],
)
def test_a_switch_takes_a_value_only_behind_an_equals_sign(argv: list[str], value: str) -> None:
    assert parse_flags([*argv, "-n", "x"], FLAGS) == {"local-mode": value, "region": "x"}


def test_all_flags_of_the_official_daemon_are_known() -> None:
    argv = "-a arn -o -m 5 -n eu -b 127.0.0.1:1 -t 127.0.0.1:2 -r role -c cfg -f log -l warn -p http://p:1 -v -h"
    assert parse_flags(argv.split(), FLAGS) == {
        "resource-arn": "arn",
        "local-mode": "true",
        "buffer-memory": "5",
        "region": "eu",
        "bind": "127.0.0.1:1",
        "bind-tcp": "127.0.0.1:2",
        "role-arn": "role",
        "config": "cfg",
        "log-file": "log",
        "log-level": "warn",
        "proxy-address": "http://p:1",
        "version": "true",
        "help": "true",
    }


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (["--regoin", "x"], "flag provided but not defined: -regoin"),
        (["-region"], "flag needs an argument: -region"),
        (["-o=perhaps"], "invalid boolean value 'perhaps' for -o"),
        (["eu-west-1"], "unexpected argument: 'eu-west-1'"),
        (["---region", "x"], "unexpected argument: '---region'"),
        (["-"], "unexpected argument: '-'"),
    ],
)
def test_a_wrong_flag_is_named(argv: list[str], sentence: str) -> None:
    with pytest.raises(ConfigurationError, match=sentence):
        parse_flags(argv, FLAGS)


def test_the_defaults_are_the_official_ones_and_a_local_service() -> None:
    config = settle()
    assert (config.udp, config.tcp, config.health) == (("127.0.0.1", 2000), ("127.0.0.1", 2000), None)
    assert (config.endpoint, config.is_aws) == ("http://127.0.0.1:2001", False)
    assert "neither an endpoint nor a region" in config.endpoint_why
    assert (config.concurrency, config.log_level, config.local_mode) == (8, "prod", False)
    assert (config.spool_bytes, config.verify, config.tcp_open) == (1024 * MEGABYTE, True, ())


@pytest.mark.parametrize(
    ("region", "endpoint"),
    [
        ("eu-west-1", "https://xray.eu-west-1.amazonaws.com"),
        ("cn-north-1", "https://xray.cn-north-1.amazonaws.com.cn"),
        ("us-iso-east-1", "https://xray.us-iso-east-1.c2s.ic.gov"),
        ("us-isob-east-1", "https://xray.us-isob-east-1.sc2s.sgov.gov"),
    ],
)
def test_a_region_means_aws(region: str, endpoint: str) -> None:
    config = settle("-n", region)
    assert (config.endpoint, config.is_aws, config.region) == (endpoint, True, region)


def test_the_endpoint_comes_from_flag_then_file_then_environment_then_region(tmp_path: Path) -> None:
    cfg = tmp_path / "cfg.yaml"
    cfg.write_text("Version: 2\nEndpoint: http://file:1\n")
    environment = {"RADIOGRAPH_ENDPOINT": "http://environment:1/", "AWS_REGION": "eu-west-1"}
    assert settle("--endpoint", "http://flag:1", environment=environment, cfg=cfg).endpoint == "http://flag:1"
    assert settle(environment=environment, cfg=cfg).endpoint == "http://file:1"
    assert settle(environment=environment).endpoint == "http://environment:1"
    assert settle(environment={"AWS_REGION": "eu-west-1"}).endpoint == "https://xray.eu-west-1.amazonaws.com"


def test_the_region_is_taken_from_the_ecs_metadata_file(tmp_path: Path) -> None:
    file = tmp_path / "metadata.json"
    file.write_text('{"TaskARN":"arn:aws:ecs:eu-north-1:012345678910:task/default/2b88376d"}')
    assert settle(environment={"ECS_CONTAINER_METADATA_FILE": str(file)}).region == "eu-north-1"
    assert settle(environment={"ECS_CONTAINER_METADATA_FILE": "/no/such/file"}).endpoint == "http://127.0.0.1:2001"


def test_flags_win_over_the_file(tmp_path: Path) -> None:
    cfg = tmp_path / "cfg.yaml"
    cfg.write_text(
        """
Version: 2
TotalBufferSizeMB: 24
Concurrency: 3
Region: "eu-west-1"
Endpoint: "http://xray.internal:8080"
LocalMode: true
NoVerifySSL: true
ResourceARN: "arn:file"
RoleARN:
Socket:
  UDPAddress: "0.0.0.0:2000"
  TCPAddress: "[::1]:2002"
Logging:
  LogRotation: false
  LogLevel: "warn"
  LogPath: "/var/log/xray/xray.log"
"""
    )
    config = settle("-c", str(cfg), "-b", "127.0.0.1:3000", "-o=false", "-m", "3")
    assert (config.udp, config.tcp) == (("127.0.0.1", 3000), ("::1", 2002))
    assert (config.local_mode, config.buffer_bytes, config.concurrency) == (False, 3 * MEGABYTE, 3)
    assert (config.resource_arn, config.role_arn, config.verify) == ("arn:file", "", False)
    assert (config.log_level, config.log_file, config.log_rotation) == (
        "warn",
        Path("/var/log/xray/xray.log"),
        False,
    )
    assert settle("-c", str(cfg)).buffer_bytes == 24 * MEGABYTE


@pytest.mark.parametrize(("memory", "expected"), [(200 * MEGABYTE, 3), (1000 * MEGABYTE, 10), (64_000 * MEGABYTE, 32)])
def test_memory_for_documents_is_one_percent_within_bounds(memory: int, expected: int) -> None:
    assert settle(memory=memory).buffer_bytes == expected * MEGABYTE


@pytest.mark.parametrize("megabytes", ["1", "2", "-5"])
def test_less_than_three_megabytes_stop_the_daemon(megabytes: str) -> None:
    with pytest.raises(ConfigurationError, match="Min Buffers Memory required: 3 MB"):
        settle("-m", megabytes)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("10", 10 * MEGABYTE),
        ("500MB", 500 * MEGABYTE),
        ("2GB", 2048 * MEGABYTE),
        ("2g", 2048 * MEGABYTE),
        ("1GiB", 1024 * MEGABYTE),
        ("64 kb", 65_536),
    ],
)
def test_sizes_of_the_spool(text: str, size: int) -> None:
    assert settle("--spool-max", text).spool_bytes == size


@pytest.mark.parametrize(
    ("argv", "option"),
    [
        (["--spool-max", "much"], "--spool-max"),
        (["--spool-max", "0"], "--spool-max"),
        (["-b", "2000"], "--bind"),
        (["-t", "localhost"], "--bind-tcp"),
        (["--health", "x"], "--health"),
        (["-m", "many"], "--buffer-memory"),
        (["--endpoint", "127.0.0.1:2001"], "--endpoint"),
        (["-p", "proxy:3128"], "--proxy-address"),
        (["--tcp-open", "Traces"], "--tcp-open"),
    ],
)
def test_a_wrong_value_names_its_option(argv: list[str], option: str) -> None:
    with pytest.raises(ConfigurationError, match=option):
        settle(*argv)


def test_the_proxy_of_the_environment_serves_https_and_spares_whom_it_should() -> None:
    environment = {"HTTPS_PROXY": "http://proxy:3128", "AWS_REGION": "eu-west-1"}
    assert settle(environment=environment).proxy == "http://proxy:3128"
    assert settle(environment={**environment, "NO_PROXY": "x.org, .amazonaws.com"}).proxy == ""
    assert settle("--endpoint", "http://127.0.0.1:2001", environment=environment).proxy == ""
    assert settle("-p", "http://other:1", environment=environment).proxy == "http://other:1"


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Version: 2\nRegoin: eu-west-1\n", "Regoin flag is invalid.*TotalBufferSizeMB"),
        ("Version: 2\nSocket:\n  Address: x\n", r"Socket\.Address flag is invalid"),
        ("Version: 2\nProfile:\n  CPU: x\n", r"Profile\.CPU flag is not supported any more"),
        ("Version: 2\nSocket:\n  BufferSizeKB: 1\n", r"Socket\.BufferSizeKB flag is not supported any more"),
        ("Version: 1\nProcessor:\n  Region: x\n", r"Processor\.Region flag is now Region"),
        ("Version: 1\nMemoryLimit: 3\n", "MemoryLimit flag is now TotalBufferSizeMB"),
        ("Region: eu-west-1\n", "Version must be 1 or 2, not None"),
        ("Version: 3\n", "Version must be 1 or 2, not 3"),
        ("Version: 2\nConcurrency: eight\n", r"Concurrency"),
        ("just text", "holds no keys"),
        ("a: [", "is not YAML"),
    ],
)
def test_a_named_file_is_checked_key_by_key(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(ConfigurationError, match=sentence):
        read_cfg(write(tmp_path / "cfg.yaml", text), strict=True)


def test_of_a_file_in_a_usual_place_only_the_version_is_checked(tmp_path: Path) -> None:
    cfg = write(tmp_path / "cfg.yaml", "Version: 2\nRegoin: eu-west-1\nEndpoint: http://file:1\n")
    assert settle(cfg=cfg).endpoint == "http://file:1"
    with pytest.raises(ConfigurationError, match="Version must be 1 or 2"):
        settle(cfg=write(tmp_path / "other.yaml", "Version: 7\n"))


def test_a_missing_named_file_stops_the_daemon() -> None:
    with pytest.raises(ConfigurationError, match=r"/no/such/cfg\.yaml cannot be read"):
        settle("-c", "/no/such/cfg.yaml")


@pytest.mark.parametrize(
    ("argv", "code", "where", "text"),
    [
        (["-v"], 0, "out", "Radiograph daemon version: "),
        (["-h"], 0, "out", "Usage: radiograph daemon [options]\n"),
        (["--nonsense"], 2, "err", "radiograph daemon: flag provided but not defined: -nonsense"),
        (["-m", "1"], 1, "err", "radiograph daemon: Not enough Buffers Memory"),
        (["-c", "/no/such/cfg.yaml"], 1, "err", "/no/such/cfg.yaml cannot be read"),
        (["-l", "loud", "--endpoint", "http://x"], 1, "err", "--log-level: 'loud' is none of dev, debug"),
        (["-f", "/no/such/log", "--endpoint", "http://x"], 1, "err", "name another with --log-file"),
    ],
)
def test_the_command_ends_with_a_code_and_a_sentence(
    argv: list[str], code: int, where: str, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(argv) == code
    assert text in getattr(capsys.readouterr(), where)


def test_the_usage_names_every_flag(capsys: pytest.CaptureFixture[str]) -> None:
    run(["--help"])
    shown = capsys.readouterr().out
    assert all(f"--{flag.long}" in shown and flag.meaning in shown for flag in FLAGS)
