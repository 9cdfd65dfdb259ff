"""Whether a stack's zones are there, and have what the stack uses: AWS decides that by zone ids, not by letters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from aws_facts.zones import LACKING
from specs import compute_kinds
from specs.data import KINDS
from specs.shop import Shop


def refuse_lacking(shop: Shop, ids: Mapping[str, str]) -> None:
    """Raises ValueError (one line) for a zone that the account has not, or that lacks something which the stack uses.

    `ids` are the zones that the account has, each id by its name.
    """
    for letter, name in zip(shop.network.zones, shop.zone_names, strict=True):
        has = ", ".join(sorted(zone.removeprefix(shop.region) for zone in ids))
        if name not in ids:
            raise ValueError(
                f"network.zones: this account has the zones {has} of {shop.region} (got {letter}); choose among them"
            )
        for part in _used(shop):
            if ids[name] in LACKING[part]:
                fit = [zone.removeprefix(shop.region) for zone, one in sorted(ids.items()) if one not in LACKING[part]]
                raise ValueError(
                    f"network.zones: there are no {part} in {ids[name]}, which is {letter} in this account (got "
                    f"{', '.join(shop.network.zones)}); choose among {', '.join(fit)}"
                )


def _used(shop: Shop) -> Iterator[str]:
    """Offers of AWS that the stack needs in every zone."""
    if not shop.edge.takes_customers:
        yield "VPC origins of CloudFront"
    for name in sorted(shop.compute_kinds):
        if (part := compute_kinds.KINDS[name].in_every_zone) is not None:
            yield part
    for kind in KINDS:
        yield from sorted({part for store in kind.of(shop.data) if (part := kind.in_every_zone(store)) is not None})
