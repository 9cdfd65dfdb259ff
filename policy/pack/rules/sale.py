"""The rule on sale days: whether the resources of the stack carry the forecast that the stack itself publishes."""

from __future__ import annotations

from dataclasses import dataclass

from ..provided_capacity import SUPPLIES
from ..resource import Resource
from ..rule import Problems, RuleContext, Scope, Severity, rule
from ..values import Block, UndecidedError

SALE_DAY = "saleday:sale:SaleDay"
_ROUNDING = 1e-6  # share of a requirement that is nothing but arithmetic


@dataclass(frozen=True)
class _Short:
    """A link that falls short."""

    link: Block
    required: float
    provided: float

    @property
    def margin(self) -> float:
        return self.provided / self.required - 1

    def __str__(self) -> str:
        unit = self.link.text("unit") or "units"
        return (
            f"{self.link.text('name')} falls short of the forecast with its headroom: {self.required:,.0f} {unit} "
            f"needed, {self.provided:,.0f} provided, margin {self.margin:.0%}; fix: {self.link.text('setting')}"
        )


@rule(
    SALE_DAY,
    name="sale-capacity",
    title="Every capacity link of the sale carries the forecast with its headroom.",
    severity=Severity.HIGH,
    scope=Scope.STACK,
    controls=("Well-Architected REL01-BP06", "Well-Architected REL07-BP04"),
    remedy="Raise the capacity, or lower the forecast; `make sale-plan` shows every link",
)
def sale_capacity(day: Resource, context: RuleContext) -> Problems:
    short: list[_Short] = []
    undecided: UndecidedError | None = None
    for link in Block(day.outputs).blocks("links"):
        kind = link.text("kind") or ""
        supply = SUPPLIES.get(kind)
        if supply is None:
            yield f"publishes the link {link.text('name')} of the kind {kind!r}, which this pack cannot look up"
            continue
        try:
            required, provided = supply(link, context.whole)
        except UndecidedError as error:
            undecided = undecided or error
            continue
        if required > 0 and provided / required < 1 - _ROUNDING:
            short.append(_Short(link, required, provided))
    if short:
        weakest, *others = sorted(short, key=lambda one: one.margin)
        more = f" ({len(others)} more: {', '.join(str(one.link.text('name')) for one in others)})" if others else ""
        yield f"{weakest}{more}"
    if undecided is not None:
        raise undecided


RULES = (sale_capacity,)
