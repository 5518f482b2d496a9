"""What happened in a trace, in a sentence and a few more, for people who have never seen one.

Everything that is said is a fact of the trace: who failed where, what was turned away, where the time went, what is
missing. Nothing is guessed, and nothing compared with other traces.
"""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import msgspec

from radiograph.query.linker import Outcome, outcome, walk
from radiograph.query.measures import OUTCOMES
from radiograph.query.missing import missing
from radiograph.query.naming import spoken
from radiograph.query.phrases import answered, length, listed, share, times
from radiograph.query.rootcause import Paths
from radiograph.query.titles import shortened
from radiograph.trace.documents import http_status

if TYPE_CHECKING:
    from radiograph.query.critical_path import Stretch
    from radiograph.query.missing import Missing
    from radiograph.trace.node import NodeKey
    from radiograph.trace.trace import Trace, TraceEntity

Tone = Literal["ok", "slow", "error", "throttle", "fault", "partial"]

MOST_DETAILS = 4

# Above this people wait: the usual target of Apdex, whose T is half a second.
_SLOW = 500_000
# So many calls one after the other, to the same place, are worth a word.
_MANY_CALLS = 5
# Below this nobody wants to know what went on after the answer, or which part took it.
_SHORT = 1_000
_SHORT_SHARE = 0.05
_OWN_SHARE = 0.9
_MESSAGE_CHARACTERS = 200
_GRAVEST_FIRST = (Outcome.FAULT, Outcome.THROTTLE, Outcome.ERROR)


class Verdict(msgspec.Struct, frozen=True):
    """What is said of a trace.

    Args:
        tone: what it is about.
        headline: one sentence.
        details: at most four more.
        entity: id of the entity to look at; None when there is none in particular.
    """

    tone: Tone
    headline: str
    details: list[str]
    entity: str | None


def verdict(trace: Trace, keys: dict[str, NodeKey], stretches: list[Stretch], *, account: str, now: int) -> Verdict:
    """Judge a trace.

    Args:
        trace: the assembled trace.
        keys: the node of each segment, see `node_keys`.
        stretches: the critical path.
        account: id of the account that segments belong to when they name none.
        now: microseconds since the epoch.
    """
    return _Judge(trace, keys, stretches, account, now).verdict()


class _Judge:
    def __init__(
        self, trace: Trace, keys: dict[str, NodeKey], stretches: list[Stretch], account: str, now: int
    ) -> None:
        self._trace = trace
        self._keys = keys
        self._stretches = stretches
        self._paths = Paths(trace, account, keys)
        self._root = trace.root()
        self._name = self._service(self._root)
        self._partial = trace.is_partial(now)

    def verdict(self) -> Verdict:
        how = outcome(self._root.typed)
        if how is not Outcome.OK:
            return self._failure(how)
        handled = next((each for each in _GRAVEST_FIRST if self._bad[each]), None)
        if handled is not None:
            return self._failure(handled)
        if self._partial:
            return self._incomplete()
        return self._success()

    # --- failures

    @cached_property
    def _bad(self) -> dict[Outcome, list[TraceEntity]]:
        """What ended badly, by how."""
        found: dict[Outcome, list[TraceEntity]] = {each: [] for each in _GRAVEST_FIRST}
        for top in self._trace.segments:
            for entity in walk(top):
                how = outcome(entity.typed)
                if how is not Outcome.OK:
                    found[how].append(entity)
        return found

    def _failure(self, how: Outcome) -> Verdict:
        culprits = self._paths.deepest(self._bad[how])
        # Of several, the one that the answer passed on, and of those the last: what came before was tried again.
        culprit = max(culprits, key=lambda each: (self._was_passed_on(each, how), each.end or each.start, each.id))
        headline, told = self._cause_and_effect(culprit, how)
        details = [
            *self._exceptions(culprit, told),
            *self._gaps(),
            *self._route(culprit, how),
            *self._others(culprits, culprit, how),
            *self._throttles(how),
            *self._time(),
        ]
        return Verdict(OUTCOMES[how], headline, details[:MOST_DETAILS], culprit.id)

    def _was_passed_on(self, culprit: TraceEntity, how: Outcome) -> bool:
        """Whether every service from the culprit up to the root ended like it."""
        path = self._paths.from_top(culprit)
        return path[0] is self._root and all(outcome(step.typed) is how for step in path if step.is_segment)

    def _cause_and_effect(self, culprit: TraceEntity, how: Outcome) -> tuple[str, str]:
        """Return the headline, and the exception that it has told already."""
        who, did = self._who_did(culprit, how)
        root = outcome(self._root.typed)
        status = http_status(self._root.typed)
        if self._root.end is None:
            return f"{who} {did}, and {self._name} has not finished yet.", ""
        if root is Outcome.OK:
            well = "succeeded" if status is None else "answered well"
            return f"{who} {did}, but {self._name} {well} all the same{'' if status is None else f' ({status})'}.", ""
        if who == self._name:
            own = [each for each in reversed(self._paths.from_top(culprit)) if self._service(each) == who]
            told = next((text for text in map(self._first_exception, own) if text), "")
            return _sentence(f"{who} {did}: {told}" if told else f"{who} {did}"), told
        if root is Outcome.FAULT:
            return f"{who} {did}, so {self._name} failed too{'' if status is None else f' ({status})'}.", ""
        return f"{who} {did}, and {self._name} passed that on{'' if status is None else f' ({status})'}.", ""

    def _who_did(self, culprit: TraceEntity, how: Outcome) -> tuple[str, str]:
        """Who ended badly, and what they did; of a call, whoever was called."""
        status = http_status(culprit.typed)
        called = self._paths.called(culprit)
        if called is not None:
            return self._service(called), answered(how, status)
        answering = [] if culprit.is_segment else self._trace.callees(culprit)
        if answering:
            # The callee itself knows of no failure: it is on the way, or in the caller.
            verb = "got no good answer" if how is Outcome.FAULT else "was turned away"
            return self._service(culprit), f"{verb} from {self._service(answering[0])}"
        if culprit is self._root or culprit.is_segment:
            return self._service(culprit), answered(how, status)
        whole = http_status(culprit.segment.typed) if outcome(culprit.segment.typed) is how else None
        return self._service(culprit), answered(how, status if status is not None else whole)

    def _exceptions(self, culprit: TraceEntity, told: str) -> list[str]:
        """What the exceptions on the way say, the deepest first, at most two."""
        sentences: dict[str, None] = {}
        said = {told} if told else set()
        for entity in reversed(self._paths.from_top(culprit)):
            if entity.inferred:
                continue
            text = self._first_exception(entity)
            if text and text not in said:
                said.add(text)
                # X-Ray's own samples put hash marks before the names of local work.
                place = "" if entity.is_segment else f" (in {entity.name.lstrip('# ')})"
                sentences[_sentence(f"{self._service(entity)} reported {text}", place)] = None
        return list(sentences)[:2]

    def _first_exception(self, entity: TraceEntity) -> str:
        """An exception of an entity as text, "" without one."""
        for exception in self._paths.exceptions.of(entity):
            text = ": ".join(part for part in (exception.type, exception.message) if part)
            if text:
                return shortened(text, _MESSAGE_CHARACTERS)
        return ""

    def _route(self, culprit: TraceEntity, how: Outcome) -> list[str]:
        """Which way a failure took to the root, when others lie between."""
        if not self._was_passed_on(culprit, how):
            return []
        names = list(dict.fromkeys(self._service(entity) for entity in reversed(self._paths.from_top(culprit))))
        if len(names) < 3:  # noqa: PLR2004 -- with two, the headline has said it
            return []
        what = {Outcome.FAULT: "The failure", Outcome.THROTTLE: "The refusal"}.get(how, "The answer")
        return [f"{what} went from {names[0]} through {listed(names[1:-1])} to {names[-1]}."]

    def _others(self, culprits: list[TraceEntity], culprit: TraceEntity, how: Outcome) -> list[str]:
        """What ended badly beside the culprit."""
        others = [each for each in culprits if each is not culprit]
        if not others:
            return []
        names = list(dict.fromkeys(self._who_did(each, how)[0] for each in others))
        shown = names if len(names) <= 3 else [*names[:3], "others"]  # noqa: PLR2004 -- a line has room for so many
        verb = "failed" if how is Outcome.FAULT else "ended like that"
        return [f"{len(others)} other part{'s' if len(others) > 1 else ''} {verb} as well: {listed(shown)}."]

    def _throttles(self, told: Outcome) -> list[str]:
        """Who turned whom away, beside what the headline tells."""
        if told is Outcome.THROTTLE:
            return []
        counts = Counter(self._turned_away(culprit) for culprit in self._paths.deepest(self._bad[Outcome.THROTTLE]))
        return [
            f"{who} turned {by} away {times(count)}, since it was asked too often."
            if who
            else f"{by} was turned away {times(count)}, since it asked too often."
            for (who, by), count in counts.most_common(2)
        ]

    def _turned_away(self, culprit: TraceEntity) -> tuple[str, str]:
        """Who turned whom away; "" for who when the trace does not tell."""
        by = self._service(culprit)
        step: TraceEntity | None = culprit
        while step is not None and not step.is_segment:
            called = self._paths.called(step) or next(iter(self._trace.callees(step)), None)
            if called is not None:
                return self._service(called), by
            step = step.parent
        if not culprit.is_segment:
            return "", by
        asking = self._paths.above(culprit)
        return by, "its client" if asking is None else self._service(asking)

    # --- where nothing failed

    def _incomplete(self) -> Verdict:
        gaps = missing(self._trace)
        if self._root.end is None:
            headline = f"{self._name} has begun and is not known to have finished; nothing has failed so far."
        else:
            headline = f"{self._name} answered in {length(self._answer_time)}, but parts of this trace have not come."
        return Verdict("partial", headline, [*_told(gaps), *self._time()][:MOST_DETAILS], gaps[0].of if gaps else None)

    def _success(self) -> Verdict:
        spent = self._spent
        whole = self._answer_time
        slow = whole >= _SLOW
        details = [*self._shares(), *self._many_calls(), *self._afterwards(), *self._gaps()]
        if not spent or whole < _SHORT or (spent[0][1] >= whole * _OWN_SHARE and spent[0][0] == self._name):
            took = f"but {self._name} took" if slow else f"{self._name} answered in"
            headline = f"Nothing went wrong{',' if slow else ';'} {took} {length(whole)}."
        else:
            took = f", but it took {length(whole)}" if slow else f"; {length(whole)}"
            headline = (
                f"Nothing went wrong{took}, of which {length(spent[0][1])} were spent {self._where(spent[0][0])}."
            )
        return Verdict("slow" if slow else "ok", headline, details[:MOST_DETAILS], self._longest())

    def _longest(self) -> str:
        """Return the id of what was waited for longest; of an inferred segment, of the call that led to it."""
        if not self._stretches:
            return self._root.id
        entity = max(self._stretches, key=lambda stretch: stretch.time).entity
        call = self._trace.caller(entity) if entity.inferred else None
        return entity.id if call is None else call.id

    def _shares(self) -> list[str]:
        """Where the rest of the time went."""
        whole = self._answer_time
        rest = [(name, time) for name, time in self._spent[1:3] if time >= whole * _SHORT_SHARE and time >= _SHORT]
        if not rest or not whole:
            return []
        first, time = self._spent[0]
        parts = [f"{share(time, whole)} {self._where(first)}"]
        parts += [f"{share(time, whole)} {self._where(name)}" for name, time in rest]
        return [f"Where the time went: {listed(parts)}."]

    def _many_calls(self) -> list[str]:
        """Who asked the same place again and again, one call after the other."""
        calls: Counter[tuple[str, str]] = Counter()
        for entity in {stretch.entity.id: stretch.entity for stretch in self._stretches}.values():
            call = self._trace.caller(entity) if entity.is_segment else None
            if call is not None:
                calls[self._service(call), self._service(entity)] += 1
        return [
            f"{asking} asked {asked} {times(count)}, one call after the other."
            for (asking, asked), count in calls.most_common(1)
            if count >= _MANY_CALLS
        ]

    def _afterwards(self) -> list[str]:
        """What went on after the answer."""
        end = self._root.end
        if end is None or self._trace.end - end < _SHORT:
            return []
        last = max(
            (entity for entity in self._trace.by_id.values() if entity.end is not None and not entity.inferred),
            key=lambda entity: (entity.end or 0, entity.id),
        )
        return [f"After the answer, work went on for {length(self._trace.end - end)} in {self._service(last)}."]

    # --- facts

    def _time(self) -> list[str]:
        """Where most of the time went."""
        whole = self._answer_time
        if not self._spent or whole < _SHORT:
            return []
        name, time = self._spent[0]
        if name == self._name and time >= whole * _OWN_SHARE:
            return [f"It took {length(whole)}, nearly all of it in {name} itself."]
        where = self._where(name)
        return [f"It took {length(whole)}, of which {length(time)} ({share(time, whole)}) were spent {where}."]

    @cached_property
    def _spent(self) -> list[tuple[str, int]]:
        """The time that the answer waited, by who was waited for, the longest first; microseconds."""
        spent: Counter[str] = Counter()
        for stretch in self._stretches:
            spent[self._owner(stretch.entity)] += stretch.time
        return spent.most_common()

    @property
    def _answer_time(self) -> int:
        return 0 if self._root.end is None else self._root.end - self._root.start

    def _owner(self, entity: TraceEntity) -> str:
        """Who is waited for in an entity's own time: of a call, whoever was called, the way there included."""
        called = None
        if not entity.is_segment:
            called = self._paths.called(entity) or next(iter(self._trace.callees(entity)), None)
        return self._service(called or entity)

    def _service(self, entity: TraceEntity) -> str:
        """What the service of an entity is called."""
        segment = entity.segment
        key = self._keys.get(segment.id)
        return segment.name if key is None else spoken(key, inferred=segment.inferred)

    def _where(self, name: str) -> str:
        """Where time was spent, in a sentence."""
        if name == self._name:
            return f"in {name} itself"
        return f"waiting for {name}" if name in self._silent else f"in {name}"

    @cached_property
    def _silent(self) -> set[str]:
        """Those who sent no segments: nobody knows what they did."""
        return {self._service(segment) for segment in self._trace.inferred}

    def _gaps(self) -> list[str]:
        """What is missing, and what was left out."""
        gaps = missing(self._trace) if self._partial else []
        return _told(gaps)[:1] + (
            ["The trace is larger than the setting trace_bytes allows; the rest of it is left out."]
            if self._trace.limit_exceeded
            else []
        )


def _told(gaps: list[Missing]) -> list[str]:
    """The first gap, and how many more there are."""
    if not gaps:
        return []
    more = len(gaps) - 1
    if not more:
        return [gaps[0].why]
    return [gaps[0].why, "One more part of it is missing." if more == 1 else f"{more} more parts of it are missing."]


def _sentence(text: str, place: str = "") -> str:
    """End a text that may end with a mark of its own."""
    return f"{text.rstrip('. ')}{place}."
