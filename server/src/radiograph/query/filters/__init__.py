"""X-Ray's filter expression language.

Pure: imports `radiograph.trace`, the errors, and of `radiograph.query` what looks at one trace (linker,
summary, root causes); no store, no clock. Begin reading at `syntax` (the tree) and `parser` (text into tree,
with `lexer`, `keywords` and `operators` at its hand), then `evaluate` (does a trace match?), which is written
for obviousness: what SQL makes of an expression must agree with it. What the others hold:

- `printer`: tree into text.
- `groups`: a group's expression in place of its name.
- `needs`: which parts of a trace an expression looks at.
- `subject`, `facts`: a trace as the evaluator sees it, and what each keyword says of it.
- `pattern`, `regex`: the literal of `rootcause.json`, the regular expressions of `MATCHES`.
"""

from radiograph.query.filters.evaluate import matches
from radiograph.query.filters.groups import Group, names_groups, resolve_groups
from radiograph.query.filters.invalid import InvalidFilter
from radiograph.query.filters.keywords import KEYWORDS, Keyword, Scope, in_scope
from radiograph.query.filters.needs import Need, needs
from radiograph.query.filters.parser import parse, parse_entity_selector
from radiograph.query.filters.printer import canonical
from radiograph.query.filters.subject import Subject
from radiograph.query.filters.syntax import (
    And,
    Annotation,
    Comparison,
    EdgeTerm,
    Entity,
    Expression,
    GroupTerm,
    Metadata,
    Not,
    Or,
    RootCauseJson,
    RootCauseTerm,
    ServiceTerm,
)

__all__ = [
    "KEYWORDS",
    "And",
    "Annotation",
    "Comparison",
    "EdgeTerm",
    "Entity",
    "Expression",
    "Group",
    "GroupTerm",
    "InvalidFilter",
    "Keyword",
    "Metadata",
    "Need",
    "Not",
    "Or",
    "RootCauseJson",
    "RootCauseTerm",
    "Scope",
    "ServiceTerm",
    "Subject",
    "canonical",
    "in_scope",
    "matches",
    "names_groups",
    "needs",
    "parse",
    "parse_entity_selector",
    "resolve_groups",
]
