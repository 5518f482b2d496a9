"""Which parts of a trace an expression looks at, so that the rest need not be loaded."""

from typing import Literal

from radiograph.query.filters.syntax import (
    And,
    Annotation,
    Comparison,
    EdgeTerm,
    Expression,
    GroupTerm,
    Metadata,
    Not,
    Or,
    ServiceTerm,
)

Need = Literal["summary", "nodes", "calls", "causes", "documents"]
"""The trace's summary; its segments, real and inferred, each with its node; its calls; its root causes; what
only the whole documents tell."""

# What a summary does not tell.
_OF_A_TRACE: dict[str, Need] = {"root": "nodes", "account.id": "nodes", "coldstart": "documents"}
_OF_A_SEGMENT: dict[str, Need] = {"coldstart": "documents"}


def needs(expression: Expression | None) -> frozenset[Need]:
    """Return what must be known of a trace to tell whether it matches.

    Args:
        expression: one that names no group any more; None needs nothing.

    Raises:
        ValueError: it names a group, so that nobody can tell.
    """
    match expression:
        case None:
            return frozenset()
        case Not():
            return needs(expression.operand)
        case And() | Or():
            return frozenset[Need]().union(*(needs(operand) for operand in expression.operands))
        case ServiceTerm():
            return frozenset[Need](("nodes",)) | _in_service(expression.block)
        case _:
            return frozenset((_of_term(expression),))


def _of_term(term: Expression) -> Need:
    match term:
        case Comparison():
            return _OF_A_TRACE.get(term.keyword, "summary")
        case Annotation():
            return "summary"
        case Metadata():
            return "documents"
        case EdgeTerm():
            return "calls"
        case GroupTerm():
            raise ValueError(f"resolve_groups has not seen group.{term.by} = {term.value!r}")
        case _:
            return "causes"


def _in_service(block: Expression | None) -> frozenset[Need]:
    """What the conditions on a segment need beyond the segments themselves."""
    match block:
        case Not():
            return _in_service(block.operand)
        case And() | Or():
            return frozenset[Need]().union(*(_in_service(operand) for operand in block.operands))
        case Comparison(keyword=keyword) if keyword in _OF_A_SEGMENT:
            return frozenset((_OF_A_SEGMENT[keyword],))
        case Annotation():
            return frozenset(("documents",))
        case _:
            return frozenset()
