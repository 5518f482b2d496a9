"""The commands of `radiograph`, as typer shows them."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from radiograph import __version__
from radiograph.errors import RadiographError

app = typer.Typer(
    name="radiograph",
    help="AWS X-Ray as open software: receives traces, keeps them, answers for them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,
)

DataOption = Annotated[
    Path,
    typer.Option("--data", metavar="DIR", help="Data folder.", envvar="RADIOGRAPH_DATA", show_default=True),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Any setting; `radiograph settings` lists them. Repeatable."),
]
UrlOption = Annotated[
    str,
    typer.Option("--url", metavar="URL", help="Address of the running Radiograph.", envvar="RADIOGRAPH_ENDPOINT"),
]
DEFAULT_DATA = Path("radiograph-data")
DEFAULT_URL = "http://127.0.0.1:2001"


def settings_given(pairs: list[str] | None) -> dict[str, Any]:
    """Read `--set NAME=VALUE` words.

    Raises:
        ConfigurationError: a word without `=`.
    """
    from radiograph.errors import ConfigurationError  # noqa: PLC0415 -- keeps `--help` quick

    given: dict[str, Any] = {}
    for pair in pairs or ():
        name, equals, value = pair.partition("=")
        if not equals:
            raise ConfigurationError(f"--set {pair}: write NAME=VALUE, such as --set commit_interval=0.1")
        given[name.strip()] = value
    return given


@app.command(epilog="Example: radiograph up --data ./traces --http 127.0.0.1:2001 --udp 127.0.0.1:2000")
def up(  # noqa: PLR0917 -- options, which typer passes by name
    data: DataOption = DEFAULT_DATA,
    http: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="X-Ray API and console. [default: 127.0.0.1:2001]")
    ] = None,
    udp: Annotated[
        str | None,
        typer.Option(metavar="HOST:PORT", help="The daemon's door, UDP and TCP. [default: 127.0.0.1:2000]"),
    ] = None,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Allow addresses beyond loopback although nobody is checked.")
    ] = False,
    strict_aws: Annotated[
        bool, typer.Option("--strict-aws", help="Refuse what AWS refuses, to test clients against.")
    ] = False,
    set_: SetOption = None,
) -> None:
    """Run everything in one process: daemon, service and store."""
    from radiograph.cli.up import run_service  # noqa: PLC0415 -- keeps `--help` quick
    from radiograph.settings import resolve  # noqa: PLC0415

    # A flag that is not given leaves what --set says.
    flags = {"http": http, "udp": udp, "insecure": insecure or None, "strict_aws": strict_aws or None}
    given = settings_given(set_) | {name: value for name, value in flags.items() if value is not None}
    run_service(data, resolve(given, os.environ, data))


@app.command(epilog="Example: radiograph demo --seconds 60")
def demo(
    data: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Data folder. [default: a new temporary one]")
    ] = None,
    http: Annotated[str, typer.Option(metavar="HOST:PORT", help="Where to open the API and the console.")] = (
        "127.0.0.1:2001"
    ),
    udp: Annotated[str, typer.Option(metavar="HOST:PORT", help="Where to open the daemon's door.")] = (
        "127.0.0.1:2000"
    ),
    seconds: Annotated[float, typer.Option(help="How long the load runs; 0 until Ctrl-C.", min=0)] = 0,
    rate: Annotated[float, typer.Option(help="Requests per second of the load.", min=0.1)] = 10,
) -> None:
    """Start Radiograph and a small shop under load, and show the service graph."""
    from radiograph.cli.demo import run_demo  # noqa: PLC0415 -- keeps `--help` quick

    sys.exit(run_demo(data=data, http=http, udp=udp, seconds=seconds, rate=rate))


@app.command(epilog="Example: radiograph status --url http://127.0.0.1:2001")
def status(
    url: UrlOption = DEFAULT_URL,
    as_json: Annotated[bool, typer.Option("--json", help="Print the raw figures.")] = False,
) -> None:
    """Show rates, refusals by reason, drops, store size and lag of a running Radiograph."""
    from radiograph.cli.status import show_status  # noqa: PLC0415 -- keeps `--help` quick

    sys.exit(show_status(url, as_json=as_json))


@app.command(epilog="Example: radiograph settings --set commit_interval=0.1")
def settings(data: DataOption = DEFAULT_DATA, set_: SetOption = None) -> None:
    """List every setting: its value, its default, what it means."""
    from radiograph.cli.listing import show_settings  # noqa: PLC0415 -- keeps `--help` quick
    from radiograph.settings import resolve  # noqa: PLC0415

    show_settings(resolve(settings_given(set_), os.environ, data))


sampling = typer.Typer(
    name="sampling",
    help="Show sampling rules, try others on stored traffic, and put them in force.",
    no_args_is_help=True,
    epilog="Example: radiograph sampling try rules.json --since 6h",
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,
)
app.add_typer(sampling)

RulesArgument = Annotated[
    Path,
    typer.Argument(
        metavar="RULES.json",
        help="The output of `aws xray get-sampling-rules`, a list of SamplingRules, or the local rules of an SDK.",
    ),
]


@sampling.command("rules", epilog="Example: radiograph sampling rules")
def sampling_rules(
    url: UrlOption = DEFAULT_URL,
    as_json: Annotated[bool, typer.Option("--json", help="Print all figures.")] = False,
) -> None:
    """List the rules in the order in which they are tried, and how they are used."""
    from radiograph.cli.sampling import show_rules  # noqa: PLC0415 -- keeps `--help` quick

    sys.exit(show_rules(url, as_json=as_json))


@sampling.command("try", epilog="Example: radiograph sampling try rules.json --since 6h")
def sampling_try(  # noqa: PLR0917 -- options, which typer passes by name
    rules: Annotated[
        Path,
        typer.Argument(
            metavar="FILE.json",
            help="Sampling rules: the output of `aws xray get-sampling-rules`, a list of SamplingRules, or the local "
            "rules of an SDK; or keep policies, as `radiograph sampling keep` takes them.",
        ),
    ],
    since: Annotated[
        str, typer.Option(metavar="TIME", help="How far back from the end, such as 90m or 6h. [default: 6h]")
    ] = "",
    from_: Annotated[
        str, typer.Option("--from", metavar="WHEN", help="Start, such as 2026-11-25T14:30; instead of --since.")
    ] = "",
    to: Annotated[str, typer.Option(metavar="WHEN", help="End. [default: now]")] = "",
    group: Annotated[str, typer.Option(metavar="NAME", help="Only traces of a group.")] = "",
    url: UrlOption = DEFAULT_URL,
    as_json: Annotated[bool, typer.Option("--json", help="Print all figures.")] = False,
) -> None:
    """Replay stored traffic against other rules, or keep policies: what share of requests, errors, users they keep."""
    from radiograph.cli.sampling import try_rules  # noqa: PLC0415 -- keeps `--help` quick

    sys.exit(try_rules(url, rules, since=since, from_=from_, to=to, group=group, as_json=as_json))


@sampling.command("apply", epilog="Example: radiograph sampling apply rules.json")
def sampling_apply(
    rules: RulesArgument,
    url: UrlOption = DEFAULT_URL,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Make the rules those of a file: others are deleted, Default stays where the file does not have it."""
    from radiograph.cli.apply_rules import apply_rules  # noqa: PLC0415 -- keeps `--help` quick

    sys.exit(apply_rules(url, rules, yes=yes, ask_person=_confirmed))


@sampling.command("keep", epilog="Example: radiograph sampling keep policies.json")
def sampling_keep(
    policies: Annotated[
        Path | None,
        typer.Argument(
            metavar="POLICIES.json",
            help="A list of policies, each with name, filter and share (1 when left out); the last one may be Rest, "
            "without a filter. Without a file, the policies in force are printed.",
        ),
    ] = None,
    url: UrlOption = DEFAULT_URL,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print all figures.")] = False,
) -> None:
    """Keep what matters: whole traces that match a policy, and a share of the rest, once they have settled."""
    from radiograph.cli.keep import apply_policies, show_policies  # noqa: PLC0415 -- keeps `--help` quick

    if policies is None:
        sys.exit(show_policies(url, as_json=as_json))
    sys.exit(apply_policies(url, policies, yes=yes, ask_person=_confirmed))


def _confirmed(question: str) -> bool:
    try:
        return typer.confirm(question)
    except typer.Abort:
        print("\nThere was no answer; where nobody can give one, --yes makes the changes.", file=sys.stderr)
        return False


@app.command(
    epilog="Example: radiograph daemon --endpoint http://radiograph.internal:2001 --spool /var/spool/radiograph",
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
)
def daemon() -> None:
    """Relay for a host: takes documents by UDP, sends them on, spools to disk meanwhile. See `daemon --help`."""
    # `radiograph daemon` itself never comes here (see `main`): this entry lists it in `radiograph --help`.


@app.command(epilog="Example: radiograph version")
def version() -> None:
    """Print the version."""
    print(f"radiograph {__version__}")


def run_command(words: list[str]) -> int:
    """Run a command line without the program's name; return the exit status.

    Whatever Radiograph refuses is one sentence on standard error, status 1; unknown words are 2.
    """
    try:
        app(words, standalone_mode=True)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    except RadiographError as problem:
        print(f"radiograph: {problem}", file=sys.stderr)
        return 1
    return 0
