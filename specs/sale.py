"""Settings of a stack's sale events: when, how much, in which shape, and what customers are promised."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, Self
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationInfo, field_validator, model_validator

from aws_facts import quotas
from specs import curve
from specs.admission import EventAdmission
from specs.base import MAX_RATE, LargePercent, Name, Rate, Spec
from specs.clock import ClockTime, LocalMoment, TimeZone
from specs.edge import CachedPaths
from specs.forms import Distinct, Form, NoFraction
from specs.names import meant
from specs.services import MAX_AVAILABILITY, MAX_LATENCY

LONGEST: Final = timedelta(days=14)
# After an event's last demand: a quarter of an hour that levels are held, and as much for each stage of the way down.
WAY_BACK: Final = timedelta(minutes=15 * 9)
_WHOLE: Final = 100.0  # percent
_ROUNDING: Final = 0.01  # percent that a mix may be off, for shares such as 33.33

Share = Annotated[float, Field(ge=0, le=100), NoFraction()]
Part = Annotated[float, Field(gt=0, le=100)]
"""Percent of a mix, which fractions of one may be."""
Orders = Annotated[float, Field(ge=0, le=MAX_RATE)]


class Curve(Spec):
    """Last year's demand, from a file."""

    file: Annotated[str, Field(min_length=1, max_length=4096)]
    """CSV file, relative to the project's folder: `time,requests_per_second,orders_per_second`, in equal steps."""
    factor: Annotated[float, Field(ge=0.001, le=1000)] = 1.0
    """What this year's demand is expected to be of it: 1.5 is half as much again."""

    @field_validator("file")
    @classmethod
    def _is_a_curve(cls, file: str) -> str:
        curve.read(file)
        return file

    @property
    def points(self) -> curve.Points:
        """The rows of the file, without the factor."""
        return curve.read(self.file)


class SaleDemand(Spec):
    """How much customers ask for: a peak that the shape unfolds, or a curve."""

    peak_requests_per_second: Rate | None = None
    """Customers' requests to CloudFront at the highest second, pictures and files included."""
    peak_orders_per_second: Orders | None = None
    """Orders placed at the highest second; 0 for an event without any, such as a preview of the goods."""
    curve: Curve | None = None
    """Last year's curve in place of the two peaks; the shape is then the curve's own."""
    uncertainty_percent: Annotated[float, Field(ge=0, le=400), NoFraction()] = 20
    """How far the forecast may be off: 95 of 100 outcomes lie within so many percent, up or down by the same factor.
    The search for a plan draws from it. The default is an estimate: set what your last forecasts were off by."""

    @model_validator(mode="after")
    def _peak_or_curve(self) -> Self:
        peaks = (self.peak_requests_per_second, self.peak_orders_per_second)
        if self.curve is not None and peaks != (None, None):
            raise ValueError("demand is a peak or a curve (got both); remove one")
        if self.curve is None and None in peaks:
            missing = "peakRequestsPerSecond" if peaks[0] is None else "peakOrdersPerSecond"
            raise ValueError(
                f"demand needs peakRequestsPerSecond and peakOrdersPerSecond, or a curve (got no {missing}); add it"
            )
        if self.highest_orders > self.highest_requests:
            raise ValueError(
                "an order takes at least one request "
                f"(got {self.highest_orders:g} orders/s, {self.highest_requests:g} requests/s); correct one of them"
            )
        return self

    @property
    def highest_requests(self) -> float:
        """Requests/s at CloudFront, at most."""
        if self.curve is not None:
            return max(self.curve.points.requests) * self.curve.factor
        return self.peak_requests_per_second or 0.0

    @property
    def highest_orders(self) -> float:
        """Orders/s, at most."""
        if self.curve is not None:
            return max(self.curve.points.orders) * self.curve.factor
        return self.peak_orders_per_second or 0.0


class Shape(Spec):
    """How the demand of an event runs, as shares of its peak. Defaults are estimates: set what your last one showed."""

    waiting_percent: Share = 15
    """Share of the peak that is there at the opening already: customers who wait for it. They gather over the quarter
    of an hour before."""
    spike_seconds: Annotated[float, Field(ge=0, le=3600)] = 30
    """Seconds from the opening to the peak (Alibaba's 11.11 of 2020 took 26)."""
    peak_minutes: Annotated[float, Field(ge=0, le=1440)] = 10
    """Minutes that the peak lasts."""
    decay_minutes: Annotated[float, Field(ge=0.1, le=1440)] = 60
    """Minutes in which demand falls from the peak to the plateau, and after the end to nothing."""
    plateau_percent: Share = 40
    """Share of the peak between the opening and the end."""
    evening_percent: Share = 70
    """Share of the peak at the evening's highest; 0 for no evening peak."""
    evening_at: ClockTime = "21:00"
    """Local time of the evening's highest, on each day of the event."""
    evening_hours: Annotated[float, Field(ge=0.25, le=24)] = 4
    """Hours from the evening's begin to its end."""


class HotProduct(Spec):
    """A product that draws a large share of the requests."""

    name: Annotated[
        str,
        Field(max_length=64),
        Form(
            "a name on one line",
            "Galaxy S30",
            r"(?!\s)[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]+(?<!\s)",
            letters="any",
        ),
    ]
    """What people call it."""
    percent: LargePercent
    """Share of the requests that concern it."""
    table: Name | None = None
    """Table whose partition key is the product, so that one partition takes this share. Default: none; its heat falls
    on one shard of the caches."""
    units: Annotated[int, Field(ge=1, le=1_000_000_000)] | None = None
    """Units on sale, where there are fewer than customers may want. Default: enough for all."""


class SaleSlo(Spec):
    """What customers are promised during the event."""

    availability_percent: Annotated[float, Field(ge=90, le=MAX_AVAILABILITY)] = 99.9
    """Share of requests that do not end in an error."""
    latency_p99: Annotated[int, Field(gt=0, le=MAX_LATENCY)] = 1000
    """99th percentile of the answer time, in milliseconds."""
    drain_minutes: Annotated[float, Field(ge=0.1, le=20_160)] = 15
    """Minutes after which an order that waits in a queue is worked off."""


class SaleEvent(Spec):
    """One sale: a named window with a demand forecast."""

    name: Name
    """Name in the plan, in physical names and on dashboards."""
    time_zone: TimeZone | None = None
    """IANA name, for example `Asia/Kolkata`: what local times mean. Default: the offset that `start` has."""
    start: LocalMoment
    """Opening, for example `2030-10-19T00:00:00+05:30`; without an offset it is local time of `timeZone`."""
    end: LocalMoment
    """End, later than `start`, at most 14 days."""
    demand: SaleDemand
    """How much customers ask for."""
    shape: Shape = Shape()
    """How the demand runs."""
    mix: Annotated[dict[Name, Part], Field(min_length=1)]
    """By service: percent of the requests beyond CloudFront that it works on in the end; together 100. Services on the
    way there (`calls`) get them too."""
    cdn_hit_percent: Annotated[float, Field(ge=0, le=99.9), NoFraction()] = 0
    """Share of requests that CloudFront answers from its cache: files and pages under `edge.cache`, and `cached_paths`.
    Default: none, so that too much is provided, not too little."""
    hot_products: Annotated[tuple[HotProduct, ...], Distinct(lambda product: product.name)] = ()
    """Products that draw a large share of the requests."""
    cached_paths: Annotated[CachedPaths, Distinct()] = ()
    """The sale's pages that are the same for everyone: CloudFront keeps them as it does the catalogue's."""
    busiest_address_percent: Annotated[float, Field(gt=0, le=50)] = 0.05
    """Share of the requests that come from one address at most, for example a mobile carrier's. The default is an
    estimate; WAF's limits are raised so that these customers don't hit them."""
    average_order: Annotated[float, Field(ge=0.001, le=1e9)] | None = None
    """What an order is worth on average, in the shop's own currency: lost orders are told in money as well. Default: in
    numbers alone."""
    headroom: Annotated[float, Field(ge=1, le=10)] = 1.5
    """Capacity to provide as a multiple of the forecast."""
    lead_minutes: Annotated[int, Field(ge=5, le=1440)] = 60
    """Minutes before the opening at which all capacity stands."""
    freeze_hours: Annotated[int, Field(ge=0, le=336)] = 24
    """Hours before the opening from which on nothing is deployed, until the way back is done."""
    slo: SaleSlo = SaleSlo()
    """What customers are promised."""
    admission: EventAdmission | None = None
    """A waiting room for more customers than the shop can carry. Default: none, and nothing of it is deployed."""

    @property
    def is_stock_limited(self) -> bool:
        """Whether there is less of a product than customers may want."""
        return any(product.units is not None for product in self.hot_products)

    @property
    def seconds(self) -> float:
        """How long it lasts. Not `end - start`: within one time zone, Python counts what clocks show."""
        return self.end.timestamp() - self.start.timestamp()

    @property
    def over(self) -> datetime:
        """When its decay and the way back are done: nothing is left of it."""
        decay = timedelta(minutes=self.shape.decay_minutes)
        return (self.end.astimezone(UTC) + decay + WAY_BACK).astimezone(self.end.tzinfo)

    @field_validator("start", "end")
    @classmethod
    def _has_a_zone(cls, time: datetime, info: ValidationInfo) -> datetime:
        name = info.data.get("time_zone")
        if time.tzinfo is None:
            if name is None:
                raise ValueError(
                    f"a time needs a time zone (got {time.isoformat()}); add an offset such as +05:30, or timeZone"
                )
            local = time.replace(tzinfo=ZoneInfo(name))
            if local.astimezone(UTC).astimezone(local.tzinfo).replace(tzinfo=None) != time:
                raise ValueError(
                    f"{name} skips this time as clocks go forward (got {time.isoformat()}); choose another"
                )
            return local
        return time if name is None else time.astimezone(ZoneInfo(name))

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.seconds <= 0:
            raise ValueError(
                f"end must be after start (got {self.start.isoformat()} to {self.end.isoformat()}); correct one of them"
            )
        if self.seconds > LONGEST.total_seconds():
            raise ValueError(
                f"an event lasts at most {LONGEST.days} days (got {self.start.isoformat()} to {self.end.isoformat()}); "
                "make it several"
            )
        return self

    @model_validator(mode="after")
    def _mix_adds_up(self) -> Self:
        total = sum(self.mix.values())
        if abs(total - _WHOLE) > _ROUNDING:
            raise ValueError(f"mix must add up to 100 percent (got {total:g}); correct the shares")
        hot = sum(product.percent for product in self.hot_products)
        if hot > _WHOLE:
            raise ValueError(f"hotProducts share 100 percent at most (got {hot:g}); lower their percent")
        return self

    @model_validator(mode="after")
    def _curve_covers_the_event(self) -> Self:
        if self.demand.curve is not None:
            covered, needed = self.demand.curve.points.duration, self.seconds
            if covered < needed:
                raise ValueError(
                    f"demand.curve must cover the whole event, {needed / 3600:g} h "
                    f"(got {covered / 3600:g} h in {self.demand.curve.file}); export more of it or shorten the event"
                )
        return self


class UsualDemand(Spec):
    """What customers ask for on a day without a sale."""

    requests_per_second: Rate = 100
    """Requests to CloudFront in a busy hour. The default is an estimate."""
    orders_per_second: Orders = 1
    """Orders in a busy hour. The default is an estimate."""

    @model_validator(mode="after")
    def _an_order_is_a_request(self) -> Self:
        if "orders_per_second" in self.model_fields_set and self.orders_per_second > self.requests_per_second:
            raise ValueError(
                f"an order takes at least one request (got {self.orders_per_second:g} orders/s, "
                f"{self.requests_per_second:g} requests/s); correct one of them"
            )
        return self


Granted = Annotated[float, Field(gt=0, le=1e9)]


class Quotas(Spec):
    """AWS's quotas for this account."""

    granted: dict[str, Granted] = Field(default_factory=dict)
    """Quotas that AWS has raised already, by their names in `aws_facts/data/quotas.json`, for example
    `fargateVcpu: 500`. Default: AWS's own defaults, or what a new account has where that is less."""
    request: bool = True
    """Whether what base load and events need beyond them is requested through Service Quotas, never less than is
    applied. A request costs nothing."""

    @field_validator("granted")
    @classmethod
    def _are_quotas(cls, granted: dict[str, float]) -> dict[str, float]:
        for name, value in granted.items():
            if (quota := quotas.QUOTAS.get(name)) is not None and value < quota.least:
                raise ValueError(
                    f"granted {name} is at least what every account has, {quota.least:g} {quota.unit} (got {value:g}); "
                    "write what AWS has applied, or remove it"
                )
            if name not in quotas.QUOTAS:
                remedy = meant(name, quotas.QUOTAS, "their names are in aws_facts/data/quotas.json")
                raise ValueError(f"no quota has this name (got {name}); {remedy}")
        return granted

    def leaves(self, environments: int) -> bool:
        """Whether AWS has granted enough Lambda concurrency to reserve so many environments."""
        least = environments + quotas.QUOTAS["lambdaUnreserved"].value
        return self.granted.get("lambdaConcurrency", 0.0) >= least
