"""What a node is called when a person is spoken to: `DynamoDB carts` rather than `carts`."""

from radiograph.trace.node import NodeKey

_AWS = "AWS::"


def spoken(key: NodeKey, *, inferred: bool) -> str:
    """Return the name of a node for a sentence or a list.

    Args:
        key: the node.
        inferred: it sent no segment: of an AWS resource, the service is said too, and a queue's URL or an ARN is cut to
            its last part.
    """
    if not inferred or not key.type.startswith(_AWS):
        return key.name
    service = key.type.removeprefix(_AWS).split("::")[0]
    resource = key.name
    if "://" in resource:
        resource = resource.rstrip("/").rsplit("/", 1)[-1]
    elif resource.startswith("arn:"):
        resource = resource.rsplit(":", 1)[-1]
    return service if resource == service else f"{service} {resource}"
