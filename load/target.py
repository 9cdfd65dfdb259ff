"""Where a load test may go: to this machine, and never to what is not the stack's own."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from settings.stack_file import BadInput
from specs.shop import Shop


def checked(url: str, shop: Shop) -> str:
    """The URL of a shop on this machine, without its path. Raises BadInput for any other.

    The stack's own domain is played by runners on AWS: from one machine's address, WAF's rate limits would count them.
    """
    example = "use http://127.0.0.1:8080"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise BadInput(f"URL: has to be a URL (got {url}); {example}") from None
    if parts.scheme not in ("http", "https") or not host:
        raise BadInput(f"URL: has to begin with http:// or https:// (got {url or 'nothing'}); {example}")
    if parts.path not in ("", "/") or parts.query or parts.username:
        raise BadInput(f"URL: has to be scheme, host and port (got {url}); {example}")
    if _is_loopback(host):
        return f"{parts.scheme}://{parts.netloc}"
    if shop.edge.domain and (host == shop.edge.domain or host.endswith(f".{shop.edge.domain}")):
        raise BadInput(
            f"URL: a load test from this machine stays on it (got {host}, the stack's own domain); {example}"
        )
    port_text = f":{port}" if port else ""
    raise BadInput(f"URL: has to be a loopback address, as this is not the stack's (got {host}{port_text}); {example}")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
