"""Every setting of Radiograph, declared once.

The table `SETTINGS` makes the command line's help, the documentation's table (a test compares them) and the
checks. A value comes from, in this order: the command line (`--set NAME=VALUE` or a flag of its own), the
environment (`RADIOGRAPH_<NAME>`), the file `radiograph.toml` in the data folder, the default.
"""

from __future__ import annotations

import difflib
import tomllib
from typing import TYPE_CHECKING, Any

import msgspec

from radiograph.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ENVIRONMENT_PREFIX = "RADIOGRAPH_"
CONFIGURATION_FILE = "radiograph.toml"

# Variables that have the prefix and are no settings: the relay's endpoint, and the data folder itself.
NOT_SETTINGS = frozenset({"RADIOGRAPH_ENDPOINT", "RADIOGRAPH_DATA"})


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One setting: its name, default (whose type is the setting's type), unit and meaning.

    The section is where people look for it: "identity", "access", "storage", "retention", "limits", "performance" or
    "log".
    """

    name: str
    section: str
    default: str | int | float | bool
    help: str
    least: float | None = None
    most: float | None = None
    choices: tuple[str, ...] = ()

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return ENVIRONMENT_PREFIX + self.name.upper()


SETTINGS: tuple[Setting, ...] = (
    Setting(
        name="http",
        section="access",
        default="127.0.0.1:2001",
        help="Address of the X-Ray API and the console, HOST:PORT.",
    ),
    Setting(
        name="udp",
        section="access",
        default="127.0.0.1:2000",
        help="Address of the daemon's door, UDP and TCP, HOST:PORT.",
    ),
    Setting(
        name="insecure",
        section="access",
        default=False,
        help="Allow addresses beyond loopback although nothing checks who is calling.",
    ),
    Setting(
        name="strict_aws",
        section="identity",
        default=False,
        help="Refuse what AWS refuses: in filter expressions the extensions of Radiograph.",
    ),
    Setting(
        name="account_id",
        section="identity",
        default="000000000000",
        help="Account id that graphs and summaries show for segments that name none, 12 digits.",
    ),
    Setting(name="region", section="identity", default="us-east-1", help="Region in ARNs that Radiograph makes."),
    Setting(
        name="catalog",
        section="storage",
        default="",
        help="Where the lake's catalog lives: empty for a file in the data folder, or a PostgreSQL connection "
        "string such as 'postgres:dbname=radiograph host=db'.",
    ),
    Setting(
        name="storage",
        section="storage",
        default="",
        help="Folder of the Parquet files, shared by all nodes of a cluster; empty for DATA/lake.",
    ),
    Setting(
        name="readers",
        section="performance",
        default=1,
        least=0,
        most=64,
        help="Processes that read documents when thousands come in a second; 0 to read in the main process only.",
    ),
    Setting(
        name="commit_interval",
        section="storage",
        default=0.25,
        least=0.01,
        most=10,
        help="Longest time a received document waits for its commit, seconds. For UDP this is what a crash can lose.",
    ),
    Setting(
        name="commit_documents",
        section="performance",
        default=5000,
        least=1,
        most=100_000,
        help="Documents that make a commit full before its time.",
    ),
    Setting(
        name="queue_bytes",
        section="performance",
        default=64_000_000,
        least=1_000_000,
        help="Documents waiting for their commit, bytes; beyond it HTTP answers 429 and UDP drops and counts.",
    ),
    Setting(
        name="fsync",
        section="storage",
        default=True,
        help="Flush data files to the disk before a commit is acknowledged, so that a power cut loses nothing "
        "acknowledged either.",
    ),
    Setting(
        name="store_memory_mb",
        section="performance",
        default=256,
        least=64,
        help="Memory that DuckDB may use for queries and maintenance, MB.",
    ),
    Setting(
        name="store_threads", section="performance", default=2, least=1, most=256, help="Threads that DuckDB may use."
    ),
    Setting(
        name="maintenance_interval",
        section="performance",
        default=15.0,
        least=0.1,
        help="Time between two rounds of background maintenance (merge, expiry, retention), seconds.",
    ),
    Setting(
        name="rollup_interval",
        section="performance",
        default=2.0,
        least=0.1,
        help="Time between two runs that count settled documents into the per-minute statistics, seconds.",
    ),
    Setting(
        name="settle",
        section="performance",
        default=2.0,
        least=0,
        help="Time after its arrival when a document is rolled up into the per-minute statistics, seconds.",
    ),
    Setting(
        name="retention_days",
        section="retention",
        default=30.0,
        least=0.001,
        help="Age at which traces and graph data are deleted, days.",
    ),
    Setting(
        name="retention_gb",
        section="retention",
        default=0.0,
        least=0,
        help="Size of the stored traces above which the oldest are deleted, GB; 0 for no limit.",
    ),
    Setting(
        name="keep_after",
        section="retention",
        default=60.0,
        least=1,
        most=600,
        help="Time after the last document of a trace when the keep policies decide about it, seconds.",
    ),
    Setting(
        name="document_bytes",
        section="limits",
        default=65_536,
        least=1024,
        most=16_777_216,
        help="Largest segment document accepted, bytes.",
    ),
    Setting(
        name="max_age_days",
        section="limits",
        default=30.0,
        least=0,
        help="Documents whose start_time is older are refused, days.",
    ),
    Setting(
        name="max_future_seconds",
        section="limits",
        default=300.0,
        least=0,
        help="Documents whose start_time lies further in the future are refused, seconds.",
    ),
    Setting(
        name="strict_names",
        section="limits",
        default=False,
        help="Refuse names with forbidden characters, as AWS does, instead of repairing them.",
    ),
    Setting(
        name="trace_bytes",
        section="limits",
        default=5_000_000,
        least=100_000,
        help="Largest trace that is returned whole, bytes; larger ones say LimitExceeded.",
    ),
    Setting(
        name="query_hours",
        section="limits",
        default=6.0,
        least=0.01,
        help="Longest time range of summaries and graphs, hours. AWS allows 6.",
    ),
    Setting(
        name="batch_get_traces",
        section="limits",
        default=5,
        least=1,
        most=1000,
        help="Most trace ids in one BatchGetTraces. AWS allows 5.",
    ),
    Setting(
        name="page_traces",
        section="limits",
        default=100,
        least=1,
        most=10_000,
        help="Trace summaries in one page of GetTraceSummaries.",
    ),
    Setting(
        name="page_seconds",
        section="limits",
        default=1.0,
        least=0.01,
        help="Time after which a page of GetTraceSummaries ends with what was found so far; the next one goes on.",
    ),
    Setting(
        name="page_services",
        section="limits",
        default=1000,
        least=1,
        most=10_000,
        help="Services in one page of a service graph.",
    ),
    Setting(
        name="groups",
        section="limits",
        default=25,
        least=0,
        most=1000,
        help="Most groups beside Default. AWS allows 25.",
    ),
    Setting(
        name="sampling_rules",
        section="limits",
        default=25,
        least=0,
        most=1000,
        help="Most sampling rules beside Default. AWS allows 25.",
    ),
    Setting(
        name="body_bytes",
        section="limits",
        default=16_777_216,
        least=65_536,
        help="Largest HTTP request body accepted, bytes.",
    ),
    Setting(
        name="udp_buffer",
        section="access",
        default=8_388_608,
        least=65_536,
        help="Receive buffer asked of the kernel for the UDP door, bytes.",
    ),
    Setting(
        name="log_level",
        section="log",
        default="info",
        choices=("debug", "info", "warning", "error"),
        help="Least severe log line that is written.",
    ),
    Setting(
        name="log_format",
        section="log",
        default="auto",
        choices=("auto", "text", "json"),
        help="Shape of the log lines.",
    ),
)

BY_NAME: dict[str, Setting] = {setting.name: setting for setting in SETTINGS}


class Settings(msgspec.Struct, frozen=True):
    """The values in force. Attribute access by a setting's name: `settings.http`.

    Attributes:
        values: by name.
        sources: where those come from that are no defaults: "file", "environment" or "command line", by name.
    """

    values: dict[str, Any]
    sources: dict[str, str] = {}

    def __getattr__(self, name: str) -> Any:
        """Return the value of a setting."""
        try:
            return self.values[name]
        except KeyError:
            raise AttributeError(name) from None


def _typed(setting: Setting, value: Any, source: str) -> Any:
    """Turn text into the setting's type and check its range.

    Raises:
        ConfigurationError: naming the setting, where the value came from, and what is expected.
    """
    wanted = type(setting.default)
    try:
        if wanted is bool:
            words = {
                "true": True,
                "1": True,
                "yes": True,
                "on": True,
                "false": False,
                "0": False,
                "no": False,
                "off": False,
            }
            typed: Any = value if isinstance(value, bool) else words[str(value).strip().lower()]
        elif wanted is int:
            typed = int(value)
        elif wanted is float:
            typed = float(value)
        else:
            typed = str(value)
    except (ValueError, KeyError, TypeError):
        kind = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}[wanted]
        message = f"setting {setting.name} from {source} is {value!r}; it must be {kind}"
        raise ConfigurationError(message) from None
    if setting.choices and typed not in setting.choices:
        message = f"setting {setting.name} from {source} is {value!r}; it must be one of {', '.join(setting.choices)}"
        raise ConfigurationError(message)
    too_small = setting.least is not None and typed < setting.least
    too_large = setting.most is not None and typed > setting.most
    if too_small or too_large:
        bounds = f"at least {setting.least:g}" if setting.least is not None else ""
        if setting.most is not None:
            bounds += f"{' and ' if bounds else ''}at most {setting.most:g}"
        message = f"setting {setting.name} from {source} is {value!r}; it must be {bounds}"
        raise ConfigurationError(message)
    return typed


def known(name: str, source: str) -> Setting:
    """Find a setting by its name.

    Raises:
        ConfigurationError: for an unknown name, with the nearest known one.
    """
    setting = BY_NAME.get(name)
    if setting is None:
        near = difflib.get_close_matches(name, BY_NAME, n=1)
        hint = f"did you mean {near[0]}?" if near else "`radiograph settings` lists them all"
        message = f"unknown setting {name} in {source}; {hint}"
        raise ConfigurationError(message)
    return setting


def resolve(
    command_line: Mapping[str, Any],
    environment: Mapping[str, str],
    folder: Path | None = None,
) -> Settings:
    """Put the settings together from all their sources.

    Args:
        command_line: values given as flags or with `--set`; None for a flag that was not given.
        environment: the process's environment variables.
        folder: the data folder, whose `radiograph.toml` is read when it exists.

    Raises:
        ConfigurationError: an unknown name, or a value of the wrong type or range.
    """
    values: dict[str, Any] = {setting.name: setting.default for setting in SETTINGS}
    sources: dict[str, str] = {}
    file = folder / CONFIGURATION_FILE if folder is not None else None
    if file is not None and file.exists():
        try:
            written = tomllib.loads(file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
            message = f"cannot read {file}: {problem}; mend or remove the file"
            raise ConfigurationError(message) from None
        for name, value in written.items():
            values[name] = _typed(known(name, str(file)), value, str(file))
            sources[name] = "file"
    for variable, value in environment.items():
        if variable.startswith(ENVIRONMENT_PREFIX) and variable not in NOT_SETTINGS:
            name = variable.removeprefix(ENVIRONMENT_PREFIX).lower()
            values[name] = _typed(known(name, "the environment"), value, variable)
            sources[name] = "environment"
    for name, value in command_line.items():
        if value is not None:
            values[name] = _typed(known(name, "the command line"), value, "the command line")
            sources[name] = "command line"
    return Settings(values, sources)
