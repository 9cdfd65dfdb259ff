"""Keeping secret what came in as a secret, and what the provider never shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from devtools.rehearsal.fake_outputs import DEFAULTS_KEY
from devtools.rehearsal.plugins.wire import UNKNOWN, SecretValue, holds_secret, reveal
from devtools.rehearsal.schema import ResourceType

# A shorter secret may occur in another output by chance; longer ones give themselves away.
_TELLING: Final = 6


def seal(kind: ResourceType, raw: Mapping[str, Any], made: Mapping[str, Any]) -> dict[str, Any]:
    """The outputs with secrets marked: the secret inputs, what quotes them, and what the schema calls sensitive."""
    if not holds_secret(dict(raw)) and not kind.sensitive:
        return dict(made)
    quoted = [text for value in raw.values() for text in _texts(value) if len(text) >= _TELLING]
    sealed: dict[str, Any] = {}
    for name, value in made.items():
        given = raw.get(name)
        if isinstance(value, SecretValue) or name == "id":
            sealed[name] = value
        elif holds_secret(given) and reveal(_plain(given)) == value:
            sealed[name] = _plain(given)
        elif name in kind.sensitive or holds_secret(given) or _quotes(value, quoted):
            sealed[name] = SecretValue(value)
        else:
            sealed[name] = value
    if holds_secret(raw.get("tags")) and "tagsAll" in sealed:
        sealed["tagsAll"] = SecretValue(reveal(sealed["tagsAll"]))
    return sealed


def _plain(value: Any) -> Any:
    """A raw input without the bridge's notes, its secrets still sealed."""
    if isinstance(value, SecretValue):
        return SecretValue(_plain(value.value))
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items() if name != DEFAULTS_KEY and item is not None}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _texts(value: Any) -> Iterator[str]:
    """Every secret string in a value."""
    if isinstance(value, SecretValue):
        yield from _strings(reveal(value))
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)


def _quotes(value: Any, secrets: list[str]) -> bool:
    if not secrets or value is UNKNOWN:
        return False
    return any(secret in text for text in _strings(value) for secret in secrets)
