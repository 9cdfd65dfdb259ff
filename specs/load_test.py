"""Settings of a stack's load tests: how much may be sent, and what customers of the test ask for."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from specs.base import Name, Rate, Spec
from specs.forms import Form

Journey = Literal["browse", "cart", "checkout"]
"""How far a customer goes: looks around, fills a cart, places an order. Each goes the way of those before it too."""


class LoadRequest(Spec):
    """The request that stands for a service's share of the mix."""

    service: Name
    """Service of `mix` that it ends in."""
    path: Annotated[str, Field(max_length=1024), Form("a path in ASCII", "/catalog/{product}", r"/[!-~]*")]
    """Path; `{product}` and `{session}` are filled in."""
    method: Literal["GET", "POST", "PUT", "DELETE"] = "GET"
    """HTTP method."""
    body: Annotated[str, Field(max_length=4096)] | None = None
    """JSON body, with the same two names. Default: none."""
    journey: Journey = "browse"
    """The shortest journey that it is part of."""


class LoadTest(Spec):
    """Load tests of the stack."""

    max_requests_per_second: Rate = 50
    """Most requests that a test sends in any second, bursts included. A test is scaled down to it."""
    requests_per_session: Annotated[float, Field(ge=1, le=1000)] = 12
    """Requests beyond CloudFront that a customer makes in a visit. The default is an estimate."""
    think_seconds: Annotated[float, Field(gt=0, le=600)] = 8
    """Mean time between an answer and the customer's next request, exponentially distributed. The default is an
    estimate."""
    cart_abandonment_percent: Annotated[float, Field(ge=0, lt=100)] = 70
    """Share of the carts that are not ordered (Baymard Institute's mean of 50 studies is 70.2)."""
    products: Annotated[int, Field(ge=1, le=10_000_000)] = 1000
    """Products that customers choose from, `product-1` onwards; `hotProducts` draw their shares beside them."""
    requests: tuple[LoadRequest, ...] = ()
    """Requests by service. Default: GET on the public path that is named after the service, else on the first public
    path on the way to it; by buyers where the service announces orders or calls the one that does, with a cart where
    its name says so."""
    max_age_days: Annotated[int, Field(ge=1, le=3650)] = 90
    """Days after which what was measured counts as old."""


Bound = Annotated[float, Field(ge=0, le=1e9)]


class Interval(Spec):
    """A 95 % interval."""

    low: Bound
    """Lower end."""
    high: Bound
    """Upper end."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.low > self.high:
            raise ValueError(f"low must not exceed high (got low {self.low:g}, high {self.high:g}); swap them")
        return self


class Calibration(Spec):
    """Where the numbers of a service come from, as `make calibrate` writes it."""

    date: date
    """Day of the load test."""
    image: Annotated[str, Field(min_length=1, max_length=500)]
    """Image that was tested, by its digest where it is known."""
    requests: Annotated[int, Field(ge=1, le=10**12)]
    """Requests that the estimates rest on."""
    requests_per_second: Interval | None = None
    """Interval of `requestsPerSecond`: the search draws a task's capacity from it."""
    service_time_ms: Interval | None = None
    """Interval of `serviceTimeMs`."""
    service_time_cv: Interval | None = None
    """Interval of `serviceTimeCv`."""
    concurrency: Interval | None = None
    """Requests that a task works on at a time, at most."""
    contention: Interval | None = None
    """Share of the work that is serial: σ of the Universal Scalability Law (Gunther)."""
    coherency: Interval | None = None
    """Cost of keeping workers consistent with each other: κ of the same law."""
