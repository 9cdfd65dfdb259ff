"""Singletons of an AWS account or of a region in it, from the dated table in `data/singletons.json`.

Each is under one setting of `saleday:account`, by which this table is keyed. The second table of the file names types
that were reviewed and are none, though they may seem to be.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

TABLE: Final = Path(__file__).with_name("data") / "singletons.json"


@dataclass(frozen=True, kw_only=True)
class AccountLookup:
    """Look-up in the account: one read-only call of boto3, and how to read its answer."""

    client: str
    call: str
    """Method of boto3's client."""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    """`{account}` and `{region}` in texts are replaced by the account's number and the region."""
    found: str
    """JMESPath of the existing one: any value but null, false and empty means that the account has it."""
    absent: Sequence[str] = ()
    """Error codes that mean there is none."""
    action: str
    """The IAM action that the call takes."""


@dataclass(frozen=True, kw_only=True)
class Singleton:
    setting: str
    """Field of `saleday:account`."""
    title: str
    scope: Literal["account", "region", "us-east-1"]
    """Scope of uniqueness: the account, each region, or us-east-1, which the stack uses for its edge."""
    tokens: Mapping[str, Mapping[str, Any]]
    """Pulumi's types that make or set it, and the inputs that one of them has where it does."""
    second: Literal["fails", "overwrites"]
    """Effect of creating it when the account already has one."""
    destroy: Literal["deleted", "reset", "kept"]
    """Its fate when the stack that created it is destroyed."""
    look: AccountLookup
    source: str

    def made_by(self, token: str, inputs: Mapping[str, Any]) -> bool:
        """Whether a resource makes or sets this thing, in whatever region."""
        wanted = self.tokens.get(token)
        return wanted is not None and all(inputs.get(name) == value for name, value in wanted.items())


_DATA: Final = json.loads(TABLE.read_text(encoding="utf-8"))
DATE: Final[str] = _DATA["date"]
"""Month in which the table was looked up."""
SINGLETONS: Final[Mapping[str, Singleton]] = {
    name: Singleton(
        setting=name,
        **{key: value for key, value in fields.items() if key != "look"},
        look=AccountLookup(**fields["look"]),
    )
    for name, fields in _DATA["singletons"].items()
}
NO_SINGLETONS: Final[Mapping[str, str]] = _DATA["none"]
"""By Pulumi's type: why an account has more than one of it."""
