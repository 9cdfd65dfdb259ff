"""Look-up of an image in a public registry: registry API version 2, without credentials."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from account.preflight.verdict import NotKnown

_SECONDS: Final = 10
_MANIFESTS: Final = ", ".join(
    (
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    )
)
_IMAGE: Final = re.compile(r"(?P<host>[^/]+)/(?P<repository>[^:@]+)(?::(?P<tag>[^@]+))?(?:@(?P<digest>.+))?")
_CHALLENGE: Final = re.compile(r'(\w+)="([^"]*)"')


class Registry(Protocol):
    """Knows which images there are."""

    def has(self, image: str) -> bool:
        """Whether the image can be pulled by everybody. Raises NotKnown without an answer."""
        ...


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A registry's HTTP response."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


Fetch = Callable[[str, str, Mapping[str, str]], Answer]
"""Method, address and headers of a request to its answer. Raises OSError without one."""


class PublicRegistry:
    """Queries the image's own registry, with an anonymous token where it requires one."""

    def __init__(self, fetch: Fetch | None = None) -> None:
        self._fetch = fetch or _fetched

    def has(self, image: str) -> bool:
        named = _IMAGE.fullmatch(image)
        if named is None:
            raise NotKnown(f"{image} does not say its registry")
        reference = named["digest"] or named["tag"] or "latest"
        address = f"https://{named['host']}/v2/{named['repository']}/manifests/{reference}"
        try:
            answer = self._fetch("HEAD", address, {"Accept": _MANIFESTS})
            if answer.status == 401:
                answer = self._fetch("HEAD", address, {"Accept": _MANIFESTS, **self._permission(answer)})
        except (OSError, ValueError) as error:
            raise NotKnown(f"{named['host']} has no answer ({type(error).__name__})") from None
        if answer.status in (200, 404):
            return answer.status == 200
        raise NotKnown(f"{named['host']} answers with HTTP {answer.status}")

    def _permission(self, refused: Answer) -> dict[str, str]:
        """The header with the token that the registry points to. Raises ValueError where it points to none."""
        challenge = {name.lower(): value for name, value in refused.headers.items()}.get("www-authenticate", "")
        asked = dict(_CHALLENGE.findall(challenge))
        where = urllib.parse.urlsplit(asked.pop("realm", ""))
        if where.scheme != "https":
            raise ValueError("no place to get a token from")
        answer = self._fetch("GET", f"{where.geturl()}?{urllib.parse.urlencode(asked)}", {})
        given = json.loads(answer.body)
        return {"Authorization": f"Bearer {given.get('token') or given['access_token']}"}


def _fetched(method: str, address: str, headers: Mapping[str, str]) -> Answer:
    request = urllib.request.Request(address, method=method, headers=dict(headers))
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as response:
            return Answer(status=response.status, headers=dict(response.headers), body=response.read())
    except urllib.error.HTTPError as error:
        return Answer(status=error.code, headers=dict(error.headers))
