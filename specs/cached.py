"""What CloudFront may keep: never what shows whose it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from specs.edge import Edge

# Where a shop shows each customer something of his own.
_PERSONAL: Final = ("/cart", "/cart/items", "/checkout", "/checkout/payment", "/account", "/login")


def check(edge: Edge, event: str, cached: Sequence[str]) -> None:
    """Raises ValueError for a path of `edge.cache`, or of an event's `cachedPaths`, that is kept and must not be."""
    own = {"edge.cache.static": edge.cache.static, "edge.cache.catalog": edge.cache.catalog}
    kept = {f"saleEvents[{event}].cachedPaths": cached} if event else own
    for setting, patterns in kept.items():
        for pattern in patterns:
            if (never := _covering(pattern, edge.cache.never)) is not None:
                raise ValueError(
                    f"{setting}: what edge.cache.never lists is not cached (got {pattern}, under {never}); remove "
                    "it from one of the two"
                )
            for path in _PERSONAL:
                if _matches(pattern.lower(), path) and not any(_matches(one, path) for one in edge.cache.never):
                    raise ValueError(
                        f"{setting}: {path} is each customer's own, and kept it shows to others (got {pattern}); add "
                        f"{path}* to edge.cache.never"
                    )


def _covering(pattern: str, others: Iterable[str]) -> str | None:
    """The one of `others` that takes all that `pattern` takes, as far as wildcards show it."""
    example = pattern.replace("*", "~").replace("?", "~")
    return next((one for one in others if _matches(one, example)), None)


def _matches(pattern: str, path: str) -> bool:
    return re.fullmatch("".join({"*": ".*", "?": "."}.get(sign, re.escape(sign)) for sign in pattern), path) is not None
