"""The table of sampling rules. It is small: read whole, and written whole at every change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from radiograph.store.whole_tables import change_whole

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb

    from radiograph.store.lake import Lake

DEFAULT_RULE = "Default"

_COLUMNS = """
    name, arn, resource_arn, priority, fixed_rate, reservoir, per_minute,
    service_name, service_type, host, http_method, url_path, attributes, boost_rate, boost_cooldown
"""
_READ = f"SELECT {_COLUMNS}, epoch_us(created), epoch_us(modified), epoch_us(rules_changed) FROM sampling_rules"  # noqa: S608 -- constants

# One statement, since every INSERT makes a file.
_WRITE = """
INSERT INTO sampling_rules
SELECT
    row.name, row.arn, row.resource_arn, row.priority, row.fixed_rate, row.reservoir, row.per_minute,
    row.service_name, row.service_type, row.host, row.http_method, row.url_path, row.attributes,
    row.boost_rate, row.boost_cooldown,
    make_timestamp(row.created), make_timestamp(row.modified), make_timestamp(row.rules_changed)
FROM (
    SELECT unnest(from_json($rows, '[{
        "name": "VARCHAR", "arn": "VARCHAR", "resource_arn": "VARCHAR",
        "priority": "INTEGER", "fixed_rate": "DOUBLE", "reservoir": "BIGINT", "per_minute": "BIGINT",
        "service_name": "VARCHAR", "service_type": "VARCHAR", "host": "VARCHAR", "http_method": "VARCHAR",
        "url_path": "VARCHAR", "attributes": "VARCHAR", "boost_rate": "DOUBLE", "boost_cooldown": "BIGINT",
        "created": "BIGINT", "modified": "BIGINT", "rules_changed": "BIGINT"
    }]')) AS row
)
"""


class SamplingRule(msgspec.Struct, frozen=True, kw_only=True):
    """A sampling rule as it is stored.

    Args:
        name: unique, never changes.
        arn: as given when it was made, whatever the settings say later; "" for Default.
        resource_arn: pattern of the ARN of what runs the service; "*" for everything.
        priority: the least matches first; Default's is last whatever its number.
        fixed_rate: share of the requests beyond the reservoir, 0 to 1.
        reservoir: requests per second that all clients together take before the rate counts.
        per_minute: requests per minute instead, Radiograph's extension; 0 for none.
        service_name: pattern.
        service_type: pattern of the origin, such as `AWS::ECS::Container`.
        host: pattern of the Host header.
        http_method: pattern.
        url_path: pattern.
        attributes: patterns of attributes, by key.
        boost_rate: the highest share while anomalies are looked for; None without boost.
        boost_cooldown: minutes from one boost to the next; None without boost.
        created: microseconds since the epoch; 0 for Default.
        modified: microseconds since the epoch; 0 for Default as it was made.
    """

    name: str
    arn: str = ""
    resource_arn: str = "*"
    priority: int
    fixed_rate: float
    reservoir: int
    per_minute: int = 0
    service_name: str = "*"
    service_type: str = "*"
    host: str = "*"
    http_method: str = "*"
    url_path: str = "*"
    attributes: dict[str, str] = {}
    boost_rate: float | None = None
    boost_cooldown: int | None = None
    created: int = 0
    modified: int = 0

    @property
    def is_default(self) -> bool:
        """Whether it is the rule that always exists."""
        return self.name == DEFAULT_RULE


class RuleSet(msgspec.Struct, frozen=True):
    """All rules at a moment.

    Args:
        rules: in the order in which they are tried; Default is the last.
        changed: when one was last made, changed or deleted, microseconds since the epoch; 0 for never.
    """

    rules: tuple[SamplingRule, ...]
    changed: int


def all_rules(lake: Lake) -> RuleSet:
    """Return every sampling rule."""
    with lake.reading() as connection:
        return read_rules(connection)


def in_order(rules: list[SamplingRule]) -> tuple[SamplingRule, ...]:
    """Return rules in the order in which SDKs try them: by priority, then by name; Default last."""
    return tuple(sorted(rules, key=lambda rule: (rule.is_default, rule.priority, rule.name)))


def read_rules(connection: duckdb.DuckDBPyConnection) -> RuleSet:
    """Return every sampling rule as a transaction sees them."""
    names = SamplingRule.__struct_fields__
    rules: list[SamplingRule] = []
    changed = 0
    for *values, rules_changed in connection.execute(_READ).fetchall():
        facts = dict(zip(names, values, strict=True))
        facts["attributes"] = msgspec.json.decode(facts["attributes"])
        rules.append(SamplingRule(**facts))
        changed = max(changed, rules_changed)
    return RuleSet(in_order(rules), changed)


def change_rules(
    lake: Lake,
    change: Callable[[duckdb.DuckDBPyConnection, list[SamplingRule]], list[SamplingRule]],
    *,
    now: int,
) -> None:
    """Change rules so that no other change, on this node or another, comes between reading and writing.

    Args:
        lake: where.
        change: takes the rules there are and returns those there shall be, Default among them. It may change the
            table of tags on the connection, and is called again when somebody else was quicker.
        now: microseconds since the epoch.

    Raises:
        StoreUnavailable: the store cannot write, or others go on changing rules.
    """

    def run(connection: duckdb.DuckDBPyConnection) -> bool:
        known = read_rules(connection)
        wanted = change(connection, list(known.rules))
        if in_order(wanted) == known.rules:
            return False
        # It goes forward also where the clock of another node is behind.
        changed = max(now, known.changed + 1)
        rows = [
            {
                **msgspec.structs.asdict(rule),
                "attributes": msgspec.json.encode(rule.attributes).decode(),
                "rules_changed": changed,
            }
            for rule in wanted
        ]
        connection.execute("DELETE FROM sampling_rules")
        connection.execute(_WRITE, {"rows": msgspec.json.encode(rows).decode()})
        return True

    change_whole(lake, run, tables=("sampling_rules", "tags"), what="sampling rules")
