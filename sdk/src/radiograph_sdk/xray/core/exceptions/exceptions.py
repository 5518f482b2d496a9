"""The exceptions of AWS's SDK, for code that names them."""


class InvalidSamplingManifestError(Exception):
    """Local sampling rules that cannot be."""


class SegmentNotFoundException(Exception):  # noqa: N818 -- AWS's name
    """There is no open segment, and `RUNTIME_ERROR` asks for an exception then."""


class InvalidDaemonAddressException(Exception):  # noqa: N818 -- AWS's name
    """A text that names no daemon."""


class SegmentNameMissingException(Exception):  # noqa: N818 -- AWS's name
    """Never raised here: a segment without a name has the service's."""


class SubsegmentNameMissingException(Exception):  # noqa: N818 -- AWS's name
    """Never raised here."""


class FacadeSegmentMutationException(Exception):  # noqa: N818 -- AWS's name
    """Never raised here."""


class MissingPluginNames(Exception):  # noqa: N818 -- AWS's name
    """Never raised here."""


class AlreadyEndedException(Exception):  # noqa: N818 -- AWS's name
    """Never raised here: what is changed after its end is counted."""
