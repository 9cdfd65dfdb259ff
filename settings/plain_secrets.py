"""Secrets in plain text anywhere in the settings: refused before anything is registered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from policy.pack.secret_text import in_text, in_value

# Settings whose values only refer to secrets, by the names under which code reads them.
_REFERRING = frozenset(("secrets",))


def refuse_plain_secrets(values: Mapping[str, Any]) -> None:
    """Raises ValueError with one line for each, which names the setting and never its value."""
    if found := dict.fromkeys(_found(values, "", referring=False)):
        raise ValueError(
            "\n".join(
                f"{path}: holds what looks like a secret in plain text (its value is not shown); "
                "store it in Secrets Manager and name its ARN under secrets"
                for path in found
            )
        )


def refuse_plain_configuration(plain: Mapping[str, Any]) -> None:
    """The same for what others read, such as `aws:secretKey`; `plain` are their values that are not encrypted."""
    if found := [
        key for key, value in plain.items() if isinstance(value, str) and in_value(key.rpartition(":")[2], value)
    ]:
        raise ValueError(
            "\n".join(
                f"{key}: holds a secret in plain text (not shown); encrypt it: pulumi config set --secret {key}"
                for key in found
            )
        )


def _found(value: Any, path: str, *, referring: bool, name: str = "") -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            if in_text(str(key)):
                yield path or "config"
                continue
            inner = f"{path}.{key}" if path else str(key)
            yield from _found(item, inner, referring=referring or key in _REFERRING, name=str(key))
    elif isinstance(value, list):
        if len(value) > 1 and all(isinstance(item, str) for item in value) and in_text(" ".join(value)):
            yield path  # a command, whose options stand beside their values
        for index, item in enumerate(value):
            known = item.get("name") if isinstance(item, Mapping) else None
            place = known if isinstance(known, str) and not in_text(known) else index
            yield from _found(item, f"{path}[{place}]", referring=referring, name=name)
    elif isinstance(value, str) and (in_text(value) if referring else in_value(name, value)):
        yield path
