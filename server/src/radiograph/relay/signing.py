"""Signing calls with Signature Version 4, by botocore, with whatever credentials the host has."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Protocol

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import botocore.exceptions
import botocore.session

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_SERVICE = "xray"
_ROLE_SESSION = "xray-daemon"  # the name that the official daemon gives its session
_SEARCH_SECONDS = 60.0


class CredentialsError(Exception):
    """The call has to be signed and there is nothing to sign it with."""


class Signer(Protocol):
    """Turns the headers of a call into those to send."""

    def __call__(self, url: str, body: bytes, headers: Mapping[str, str], /) -> dict[str, str]:
        """Return the headers to send with `POST url`; may raise CredentialsError."""


def send_unsigned(_url: str, _body: bytes, headers: Mapping[str, str]) -> dict[str, str]:
    """Sign nothing: for a service that asks for no signature."""
    return dict(headers)


class SigV4Signer:
    """Signs with credentials that are looked for at the first call and, while there are none, every minute.

    Args:
        find: Looks for botocore credentials; None when there are none.
        region: Region of the signature's scope.
        required: Whether a call without a signature is pointless. If not, calls go unsigned while the
            credentials fail (expired, revoked): a service that wants a signature says so itself.
        clock: Seconds, monotonic.
    """

    def __init__(self, find: Callable[[], Any], *, region: str, required: bool, clock: Callable[[], float]) -> None:
        self._find = find
        self._required = required
        self._region = region
        self._clock = clock
        self._lock = threading.Lock()
        self._credentials: Any = None
        self._searched = float("-inf")

    def __call__(self, url: str, body: bytes, headers: Mapping[str, str]) -> dict[str, str]:
        """Return the headers with `Authorization` and its companions.

        Raises:
            CredentialsError: A signature is required, and there are no credentials or they cannot be
                refreshed.
        """
        try:
            frozen = self._frozen()
        except CredentialsError:
            if self._required:
                raise
            return dict(headers)
        request = botocore.awsrequest.AWSRequest(method="POST", url=url, data=body, headers=dict(headers))
        botocore.auth.SigV4Auth(frozen, _SERVICE, self._region).add_auth(request)
        return dict(request.headers.items())

    def _frozen(self) -> Any:
        try:
            return self._current().get_frozen_credentials()
        except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
            raise CredentialsError(f"the AWS credentials cannot be refreshed ({error})") from error

    def _current(self) -> Any:
        with self._lock:
            now = self._clock()
            if self._credentials is None and now - self._searched >= _SEARCH_SECONDS:
                self._searched = now
                self._credentials = self._find()
            if self._credentials is None:
                raise CredentialsError(
                    "no AWS credentials were found (environment, shared files, container or instance role)"
                )
            return self._credentials


def find_credentials(*, region: str, role_arn: str, ask_metadata: bool) -> Any:
    """Look for AWS credentials where AWS's SDKs look.

    Args:
        region: Region in which a role is assumed.
        role_arn: Role to assume with the credentials found; empty for none.
        ask_metadata: Whether to ask EC2's metadata service too, which takes a second where there is none.

    Returns:
        Refreshing botocore credentials, or None.
    """
    session = botocore.session.Session()
    session.set_config_variable("region", region)
    if not ask_metadata:
        session.get_component("credential_provider").remove("iam-role")
    source = session.get_credentials()
    if source is None or not role_arn:
        return source
    fetcher = botocore.credentials.AssumeRoleCredentialFetcher(
        client_creator=session.create_client,
        source_credentials=source,
        role_arn=role_arn,
        extra_args={"RoleSessionName": _ROLE_SESSION},
    )
    return botocore.credentials.DeferredRefreshableCredentials(
        refresh_using=fetcher.fetch_credentials, method="assume-role"
    )
