"""What OpenTelemetry's attributes mean in X-Ray's documents: the blocks, the name, the flags; see the mapping in docs.

Both generations of the semantic conventions are read, in any mixture. What no block has a place for becomes metadata.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

from opentelemetry.trace import SpanKind

from radiograph_sdk.otel.sql import sanitized

if TYPE_CHECKING:
    from collections.abc import Mapping

    from radiograph_sdk.record import Record

_SQL = {
    "db2": "DB2",
    "derby": "Derby",
    "hive": "Hive",
    "ibm.db2": "DB2",
    "mariadb": "MariaDB",
    "microsoft.sql_server": "MSSQL",
    "mssql": "MSSQL",
    "mysql": "MySQL",
    "oracle": "Oracle",
    "oracle.db": "Oracle",
    "other_sql": "SQL",
    "postgresql": "PostgreSQL",
    "sqlite": "SQLite",
    "teradata": "Teradata",
}
_QUOTED_TEXTS = {"mysql", "mariadb"}
_PORTS = {"http": 80, "https": 443}

# Attribute -> what it is called here; the older names are those before HTTP's and databases' conventions became stable.
_PLACES = {
    "http.method": "method",
    "http.request.method": "method",
    "http.status_code": "status",
    "http.response.status_code": "status",
    "http.url": "url",
    "url.full": "url",
    "http.scheme": "scheme",
    "url.scheme": "scheme",
    "http.host": "http_host",
    "http.server_name": "server_name",
    "net.host.name": "own_name",
    "net.host.port": "own_port",
    "net.peer.name": "peer_name",
    "net.peer.port": "peer_port",
    "server.address": "address",
    "server.port": "port",
    "http.target": "target",
    "url.path": "path",
    "url.query": "query",
    "http.user_agent": "user_agent",
    "user_agent.original": "user_agent",
    "http.client_ip": "client_ip",
    "client.address": "client_ip",
    "net.peer.ip": "peer_ip",
    "network.peer.address": "peer_ip",
    "network.peer.port": "peer_port_seen",
    "http.response_content_length": "content_length",
    "http.response.body.size": "content_length",
    "http.response.header.content-length": "content_length",
    "db.system": "db_system",
    "db.system.name": "db_system",
    "db.name": "db_name",
    "db.namespace": "db_name",
    "db.user": "db_user",
    "db.statement": "statement",
    "db.query.text": "statement",
    "db.connection_string": "connection_string",
    "rpc.system": "rpc_system",
    "rpc.service": "rpc_service",
    "rpc.method": "rpc_method",
    "rpc.grpc.status_code": "grpc_status",
    "peer.service": "peer_service",
    "aws.region": "region",
    "cloud.region": "region",
    "aws.account_id": "account_id",
    "aws.request_id": "request_id",
    "aws.requestId": "request_id",
    "aws.extended_request_id": "id_2",
    "retry_attempts": "retries",
    "aws.queue_url": "queue_url",
    "aws.queue.url": "queue_url",
    "messaging.url": "queue_url",
    "aws.table_name": "tables",
    "aws.table.name": "tables",
    "aws.dynamodb.table_names": "tables",
    "aws.sns.topic.arn": "topic_arn",
    "aws.s3.bucket": "bucket_name",
    "aws.s3.key": "key",
    "aws.lambda.function.name": "function_name",
    "faas.invoked_name": "function_name",
    "aws.kinesis.stream_name": "stream_name",
    "messaging.system": "messaging_system",
    "messaging.destination": "destination",
    "messaging.destination.name": "destination",
    "enduser.id": "user",
    "user.id": "user",
    "aws.local.service": "local_service",
    "aws.remote.service": "remote_service",
    "aws.xray.annotations": "annotated",
    "aws.log.group.names": "log_groups",
}
# Of use to nobody who reads a trace.
_NOISE = {
    "http.flavor",
    "network.protocol.name",
    "network.protocol.version",
    "net.transport",
    "network.transport",
    "db.operation",
    "db.operation.name",
    "error.type",
    "client.port",
    "faas.invoked_provider",
    "faas.invoked_region",
    "messaging.destination_kind",
}
_AWS = ("region", "account_id", "request_id", "id_2", "retries", "queue_url", "topic_arn", "bucket_name", "key")
_AWS_MORE = ("function_name", "stream_name")
_METADATA = "aws.xray.metadata."
_GRPC_THROTTLED = 8
_GRPC_ERRORS = {1, 3, 5, 6, 7, 9, 11, 16}
_GRPC_FAULTS = {2, 4, 10, 12, 13, 14, 15}
_THROTTLED = 429


def sort_out(attributes: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what has a meaning here, by our names, and the rest as it is."""
    known: dict[str, Any] = {}
    others: dict[str, Any] = {}
    for key, value in attributes.items():
        place = _PLACES.get(key)
        if place is not None:
            known[place] = value
        elif key not in _NOISE:
            others[key] = value
    return known, others


def name_of(known: Mapping[str, Any], kind: SpanKind, span_name: str) -> str:  # noqa: PLR0911 -- a list of cases
    """Return what a call or work is called: the service, database or host that is called, rather than how.

    Args:
        known: of `sort_out`.
        kind: of the span.
        span_name: of the span, for work of its own.
    """
    if kind is SpanKind.INTERNAL or kind is SpanKind.SERVER:
        return span_name
    if known.get("messaging_system") == "aws.sqs" and "rpc_system" not in known:
        return span_name  # around the call, which has a span of its own
    if known.get("rpc_system") == "aws-api":
        named = str(known.get("remote_service") or known.get("rpc_service") or span_name)
        return named.removeprefix("AWS.SDK.").removeprefix("AWS::")
    for place in ("remote_service", "peer_service"):
        if known.get(place):
            return str(known[place])
    if known.get("db_system"):
        return _database_name(known)
    host = _called_host(known)
    if "messaging_system" in known:
        return str(known.get("destination") or host or span_name)
    if "rpc_system" in known:
        return str(known.get("rpc_service") or host or span_name)
    return host or str(known.get("destination") or span_name)


def is_call(known: Mapping[str, Any], kind: SpanKind) -> bool:
    """Return whether something else is called, by this span and not by one within it."""
    if kind is SpanKind.CLIENT:
        return True
    if kind is SpanKind.PRODUCER or kind is SpanKind.CONSUMER:
        # boto3sqs puts a span around the one of botocore, which is the call.
        return known.get("messaging_system") != "aws.sqs" or "rpc_system" in known
    return False


def describe(record: Record, known: Mapping[str, Any], kind: SpanKind) -> None:
    """Write the blocks of a record.

    Args:
        record: to be completed; what is there stays.
        known: of `sort_out`.
        kind: of the span.
    """
    if "method" in known or "url" in known:
        _http(record, known, kind)
    elif "status" in known:
        _answer(record, known)
    if known.get("rpc_system") == "aws-api":
        record.namespace = "aws"
        _aws(record, known)
    elif known.get("db_system") in _SQL:
        _sql(record, known)
    if "log_groups" in known:
        record.aws = {**(record.aws or {}), "cloudwatch_logs": _log_groups(known["log_groups"])}


def flag(record: Record, known: Mapping[str, Any], *, failed: bool) -> None:
    """Set the flags: by HTTP's status, else gRPC's, else that of the span.

    Args:
        record: of the span.
        known: of `sort_out`.
        failed: whether the span's status says so.
    """
    status = _whole(known.get("status"))
    grpc = _whole(known.get("grpc_status"))
    if status is not None and 400 <= status < 600:  # noqa: PLR2004 -- HTTP's
        record.fault = status >= 500  # noqa: PLR2004 -- likewise
        record.error = not record.fault
        record.throttle = record.throttle or status == _THROTTLED
    elif grpc in _GRPC_ERRORS or grpc == _GRPC_THROTTLED:
        record.error = True
        record.throttle = grpc == _GRPC_THROTTLED
    elif grpc in _GRPC_FAULTS or failed:
        record.fault = True


def left_of(known: Mapping[str, Any]) -> dict[str, Any]:
    """Return what has a meaning here, but no block in this document: of databases without SQL, and of queues."""
    left: dict[str, Any] = {}
    if known.get("rpc_system") == "aws-api":
        return left
    if "db_system" in known and known["db_system"] not in _SQL:
        left.update({"db.system": known["db_system"], "db.statement": known.get("statement")})
    if "messaging_system" in known:
        left.update({"messaging.system": known["messaging_system"], "messaging.destination": known.get("destination")})
    if "rpc_system" in known:
        left.update({"rpc.system": known["rpc_system"], "rpc.method": known.get("rpc_method")})
        if known.get("grpc_status") is not None:
            left["rpc.grpc.status_code"] = known["grpc_status"]
    return {key: value for key, value in left.items() if value is not None}


def metadata_of(others: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return metadata by namespace: `default`, and those that attributes `aws.xray.metadata.*` name."""
    found: dict[str, dict[str, Any]] = {}
    for key, value in others.items():
        if key.startswith(_METADATA) and isinstance(value, str):
            namespace, told = key.removeprefix(_METADATA), _object(value)
            if told is not None:
                found.setdefault("default" if namespace.lower() == "default" else namespace, {}).update(told)
                continue
        found.setdefault("default", {})[key] = value
    return found


def _object(text: str) -> dict[str, Any] | None:
    import json  # noqa: PLC0415 -- rarely needed

    try:
        told = json.loads(text)
    except ValueError:
        return None
    return told if isinstance(told, dict) else None


def _http(record: Record, known: Mapping[str, Any], kind: SpanKind) -> None:
    request: dict[str, Any] = {}
    if "method" in known:
        request["method"] = known["method"]
    url = _url(known, kind)
    if url:
        request["url"] = url
    if kind is SpanKind.SERVER:
        client, peer = known.get("client_ip"), known.get("peer_ip")
        if client and _is_address(client):
            request["client_ip"] = client
            # Who is connected is somebody else than who asked: a proxy told.
            if peer and peer != client:
                request["x_forwarded_for"] = True
        elif peer:
            request["client_ip"] = peer
        if known.get("user_agent"):
            request["user_agent"] = known["user_agent"]
    if request:
        record.http = {**(record.http or {}), "request": request}
    _answer(record, known)


def _answer(record: Record, known: Mapping[str, Any]) -> None:
    response = {}
    for member in ("status", "content_length"):
        number = _whole(known.get(member))
        if number is not None:
            response[member] = number
    if response:
        record.http = {**(record.http or {}), "response": response}


def _url(known: Mapping[str, Any], kind: SpanKind) -> str:
    """Return the URL without its query, where secrets are, and without a user's name and password."""
    whole = known.get("url")
    if whole:
        return _plain_url(str(whole))
    if kind is SpanKind.SERVER:
        host = known.get("http_host") or known.get("own_name") or known.get("server_name") or known.get("address")
        port = known.get("own_port") or known.get("port")
    else:
        host = known.get("http_host") or known.get("peer_name") or known.get("address") or known.get("peer_ip")
        port = known.get("peer_port") or known.get("port")
    if not host:
        return ""
    scheme, host, number = str(known.get("scheme") or "http"), str(host), _whole(port)
    if ":" in host and not host.startswith("[") and _is_address(host):
        host = f"[{host}]"
    if "http_host" not in known and number and _PORTS.get(scheme) != number and ":" not in host.rpartition("]")[2]:
        host = f"{host}:{number}"
    path = str(known.get("target") or known.get("path") or "/").partition("?")[0]
    return f"{scheme}://{host}{path}"


def _plain_url(url: str) -> str:
    plain = url.partition("?")[0].partition("#")[0]
    scheme, separator, rest = plain.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{separator}{host.rpartition('@')[2]}{slash}{path}" if separator else plain


def _host_of(url: str) -> str:
    """Return the host in a URL, without its port: what `urlsplit` gives, in a fraction of the time."""
    place = url.partition("://")[2].partition("/")[0].partition("?")[0].rpartition("@")[2]
    if place.startswith("["):
        return place[1:].partition("]")[0]
    return place.partition(":")[0].lower()


def _called_host(known: Mapping[str, Any]) -> str:
    """Return the host that is called, without its port."""
    url = known.get("url")
    if url:
        found = _host_of(str(url))
        if found:
            return found
    for place in ("http_host", "address", "peer_name", "peer_ip"):
        if known.get(place):
            text = str(known[place])
            return text if _is_address(text) else text.rpartition(":")[0] or text
    return ""


def _database_name(known: Mapping[str, Any]) -> str:
    system = str(known["db_system"])
    database, host = known.get("db_name"), known.get("address") or known.get("peer_name") or known.get("peer_ip")
    if system == "sqlite" or not host:
        return str(database or host or system)
    return f"{database or system}@{host}"


def _sql(record: Record, known: Mapping[str, Any]) -> None:
    system = str(known["db_system"])
    block: dict[str, Any] = {"database_type": _SQL[system]}
    host = known.get("address") or known.get("peer_name") or known.get("peer_ip")
    if host:
        port = known.get("port") or known.get("peer_port")
        block["url"] = f"{system}://{host}{f':{port}' if port else ''}/{known.get('db_name') or ''}"
    if known.get("db_user"):
        block["user"] = str(known["db_user"])
    if known.get("statement"):
        block["sanitized_query"] = sanitized(str(known["statement"]), quoted_texts=system in _QUOTED_TEXTS)
    record.sql = {**block, **(record.sql or {})}


def _aws(record: Record, known: Mapping[str, Any]) -> None:
    block: dict[str, Any] = {"operation": known["rpc_method"]} if "rpc_method" in known else {}
    block.update({place: known[place] for place in (*_AWS, *_AWS_MORE) if known.get(place) is not None})
    tables = known.get("tables")
    if tables:
        names = [tables] if isinstance(tables, str) else list(tables)
        block.update({"table_name": names[0]} if len(names) == 1 else {"table_names": names})
    if "destination" in known and "queue_url" not in block and "topic_arn" not in block:
        block["resource_names"] = [known["destination"]]
    record.aws = {**block, **(record.aws or {})}


def _log_groups(value: Any) -> list[dict[str, str]]:
    names = value.split("&") if isinstance(value, str) else [str(each) for each in value]
    return [{"log_group": name} for name in names if name]


def _whole(value: Any) -> int | None:
    """Return a number, however it is told; None where it is none."""
    if value is None or type(value) is int:
        return value
    if isinstance(value, list | tuple) and len(value) == 1:
        value = value[0]
    try:
        return int(value)
    except (TypeError, ValueError):
        return None


def _is_address(text: Any) -> bool:
    try:
        ipaddress.ip_address(str(text))
    except ValueError:
        return False
    return True
