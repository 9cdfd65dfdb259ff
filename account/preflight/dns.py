"""Look-ups in the public DNS."""

from __future__ import annotations

import functools
from typing import Final, Protocol

import dns.exception
import dns.resolver

from account.preflight.verdict import NotKnown

_SECONDS: Final = 5.0  # for one question, all name servers together


class Resolver(Protocol):
    """Asks the public DNS."""

    def ask(self, name: str, kind: str) -> tuple[str, ...]:
        """The records of a kind at a name, as in a zone file; none where the name has none or does not exist.

        Raises NotKnown without an answer.
        """
        ...


class PublicDns:
    """This machine's own resolvers, as far as they know the public DNS."""

    def __init__(self, resolver: dns.resolver.Resolver | None = None) -> None:
        self._resolver = resolver

    def ask(self, name: str, kind: str) -> tuple[str, ...]:
        if not self._knows_top_level:
            raise NotKnown("this machine's resolvers do not know the public DNS")
        return self._asked(name, kind)

    @functools.cached_property
    def _knows_top_level(self) -> bool:
        """Resolvers of closed networks deny that any public name exists."""
        return bool(self._asked("com", "NS"))

    def _asked(self, name: str, kind: str) -> tuple[str, ...]:
        try:
            resolver = self._resolver or dns.resolver.Resolver()
            answer = resolver.resolve(f"{name.rstrip('.')}.", kind, lifetime=_SECONDS)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return ()
        except (dns.exception.DNSException, OSError) as error:
            raise NotKnown(f"DNS has no answer for {kind} of {name} ({type(error).__name__})") from None
        return tuple(record.to_text() for record in answer)
