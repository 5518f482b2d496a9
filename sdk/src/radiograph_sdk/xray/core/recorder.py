"""AWS's recorder on ours."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from radiograph_sdk.addresses import InvalidDaemonAddress, parse_daemon_address
from radiograph_sdk.documents import encoded
from radiograph_sdk.emitter import Emitter
from radiograph_sdk.entities import CURRENT, Inside
from radiograph_sdk.environment import environment_of
from radiograph_sdk.header import TraceHeader
from radiograph_sdk.platforms import PLUGINS
from radiograph_sdk.recorder import Recorder
from radiograph_sdk.sampling import Always, Decision, InvalidSamplingRules, LocalSampler, Request
from radiograph_sdk.web import Answering
from radiograph_sdk.xray.core.exceptions.exceptions import InvalidSamplingManifestError, SegmentNotFoundException
from radiograph_sdk.xray.core.models.entity import DUMMY, NOWHERE, DummySegment, Segment, Subsegment
from radiograph_sdk.xray.sdk_config import SDKConfig

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from radiograph_sdk.record import Record
    from radiograph_sdk.sampling import Sampler
    from radiograph_sdk.web import Incoming

_log = logging.getLogger("radiograph_sdk")
_MISSING = "cannot find the current segment/subsegment, please make sure you have a segment open"
_STRATEGIES = ("LOG_ERROR", "RUNTIME_ERROR", "IGNORE_ERROR")
_THRESHOLD = 30
_set_current = CURRENT.set


class _Told:
    """What a custom emitter is handed: it asks for the document."""

    def __init__(self, record: Record) -> None:
        self.record = record

    def serialize(self) -> str:
        return encoded(self.record).decode()


class _Asked:
    """A custom sampler of AWS's kind."""

    def __init__(self, sampler: Any) -> None:
        self.sampler = sampler

    def decide(self, request: Request) -> Decision:
        asked = {name: getattr(request, name) for name in ("host", "method", "path", "service")}
        said = self.sampler.should_trace(asked)
        return Decision(bool(said), said if isinstance(said, str) else None)


class _Native(Recorder):
    """Ours, that hands out what AWS's does."""

    segment_type = Segment
    subsegment_type = Subsegment
    unrecorded_type = DummySegment
    inside = DUMMY
    custom: Any = None
    strategy = "LOG_ERROR"

    def send(self, record: Record, trace_id: str) -> None:
        if self.custom is None:
            super().send(record, trace_id)
            return
        try:
            self.custom.send_entity(_Told(record))
        except Exception as problem:  # noqa: BLE001 -- an application's own; tracing must not hurt it
            self.losses.count("emitter", "the emitter failed, and a segment is lost", error=problem)

    def missed(self, name: str) -> None:
        if self.strategy == "RUNTIME_ERROR":
            raise SegmentNotFoundException(_MISSING)
        if self.strategy == "LOG_ERROR":
            super().missed(name)


class AWSXRayRecorder:
    """The recorder of AWS's SDK.

    Attributes:
        native: ours, that does the work.
        dynamic_naming: an object with `get_name(host)`, or None.
        stream_sql: whether query texts are recorded.
    """

    def __init__(self) -> None:
        self.native = environment_of(_Native)
        self.native.streaming_threshold = _THRESHOLD
        self.native.strategy = _strategy(os.environ.get("AWS_XRAY_CONTEXT_MISSING", ""), "LOG_ERROR")
        self._usual: Sampler = self.native.sampler
        self.dynamic_naming: Any = None
        self.stream_sql = True

    def configure(  # noqa: C901, PLR0917 -- AWS's signature: one if for each
        self,
        sampling: bool | None = None,  # noqa: FBT001 -- likewise
        plugins: Any = None,
        context_missing: str | None = None,
        sampling_rules: Mapping[str, Any] | str | None = None,
        daemon_address: str | None = None,
        service: str | None = None,
        context: Any = None,  # noqa: ARG002 -- contextvars keep it, whatever runs
        emitter: Any = None,
        streaming: Any = None,  # noqa: ARG002 -- what is too large is always sent in pieces
        dynamic_naming: Any = None,
        streaming_threshold: int | None = None,
        max_trace_back: int | None = None,
        sampler: Any = None,
        stream_sql: bool | None = True,  # noqa: FBT001, FBT002 -- likewise
    ) -> None:
        """Change what is given; see AWS's SDK. Environment variables come before what is given.

        Raises:
            InvalidSamplingManifestError: the sampling rules cannot be.
        """
        native = self.native
        if service:
            native.service = os.environ.get("AWS_XRAY_TRACING_NAME") or service
        if sampler is not None:
            self._usual = sampler if hasattr(sampler, "decide") else _Asked(sampler)
            native.sampler = self._usual
        if sampling_rules:
            self._load_rules(sampling_rules)
        if sampling is not None:
            native.sampler = self._usual if sampling else Always()
        if daemon_address:
            self._find_daemon(os.environ.get("AWS_XRAY_DAEMON_ADDRESS") or daemon_address)
        if emitter is not None:
            native.custom = emitter
        if context_missing:
            said = os.environ.get("AWS_XRAY_CONTEXT_MISSING") or context_missing
            native.strategy = _strategy(said, native.strategy)
        if dynamic_naming is not None:
            self.dynamic_naming = dynamic_naming
        if streaming_threshold is not None:
            native.streaming_threshold = max(1, streaming_threshold)
        if isinstance(max_trace_back, int) and max_trace_back >= 0:
            native.frames = max_trace_back
        if stream_sql is not None:
            self.stream_sql = stream_sql
        if plugins:
            self._look_around(plugins)

    def in_segment(self, name: str | None = None, **segment_kwargs: Any) -> Segment | DummySegment:
        """Begin a segment that ends with its block."""
        return self._segment(name, **segment_kwargs)

    in_segment_async = in_segment

    def in_subsegment(self, name: str | None = None, namespace: str = "local") -> Subsegment | Inside:
        """Begin a subsegment that ends with its block; without a segment it is false, and does nothing."""
        if not SDKConfig.sdk_enabled():
            return DUMMY
        return cast("Subsegment | Inside", self.native.in_subsegment(name or "unnamed", namespace))

    in_subsegment_async = in_subsegment

    def capture(self, name: str | None = None) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Return a decorator that makes each call of a function, or coroutine function, a subsegment."""

        def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
            return self.native.capture(name or function.__name__, "local")(function)

        return decorate

    capture_async = capture

    def begin_segment(
        self,
        name: str | None = None,
        traceid: str | None = None,
        parent_id: str | None = None,
        sampling: int | str | None = None,
    ) -> Segment | DummySegment:
        """Begin a segment, which is the current one until `end_segment`."""
        segment = self._segment(name, traceid, parent_id, sampling)
        segment.__enter__()
        return segment

    def end_segment(self, end_time: float | None = None) -> None:
        """End the current segment and send it; in AWS Lambda, where it was begun as one, the subsegment."""
        if self.native.in_function:
            self.end_subsegment(end_time)
            return
        entity = self.native.here()
        if entity is None:
            if SDKConfig.sdk_enabled():
                self.native.missed("end_segment")
            return
        entity.segment.close(end_time)
        _set_current(entity.segment.above)

    def current_segment(self) -> Segment | DummySegment | None:
        """Return the open segment."""
        entity = self.get_trace_entity()
        return None if entity is None else cast("Segment | DummySegment", entity.segment)

    def begin_subsegment(self, name: str, namespace: str = "local") -> Subsegment | DummySegment | None:
        """Begin a subsegment, which is the current one until `end_subsegment`; None without a segment."""
        entity = self.native.here()
        if entity is None:
            if not SDKConfig.sdk_enabled():
                return NOWHERE
            self.native.missed(name)
            return None
        if isinstance(entity, DummySegment):
            entity.depth += 1
            return entity
        subsegment = self.native.in_subsegment(name, namespace)
        subsegment.__enter__()
        return cast("Subsegment", subsegment)

    def begin_subsegment_without_sampling(self, name: str) -> DummySegment | None:
        """Begin a subsegment that is not recorded, and neither is what is called within it."""
        entity = self.native.here()
        if entity is None:
            self.native.missed(name)
            return None
        inner = DummySegment(entity.segment.came_with, entity)
        inner.depth = 1
        _set_current(inner)
        return inner

    def end_subsegment(self, end_time: float | None = None) -> None:
        """End the current subsegment."""
        entity = self.native.here()
        if isinstance(entity, Subsegment):
            entity.close(end_time)
            _set_current(entity.above)
        elif isinstance(entity, DummySegment):
            entity.depth = max(0, entity.depth - 1)
            # One that began without sampling stands within what may be recorded.
            if not entity.depth and entity.above is not None and entity.came_with is entity.above.segment.came_with:
                _set_current(entity.above)
        elif SDKConfig.sdk_enabled():
            _log.warning("No subsegment to end.")

    def current_subsegment(self) -> Subsegment | DummySegment | None:
        """Return the innermost open subsegment."""
        entity = self.get_trace_entity()
        if isinstance(entity, Subsegment) or (isinstance(entity, DummySegment) and entity.depth):
            return entity
        return None

    def put_annotation(self, key: str, value: Any) -> None:
        """Add a value to search by to the innermost open entity."""
        entity = self.get_trace_entity()
        if entity is not None:
            entity.put_annotation(key, value)

    def put_metadata(self, key: str, value: Any, namespace: str = "default") -> None:
        """Add anything to the innermost open entity."""
        entity = self.get_trace_entity()
        if entity is not None:
            entity.put_metadata(key, value, namespace)

    def is_sampled(self) -> bool:
        """Return whether what is open is recorded."""
        entity = self.native.here()
        return entity is not None and entity.sampled

    def get_trace_entity(self) -> Segment | Subsegment | DummySegment | None:
        """Return the innermost open entity."""
        entity = self.native.here()
        if entity is None and SDKConfig.sdk_enabled():
            self.native.missed("get_trace_entity")
        return cast("Segment | Subsegment | DummySegment | None", entity)

    @staticmethod
    def set_trace_entity(trace_entity: Any) -> None:
        """Make an entity the current one here: on another thread, for example."""
        _set_current(trace_entity)

    @staticmethod
    def clear_trace_entities() -> None:
        """Have no current entity here."""
        _set_current(None)

    def stream_subsegments(self) -> None:
        """Send what has ended."""
        entity = self.native.here()
        if isinstance(entity, Segment | Subsegment):
            self.native.stream(entity)

    def record_subsegment(  # noqa: PLR0917 -- AWS's signature
        self,
        wrapped: Callable[..., Any],
        instance: Any,
        args: Any,
        kwargs: Any,
        name: str,
        namespace: str,
        meta_processor: Callable[..., None] | None,
    ) -> Any:
        """Call something within a subsegment, of which a function then tells more."""
        with self._recorded(wrapped, instance, args, kwargs, name, namespace, meta_processor) as outcome:
            outcome["return_value"] = wrapped(*args, **kwargs)
        return outcome["return_value"]

    async def record_subsegment_async(  # noqa: PLR0917 -- AWS's signature
        self,
        wrapped: Callable[..., Any],
        instance: Any,
        args: Any,
        kwargs: Any,
        name: str,
        namespace: str,
        meta_processor: Callable[..., None] | None,
    ) -> Any:
        """Await something within a subsegment, of which a function then tells more."""
        with self._recorded(wrapped, instance, args, kwargs, name, namespace, meta_processor) as outcome:
            outcome["return_value"] = await wrapped(*args, **kwargs)
        return outcome["return_value"]

    @contextlib.contextmanager
    def _recorded(  # noqa: PLR0917 -- what both of the above are given
        self,
        wrapped: Any,
        instance: Any,
        args: Any,
        kwargs: Any,
        name: str,
        namespace: str,
        meta_processor: Callable[..., None] | None,
    ) -> Any:
        subsegment = self.begin_subsegment(name, namespace)
        outcome: dict[str, Any] = {"return_value": None, "exception": None}
        try:
            yield outcome
        except Exception as error:
            outcome["exception"] = error
            raise
        finally:
            if subsegment is not None:
                end_time = time.time()
                if meta_processor is not None:
                    told = {"wrapped": wrapped, "instance": instance, "args": args, "kwargs": kwargs, "stack": None}
                    meta_processor(**told, **outcome, subsegment=subsegment)
                elif outcome["exception"] is not None:
                    subsegment.add_exception(outcome["exception"])
                self.end_subsegment(end_time)

    def answering(self, incoming: Incoming) -> Answering:
        """Begin the segment of a request that a middleware answers, named as `dynamic_naming` says."""
        name = str(self.dynamic_naming.get_name(incoming.host)) if self.dynamic_naming else self.service
        return Answering(self.native, incoming, name=name, sampled=None if SDKConfig.sdk_enabled() else False)

    def decide(self, sampling_req: Mapping[str, Any]) -> bool | str:
        """Return the name of the rule that records a request, else whether one is; for middleware of one's own.

        Args:
            sampling_req: `host`, `method`, `path` and `service`, as far as they are known.
        """
        known = {name: sampling_req.get(name) for name in ("host", "method", "path", "service")}
        decision = self.native.sampler.decide(Request(**known))
        return (decision.rule or True) if decision.sampled else False

    def _segment(
        self,
        name: str | None = None,
        traceid: str | None = None,
        parent_id: str | None = None,
        sampling: int | str | None = None,
    ) -> Segment | DummySegment:
        sampled = None if sampling is None else bool(sampling)
        if not SDKConfig.sdk_enabled():
            sampled = False
        header = TraceHeader(root=traceid, parent=parent_id)
        segment = cast("Segment | DummySegment", self.native.in_segment(name, header=header, sampled=sampled))
        if isinstance(sampling, str) and sampled:
            segment.set_rule_name(sampling)
        return segment

    def _look_around(self, plugins: Any) -> None:
        named = {str(getattr(each, "__name__", each)).rpartition(".")[2].lower() for each in plugins}
        wanted = tuple(name for name in PLUGINS if name.lower() in named or f"{name.lower()[:-6]}_plugin" in named)
        if len(wanted) < len(named):
            self.native.losses.count("plugins", f"of the plugins {sorted(named)}, known are {sorted(PLUGINS)}")
        self.native.look_around(wanted)

    def _load_rules(self, rules: Mapping[str, Any] | str) -> None:
        try:
            given = rules if not isinstance(rules, str) else json.loads(Path(rules).read_text(encoding="utf-8"))
            local = LocalSampler(given)
        except (InvalidSamplingRules, OSError, ValueError) as problem:
            raise InvalidSamplingManifestError(str(problem)) from problem
        replace = getattr(self._usual, "use_fallback", None)
        if replace is None:
            self._usual = self.native.sampler = local
        else:
            replace(local)

    def _find_daemon(self, text: str) -> None:
        try:
            address = parse_daemon_address(text)
        except InvalidDaemonAddress as problem:
            self.native.losses.count("address", f"daemon_address is not used: {problem}")
            return
        self.native.emitter.close()
        self.native.emitter = Emitter(address)
        move = getattr(self._usual, "use_address", None)
        if move is not None:
            move(address.tcp)

    # As attributes, in AWS's names.

    @property
    def service(self) -> str:
        """Name of segments that have none."""
        return self.native.service

    @service.setter
    def service(self, value: str) -> None:
        self.native.service = value

    @property
    def sampling(self) -> bool:
        """Whether a sampler is asked."""
        return not isinstance(self.native.sampler, Always)

    @sampling.setter
    def sampling(self, value: bool) -> None:
        self.configure(sampling=value)

    @property
    def sampler(self) -> Any:
        """What decides."""
        return self._usual.sampler if isinstance(self._usual, _Asked) else self._usual

    @sampler.setter
    def sampler(self, value: Any) -> None:
        self.configure(sampler=value)

    @property
    def streaming_threshold(self) -> int:
        """Subsegments that have ended are sent when there are so many."""
        return self.native.streaming_threshold

    @streaming_threshold.setter
    def streaming_threshold(self, value: int) -> None:
        self.configure(streaming_threshold=value)

    @property
    def max_trace_back(self) -> int:
        """Frames of a stack, at most."""
        return self.native.frames

    @max_trace_back.setter
    def max_trace_back(self, value: int) -> None:
        self.configure(max_trace_back=value)

    @property
    def emitter(self) -> Any:
        """What sends."""
        return self.native.custom or self.native.emitter

    @emitter.setter
    def emitter(self, value: Any) -> None:
        self.configure(emitter=value)


AsyncAWSXRayRecorder = AWSXRayRecorder


def _strategy(said: str, usual: str) -> str:
    if said.upper() in _STRATEGIES:
        return said.upper()
    if said:
        _log.warning("context_missing %r is not known; there are %s", said, ", ".join(_STRATEGIES))
    return usual
