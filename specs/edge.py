"""Settings of a stack's edge: domain, CDN, load balancer, web ACLs."""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from specs import web_acl
from specs.admission import Admission
from specs.base import RetentionDays, Spec
from specs.forms import AddressRange, Distinct, Form, not_everybody
from specs.observability import Email
from specs.services import NO_DOT_SEGMENTS, PathPattern

MAX_BEHAVIOURS: Final = 75  # cache behaviours of a distribution, the default one included (CloudFront quotas)

# Start of a path, as WAF compares it: without wildcards, at most the 200 bytes of a search string.
PathStart = Annotated[
    str,
    Field(max_length=200),
    Form(
        "the start of a path, without wildcards, spaces and dot segments",
        "/checkout",
        rf"{NO_DOT_SEGMENTS}/[!-)+->@-~]*",
    ),
]

# A certificate's first name has 64 characters at most (ACM API, RequestCertificate, `DomainName`), and nobody proves
# that a name of AWS or of no zone is theirs (IANA, "Special-Use Domain Names").
_NOT_OWNED: Final = (
    "amazonaws.com", "cloudfront.net", "awsglobalaccelerator.com", "elasticbeanstalk.com", "on.aws", "aws.dev",
    "localhost", "local", "internal", "invalid", "test", "onion", "arpa", "lan", "home",
)  # fmt: skip
DomainName = Annotated[
    str,
    Field(max_length=64),
    Form(
        "a domain of your own in lower case, without https:// and the last dot",
        "shop.example.com",
        rf"(?!(?:.*\.)?(?:{'|'.join(map(re.escape, _NOT_OWNED))})$)"
        r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:xn--[a-z0-9-]{1,58}[a-z0-9]|[a-z]{2,63})",
    ),
]
_PAGE: Final = 100  # requests a minute: a page alone asks for some tens of files
MAX_POLICY: Final = 1783  # characters of a header's value (CloudFront quotas on response headers policies)


class RateLimit(Spec):
    """Most requests from one address to one path, before WAF blocks that address."""

    name: Annotated[
        str, Form("a name of 2 to 30 lower-case letters, digits and hyphens", "login", r"[a-z][a-z0-9-]{1,29}")
    ]
    """Name of the rule in the web ACL."""
    path: PathStart
    """Start of the path, without wildcards; `/` counts every request."""
    requests: Annotated[int, Field(ge=10, le=2_000_000_000)]
    """Requests in the window (WAF: 10 to 2,000,000,000)."""
    window: Literal[60, 120, 300, 600] = 60
    """Seconds (WAF offers these four)."""

    @model_validator(mode="after")
    def _lets_customers_in(self) -> RateLimit:
        least = _PAGE * self.window // 60
        if self.path == web_acl.ANY_PATH and self.requests < least:
            raise ValueError(
                f"requests must be at least {least} in {self.window} s on every path, as a page asks for tens of "
                f"files (got {self.requests}); raise it, or limit one path"
            )
        return self


def _some_pages(pattern: str) -> str:
    if not pattern.strip("/*?"):
        raise ValueError(f"what is kept is a part of the shop, never all of it (got {pattern}); name its folder")
    return pattern


CachedPaths = tuple[Annotated[PathPattern, AfterValidator(_some_pages)], ...]


class CachePaths(Spec):
    """Which paths CloudFront keeps, and for how long. What is in no list is never kept."""

    static: CachedPaths = ("/assets/*",)
    """Files of the shop's pages, served by the services: kept for `static_ttl`."""
    media: CachedPaths = ("/media/*",)
    """Objects of the media bucket: kept for `static_ttl`."""
    catalog: CachedPaths = ("/catalog/*",)
    """Pages that are the same for everyone: kept for `catalog_ttl`. A page that shows whose it is (a name, the number
    of things in the cart) shows it to everyone; with such pages leave the list empty."""
    static_ttl: Annotated[int, Field(ge=1, le=31_536_000)] = 86_400
    """Seconds."""
    catalog_ttl: Annotated[int, Field(ge=1, le=86_400)] = 60
    """Seconds; a price change shows after at most this long."""
    never: Annotated[tuple[PathPattern, ...], Field(min_length=1)] = ("/cart*", "/checkout*")
    """Never kept, whatever the origin says: what shows whose it is. At least one path."""

    @model_validator(mode="after")
    def _patterns_are_distinct(self) -> CachePaths:
        patterns = (*self.never, *self.media, *self.static, *self.catalog)
        for pattern in patterns:
            if patterns.count(pattern) > 1:
                raise ValueError(f"a path pattern belongs to one class only (got {pattern} twice); remove one of them")
        if len(patterns) >= MAX_BEHAVIOURS:
            raise ValueError(
                f"CloudFront takes {MAX_BEHAVIOURS - 1} path patterns beside the default (got {len(patterns)}); "
                "join some with wildcards"
            )
        return self


HostedZoneId = Annotated[
    str, Form("the id of a hosted zone, without /hostedzone/", "Z0123456789ABCDEFGHIJ", r"Z[A-Z0-9]{1,31}")
]


class EmergencyContact(Spec):
    """Someone whom AWS's Shield Response Team calls during an attack."""

    email: Annotated[Email, Field(max_length=150)]
    """Where the team writes to."""
    phone: Annotated[
        str, Form("a number in E.164 form, with + and without spaces", "+911234567890", r"\+[1-9][0-9]{1,14}")
    ]
    """Number in E.164 form, for example +911234567890."""


class ShieldAdvanced(Spec):
    """AWS Shield Advanced: a commitment of 12 months at 3,000 USD a month for the organisation, plus data fees.

    Nothing is bought unless the first two fields repeat those terms.
    """

    commitment_months: Literal[12]
    """Months that the subscription binds the organisation for."""
    monthly_fee_usd: Literal[3000]
    """USD a month, before fees for data."""
    emergency_contacts: Annotated[tuple[EmergencyContact, ...], Field(max_length=10)] = ()
    """Who is called during an attack; needs AWS Business Support or higher. Default: nobody, AWS waits for a case."""
    automatic_response: Literal["count", "block"] = "count"
    """What Shield does with requests that it takes for an attack. A sale looks like one at first: count, then block."""


class Edge(Spec):
    """How customers reach the shop."""

    domain: DomainName | None = None
    """Name that customers type. Default: none, the shop answers on the distribution's own CloudFront name."""
    hosted_zone_id: HostedZoneId | None = None
    """Route 53 public hosted zone of the domain."""
    origin: Literal["vpcOrigin", "publicAlb"] = "vpcOrigin"
    """`vpcOrigin`: an internal load balancer reached through CloudFront alone; `publicAlb`: a public one that admits
    only CloudFront."""
    price_class: Literal["PriceClass_100", "PriceClass_200", "PriceClass_All"] = "PriceClass_All"
    """Which of CloudFront's edges serve: all, or those of the cheaper regions only."""
    origin_shield: bool = True
    """One regional cache between CloudFront's edges and the origin."""
    cache: CachePaths = CachePaths()
    """What CloudFront keeps."""
    rate_limits: tuple[RateLimit, ...] = (
        RateLimit(name="login", path="/login", requests=100),
        RateLimit(name="checkout", path="/checkout", requests=300),
        RateLimit(name="cart", path="/cart", requests=600),
        RateLimit(name="all", path="/", requests=6000),
    )
    """Per address; a mobile carrier puts many customers behind one address, so keep the numbers generous."""
    blocked_cidrs: Annotated[tuple[Annotated[AddressRange, AfterValidator(not_everybody)], ...], Distinct()] = ()
    """Addresses that WAF blocks at once."""
    anti_ddos: bool = True
    """WAF's managed group against floods of requests, charged by the month and by request on top of WAF itself."""
    bot_control_paths: Annotated[tuple[PathStart, ...], Distinct()] = ()
    """Starts of paths where WAF's Bot Control turns bots away, charged by the month and by request. Default: none."""
    content_security_policy: Annotated[
        str,
        Field(max_length=MAX_POLICY),
        Form("a policy of directives in ASCII", "default-src 'self'", r"[a-z][ -~]*"),
    ] = (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'self'; form-action 'self'; "
        "frame-ancestors 'none'; upgrade-insecure-requests"
    )
    """`Content-Security-Policy` of every response. Default: the shop's own files only."""
    hsts_subdomains: bool = False
    """Whether browsers must use HTTPS for the domain's subdomains too; they remember it for two years."""
    idle_timeout: Annotated[int, Field(ge=1, le=4000)] = 60
    """Seconds before the load balancer closes an idle connection."""
    reserved_lcu: Annotated[int, Field(ge=100, le=15_000)] | None = None
    """Capacity units that the load balancer keeps ready at all times, charged by the hour. Default: none; it grows by
    itself, within minutes, and events reserve what they need."""
    peak_lcu_per_thousand_requests: Annotated[float, Field(gt=0, le=10_000)] | None = None
    """Capacity units that the load balancer needs for each 1,000 requests/s: the metric PeakLCUs (Sum of a minute) at
    the peak of a load test, divided by its thousands of requests/s. What a sale reserves is sized by it. Default: the
    billing dimensions, which are the least that it can be."""
    web_acl_log_retention_days: RetentionDays = 90
    """Days that WAF's logs are kept."""
    shield_advanced: ShieldAdvanced | None = None
    """Default: Shield Standard, which is always on and free."""
    admission: Admission | None = None
    """A waiting room that stands ready for crowds that no event announces; its rate is derived with the mix of the
    events. Default: none, and nothing of it is deployed."""

    @property
    def takes_customers(self) -> bool:
        """Whether the load balancer stands in public subnets, rather than behind CloudFront's VPC origin alone."""
        return self.origin == "publicAlb"

    @model_validator(mode="after")
    def _domain_with_zone(self) -> Edge:
        if self.domain is not None and self.hosted_zone_id is None:
            raise ValueError(
                f"a domain needs its Route 53 hosted zone (got {self.domain} without hostedZoneId); add hostedZoneId"
            )
        if self.hosted_zone_id is not None and self.domain is None:
            raise ValueError(f"a hosted zone needs its domain (got {self.hosted_zone_id} without domain); add domain")
        if self.origin == "publicAlb" and self.domain is None:
            raise ValueError(
                "a public load balancer needs a domain for its certificate (got origin publicAlb without domain); "
                "add domain and hostedZoneId, or use vpcOrigin"
            )
        return self

    @model_validator(mode="after")
    def _web_acl_holds_the_rules(self) -> Edge:
        names = [limit.name for limit in self.rate_limits]
        if len(set(names)) != len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise ValueError(f"rateLimits must have distinct names (got {twice} twice); rename one")
        if len(names) > web_acl.MAX_RATE_RULES:
            raise ValueError(
                f"WAF takes {web_acl.MAX_RATE_RULES} rateLimits in one web ACL (got {len(names)}); remove some"
            )
        counted = [(limit.path, limit.window) for limit in self.rate_limits]
        for path, window in counted:
            if counted.count((path, window)) > 1:
                raise ValueError(
                    f"rateLimits must have distinct paths or windows (got {path} in {window} s twice); keep one"
                )
        capacity = web_acl.edge_capacity(self)
        if capacity > web_acl.INCLUDED_CAPACITY:
            raise ValueError(
                f"the web ACL must stay within {web_acl.INCLUDED_CAPACITY} capacity units, above which every request "
                f"costs more (got {capacity}); remove entries of rateLimits or botControlPaths"
            )
        return self

    @field_validator("blocked_cidrs")
    @classmethod
    def _ip_sets_hold_the_blocks(
        cls, blocked: tuple[IPv4Network | IPv6Network, ...]
    ) -> tuple[IPv4Network | IPv6Network, ...]:
        for version in (4, 6):
            count = sum(cidr.version == version for cidr in blocked)
            if count > web_acl.MAX_ADDRESSES:
                raise ValueError(
                    f"an IP set takes {web_acl.MAX_ADDRESSES} ranges (got {count} of IPv{version}); "
                    "join neighbouring ones"
                )
        return blocked
