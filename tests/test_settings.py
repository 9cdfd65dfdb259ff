"""Settings: both stacks are valid, and each bad input is told in one line with setting, rule, value and remedy."""

from __future__ import annotations

import re
from datetime import datetime

import pulumi
import pytest

import settings
from devtools.recording.programs import stack_configuration
from specs.observability import OperatingHours
from specs.shop import Shop
from tests.configuration import service, small_shop


def parse(**changes: object) -> Shop:
    return settings.parse("saleday", "test", small_shop(**changes))


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_the_stacks_own_files_are_valid(stack: str) -> None:
    shop = settings.parse("saleday", stack, stack_configuration(stack))
    assert [one.name for one in shop.services] == ["ui", "catalog", "cart", "checkout", "orders"]


def test_dev_is_small_and_off_at_night_and_prod_is_neither() -> None:
    dev = settings.parse("saleday", "dev", stack_configuration("dev"))
    prod = settings.parse("saleday", "prod", stack_configuration("prod"))
    assert (len(dev.network.zones), dev.network.nat, dev.production) == (2, "single", False)
    assert dev.operating_hours is not None
    assert (len(prod.network.zones), prod.network.nat, prod.production) == (3, "perZone", True)
    assert prod.operating_hours is None


def test_the_region_is_ap_south_1_unless_set() -> None:
    assert parse(**{"aws:region": None}).region == "ap-south-1"
    assert parse(**{"aws:region": "eu-west-1"}).zone_names[0] == "eu-west-1a"


def test_roles_that_nobody_of_an_identity_provider_could_take_on_are_told() -> None:
    said = list(settings.warnings(parse(), settings.now()))
    assert [line.split(":")[0] for line in said] == ["security.people"]
    for people in (
        {"accounts": ["210987654321"]},
        {"samlProviders": ["arn:aws:iam::123456789012:saml-provider/shop"]},
        {
            "oidcProviders": [
                {"arn": "arn:aws:iam::1" + 11 * "0" + ":oidc-provider/id.x", "audience": "a", "subjects": ["b"]}
            ]
        },
    ):
        assert not list(settings.warnings(parse(security={"people": people}), settings.now()))


_TERMS: dict[str, object] = {
    "name": "one",
    "offeringId": "12345678-1234-1234-1234-123456789012",
    "termYears": 1,
    "payment": "No Upfront",
    "upfrontUsd": 0,
}
PURCHASES: dict[str, dict[str, object]] = {
    "databases": _TERMS | {"count": 1, "instanceClass": "db.r7g.large", "engine": "aurora-mysql"},
    "caches": _TERMS | {"count": 1, "nodeType": "cache.r7g.large", "engine": "valkey"},
    "savingsPlans": _TERMS | {"type": "Compute", "hourlyUsd": 0.5, "totalUsd": 4380},
}


def purchase(kind: str, *, without: str = "", **changes: object) -> dict[str, object]:
    """Settings with one purchase of `PURCHASES`, changed or without one of its fields."""
    entry = {field: value for field, value in (PURCHASES[kind] | changes).items() if field != without}
    return {"cost": {"purchases": {kind: [entry]}}}


PROVIDER = "arn:aws:iam::123456789012:oidc-provider/id.shop.example"
MONITOR = "arn:aws:ce::123456789012:anomalymonitor/12345678-1234-1234-1234-123456789012"
EVENTS: dict[str, object] = {"events": {"queue": "placed", "table": "marks"}}
PLACED: dict[str, object] = {"name": "placed", "visibilityTimeout": 180}
MARKS: dict[str, object] = {"name": "marks", "hashKey": {"name": "id"}, "ttlAttribute": "expiresAt"}
EVENT_FAULTS: list[tuple[str, dict[str, object], dict[str, object], dict[str, object], str]] = [
    ("no queue", PLACED | {"name": "other"}, MARKS, {}, "saleday:events.queue: no queue has this name (got placed"),
    ("no table", PLACED, MARKS | {"name": "other"}, {}, "saleday:events.table: no table has this name (got marks"),
    ("a FIFO queue", PLACED | {"fifo": True}, MARKS, {}, "saleday:events.queue: order events need no order"),
    (
        "a message seen twice while it is worked on",
        PLACED | {"visibilityTimeout": 179},
        MARKS,
        {},
        "saleday:data.queues[placed].visibilityTimeout: must be 6 times events.timeout, at least 180 (got 179)",
    ),
    (
        "a memory shorter than a message's life",
        PLACED | {"retention": 1_209_600},
        MARKS,
        {"events": {"queue": "placed", "table": "marks", "rememberDays": 27}},
        "saleday:events.rememberDays: a message can come again after 28 days",
    ),
    ("another key", PLACED, MARKS | {"hashKey": {"name": "order"}}, {}, "its key is a string called id (got order"),
    ("marks for ever", PLACED, MARKS | {"ttlAttribute": None}, {}, "old marks have to expire (got ttlAttribute none"),
    (
        "a second receiver",
        PLACED,
        MARKS,
        {"services": [service("ui", uses={"queues": {"placed": "sendReceive"}})]},
        "a second receiver would take messages from the function (got placed, received by ui); let ui send only",
    ),
    (
        "a subscriber twice",
        PLACED,
        MARKS,
        {"events": {"queue": "placed", "table": "marks", "subscribers": [{"name": "mail"}, {"name": "mail"}]}},
        "saleday:events.subscribers: names must be unique, and not bus or log (got mail)",
    ),
]

REBUILT: dict[str, object] = {"github": {"repository": "shop-example/shop"}, "services": [{"name": "cart"}]}

BAD: list[tuple[str, dict[str, object], str]] = [
    (
        "instances without a way out",
        {"compute": "ec2", "network": {"nat": "none"}},
        "saleday:network.nat: instances need NAT, as Service Connect's relay has no endpoint in a VPC (got none",
    ),
    (
        "an armed response without an approver",
        {"security": {"response": {"armed": True}}},
        (
            "saleday:security.response: an armed response needs somebody who approves each of its steps (got armed "
            "true without approver); set approver to the ARN of an IAM role or user, or armed to false"
        ),
    ),
    (
        "an approver who is nobody in particular",
        {"security": {"response": {"armed": True, "approver": "arn:aws:iam::123456789012:root"}}},
        "saleday:security.response.approver: must be the ARN of an IAM role or user (got ",
    ),
    (
        "a people role without MFA",
        {"security": {"people": {"operator": {"mfa": False}}}},
        (
            "saleday:security.people.operator.mfa: a role for people asks for a second factor (got false); remove it "
            "or set it to true"
        ),
    ),
    (
        "a break-glass role without MFA",
        {"security": {"people": {"breakGlass": {"mfa": False}}}},
        "saleday:security.people.breakGlass.mfa: a role for people asks for a second factor (got false)",
    ),
    (
        "a session longer than IAM allows",
        {"security": {"people": {"developer": {"sessionHours": 13}}}},
        "saleday:security.people.developer.sessionHours: must be at most 12 (got 13); lower it",
    ),
    (
        "a token of anybody at a provider",
        {
            "security": {
                "people": {
                    "oidcProviders": [
                        {
                            "arn": "arn:aws:iam::123456789012:oidc-provider/id.shop.example",
                            "audience": "shop",
                            "subjects": ["*"],
                        }
                    ]
                }
            }
        },
        "saleday:security.people.oidcProviders[0].subjects[0]: must be a subject in full, without wildcards",
    ),
    (
        "a hub without a recorder",
        {"account": {"hub": "create"}},
        "saleday:account: Security Hub checks what AWS Config records (got hub create with recorder leave); set",
    ),
    (
        "a registry scanned by nobody",
        {"account": {"registryScanning": "create"}},
        "saleday:account: Inspector scans the registry (got registryScanning create with inspector leave)",
    ),
    ("neither made nor adopted nor left", {"account": {"detector": True}}, "saleday:account.detector: must be one of"),
    (
        "an adopted monitor without its ARN",
        {"account": {"costMonitor": "adopt"}},
        "saleday:account.costMonitor: AWS finds no monitor by its kind, so an adopted one is named (got adopt without",
    ),
    (
        "the ARN of a monitor that is not adopted",
        {"cost": {"anomalies": {"monitorArn": MONITOR}}},
        "saleday:cost.anomalies.monitorArn: it names a monitor that is there already (got account.costMonitor leave)",
    ),
    (
        "a monitor that tells nobody",
        {"account": {"costMonitor": "create"}, "cost": {"anomalies": None}},
        "saleday:account.costMonitor: a monitor is there for alerts (got create with cost.anomalies null)",
    ),
    (
        "a recorder switched off beside it",
        {"security": {"detection": {"recording": None}}},
        "saleday:security.detection.recording: must be one of 'continuous' or 'daily' (got nothing); to do without,",
    ),
    (
        "a hub switched off beside it",
        {"security": {"detection": {"standards": []}}},
        "(got a list of 0); to do without, set account.hub to leave",
    ),
    (
        "a detector switched off beside it",
        {"security": {"detection": {"guardDuty": False}}},
        "saleday:security.detection.guardDuty: no such setting (got guardDuty); set account.detector: create, adopt or",
    ),
    (
        "an account owned as a whole",
        {"observability": {"accountSettings": True}},
        "saleday:observability.accountSettings: no such setting (got accountSettings); set account, one setting",
    ),
    (
        "a provider made beside the account's settings",
        {"delivery": {"platform": {"repository": "shop-example/saleday", "provider": False}}},
        "saleday:delivery.platform.provider: no such setting (got provider); set account.githubProvider: create, adopt",
    ),
    (
        "a patch window in no time zone",
        {"security": {"patching": {"window": {"timeZone": "Asia/Bombay1"}}}},
        "saleday:security.patching.window.timeZone: timeZone must be an IANA name (got Asia/Bombay1)",
    ),
    ("a misspelt setting", {"netwrok": {}}, "saleday:netwrok: no such setting (got netwrok); did you mean network?"),
    (
        "a misspelt field",
        {"network": {"cdir": "10.0.0.0/16"}},
        "saleday:network.cdir: no such setting (got cdir); did you mean cidr?",
    ),
    ("a field in the wrong spelling", {"edge": {"price_class": "x"}}, "did you mean priceClass?"),
    (
        "a field of an entry",
        {"services": [service("ui", scalling={})]},
        "saleday:services[ui].scalling: no such setting",
    ),
    ("a CIDR with host bits", {"network": {"cidr": "10.0.0.1/16"}}, "saleday:network.cidr: must be an IPv4 network"),
    ("a CIDR that is none", {"network": {"cidr": "ten"}}, "(got ten)"),
    (
        "an overlapping CIDR",
        {"network": {"reservedCidrs": ["10.0.4.0/24"]}},
        "saleday:network.cidr: the VPC must not overlap",
    ),
    ("a CIDR too small for AWS", {"network": {"cidr": "10.0.0.0/28"}}, "use a /21 or wider"),
    (
        "a CIDR too small for the tasks",
        {"network": {"cidr": "10.0.0.0/21"}, "services": [service("ui", scaling={"max": 2000})]},
        "(got 10.0.0.0/21); use a /18 or wider",
    ),
    (
        "one zone in production",
        {"production": True, "network": {"zones": ["a"]}},
        "saleday:network.zones: production needs at least 2 zones (got 1: a); add a zone",
    ),
    (
        "a zone that the region lacks",
        {"network": {"zones": ["a", "z"]}},
        "saleday:network.zones: ap-south-1 has the zones a, b, c (got z)",
    ),
    ("a zone twice", {"network": {"zones": ["a", "a"]}}, "zones must be distinct (got a, a)"),
    (
        "a memory size that Fargate lacks",
        {"services": [service("ui", cpu=256, memory=4096)]},
        "(got 256/4096); set memory to 2048",
    ),
    ("a CPU size that Fargate lacks", {"services": [service("ui", cpu=300)]}, "(got 300); set cpu to one of them"),
    (
        "min above max",
        {"services": [service("ui", scaling={"min": 5, "max": 3})]},
        "saleday:services[ui].scaling: min must not exceed max (got min 5, max 3)",
    ),
    (
        "min above max of a database",
        {
            "data": {
                "databases": [
                    {
                        "name": "db",
                        "engine": "aurora-mysql",
                        "databaseName": "d",
                        "serverless": {"minAcu": 8, "maxAcu": 4},
                    }
                ]
            }
        },
        "minAcu must not exceed maxAcu (got 8.0, 4.0)",
    ),
    (
        "a service twice",
        {"services": [service("ui"), service("ui")]},
        "saleday:services: name must be unique (got ui 2 times)",
    ),
    (
        "a path twice",
        {"services": [service("ui", publicPaths=["/"]), service("b2", publicPaths=["/"])]},
        "saleday:services: publicPaths must be unique (got / 2 times)",
    ),
    (
        "a table that does not exist",
        {"services": [service("ui", uses={"tables": {"carts": "read"}})]},
        "saleday:services[ui].uses.tables: no table has this name (got carts",
    ),
    (
        "a queue that does not exist",
        {"services": [service("ui", uses={"queues": {"orders": "send"}})]},
        "no queue has this name (got orders",
    ),
    (
        "a database that does not exist",
        {"services": [service("ui", uses={"databases": ["catalog"]})]},
        "no database has this name (got catalog",
    ),
    (
        "a bucket that does not exist",
        {"services": [service("ui", uses={"buckets": {"medai": "read"}})]},
        "no bucket has this name (got medai, known: media)",
    ),
    (
        "a service that does not exist",
        {"services": [service("ui", calls=["cart"])]},
        "saleday:services[ui].calls: no service has this name (got cart",
    ),
    (
        "a reference without leave",
        {"services": [service("ui", environment={"URL": "${service.cart.url}"}), service("cart")]},
        "add it to calls of ui",
    ),
    (
        "a reference to nothing",
        {"services": [service("ui", environment={"A": "${database.db.endpoint}"})]},
        "saleday:services[ui].environment.A: no database has this name (got db",
    ),
    (
        "a reference of no kind",
        {"services": [service("ui", environment={"A": "${datbase.db.endpoint}"})]},
        "(got ${datbase.db.endpoint})",
    ),
    (
        "a domain without its zone",
        {"edge": {"domain": "shop.example.com"}},
        "saleday:edge: a domain needs its Route 53 hosted zone (got shop.example.com without hostedZoneId)",
    ),
    ("a zone without its domain", {"edge": {"hostedZoneId": "Z123"}}, "saleday:edge: a hosted zone needs its domain"),
    (
        "an unknown region",
        {"aws:region": "mars-north-1"},
        "aws:region: the plan does not know this region (got mars-north-1)",
    ),
    (
        "the region in the wrong place",
        {"region": "eu-west-1"},
        "saleday:region: is not a setting (got eu-west-1); set aws:region",
    ),
    (
        "production switched off at night",
        {"production": True, "operatingHours": {}},
        "saleday:operatingHours: production is never switched off",
    ),
    (
        "hours that end before they start",
        {"operatingHours": {"start": "20:00", "stop": "08:00"}},
        "saleday:operatingHours: start must be before stop (got 20:00-08:00)",
    ),
    (
        "a time zone that is none",
        {"operatingHours": {"timeZone": "Mars/Olympus"}},
        "timeZone must be an IANA name (got Mars/Olympus)",
    ),
    ("no owner", {"owner": None}, "saleday:owner: is required (got nothing); add it"),
    ("text for a map", {"network": "10.0.0.0/16"}, "saleday:network: must be a map of settings (got 10.0.0.0/16)"),
    ("text for a truth", {"production": "maybe"}, "saleday:production: must be true or false (got maybe)"),
    (
        "an image out of reach",
        {"services": [service("ui", image="docker.io/shop/ui:1")]},
        "tasks have no way to the internet",
    ),
    ("a path of wildcards", {"services": [service("ui", publicPaths=["/*a*b*c*d*e*f*"])]}, "may hold 6 wildcards"),
    ("an image that moves", {"services": [service("ui", image="public.ecr.aws/shop/ui:latest")]}, "replace latest"),
    ("a root user", {"services": [service("ui", user="0:0")]}, "a container must not run as root (got 0:0)"),
    ("Spot alone", {"services": [service("ui", capacity={"weight": 0, "spotWeight": 1})]}, "nothing to fall back on"),
    (
        "an unknown kind of compute",
        {"services": [service("ui", compute="lambda")]},
        "saleday:services[ui].compute: must be one of 'fargate', 'ec2' or 'eks' (got lambda)",
    ),
    ("an unknown kind for all", {"compute": "nomad"}, "saleday:compute: must be one of 'fargate', 'ec2' or 'eks'"),
    (
        "Spot for a stateful service",
        {"services": [service("cart", capacity={"spotWeight": 2})]},
        "capacity.spotWeight is for stateless services, as Spot stops a task at two minutes' notice (got 2, stateless",
    ),
    (
        "Spot for a stateful service on instances",
        {"services": [service("cart", compute="ec2", stateless=False, capacity={"spotWeight": 2})]},
        "saleday:services[cart]: capacity.spotWeight is for stateless services",
    ),
    (
        "an EKS version that is too old",
        {"kubernetes": {"version": "1.27"}},
        "saleday:kubernetes.version: EKS offers 1.33 to 1.35 (got 1.27); use one of 1.33, 1.34, 1.35",
    ),
    (
        "an EKS version that is not there yet",
        {"kubernetes": {"version": 1.99}},
        "saleday:kubernetes.version: EKS offers 1.33 to 1.35 (got 1.99)",
    ),
    (
        "a call from ECS to EKS",
        {"services": [service("ui", calls=["cart"]), service("cart", compute="eks")]},
        "saleday:services[ui].calls: services of ECS and of EKS do not find each other (got cart, on eks, called",
    ),
    (
        "an instance type without Graviton",
        {"instances": {"types": ["m7i.large", "m7g.large"]}},
        "saleday:instances.types[0]: must be a Graviton type of EC2 (got m7i.large); did you mean m7g.large?",
    ),
    ("one instance type alone", {"instances": {"types": ["m7g.large"]}}, "must have at least 2 entries"),
    (
        "more instances than allowed",
        {"instances": {"min": 5, "max": 2}},
        "saleday:instances: min must not exceed max (got min 5, max 2)",
    ),
    (
        "a job called like a service",
        {"jobs": [service("cart", schedule="0 2 * * ? *")]},
        "saleday:jobs: name must be unique (got cart 2 times)",
    ),
    (
        "a job's schedule of five fields",
        {"jobs": [service("index", schedule="0 2 * * *")]},
        "saleday:jobs[index].schedule: schedule has six fields",
    ),
    (
        "a job at an hour that no day has",
        {"jobs": [service("index", schedule="0 24 * * ? *")]},
        "saleday:jobs[index].schedule: schedule has 0 to 23 for its hours (got 24)",
    ),
    (
        "a rebuild on a day of the week by its number in crontab",
        {"delivery": REBUILT | {"rebuild": {"schedule": "cron(0 3 ? * MON,0 *)"}}},
        "schedule has 1 to 7 or SUN to SAT for its day of week (got 0)",
    ),
    (
        "a rebuild in no time zone",
        {"delivery": REBUILT | {"rebuild": {"timeZone": "Mars/Olympus"}}},
        "saleday:delivery.rebuild.timeZone: timeZone must be an IANA name (got Mars/Olympus)",
    ),
    (
        "a part of the world for a time zone",
        {"jobs": [service("index", schedule="0 2 * * ? *", timeZone="Asia")]},
        "saleday:jobs[index].timeZone: timeZone must be an IANA name (got Asia)",
    ),
    (
        "a freeze beyond all calendars",
        {"delivery": {"freezes": [{"name": "ever", "start": "2027-01-01T00:00:00Z", "end": "9999-12-31T23:59:59Z"}]}},
        "saleday:delivery.freezes[ever].end: a time lies in the years 2025 to 2199 (got 9999-12-31T23:59:59+00:00)",
    ),
    (
        "a job's schedule with two days",
        {"jobs": [service("index", schedule="0 2 * * MON *")]},
        "saleday:jobs[index].schedule: schedule names the day of the month or of the week",
    ),
    (
        "a job's unknown store",
        {"jobs": [service("index", schedule="0 2 * * ? *", uses={"databases": ["catalog"]})]},
        "saleday:jobs[index].uses.databases: no database has this name (got catalog, known: none)",
    ),
    (
        "a job that points at a service",
        {"jobs": [service("index", schedule="0 2 * * ? *", environment={"CART": "${service.cart.url}"})]},
        "saleday:jobs[index].environment.CART: a reference needs leave to reach its target",
    ),
    (
        "requests of an internal service",
        {"services": [service("ui", scaling={"requestsPerTarget": 5})]},
        "needs public paths",
    ),
    (
        "a backlog that is not received",
        {
            "services": [service("ui", scaling={"backlog": {"queue": "orders", "messagesPerTask": 5}})],
            "data": {"queues": [{"name": "orders"}]},
        },
        "add uses.queues.orders: receive",
    ),
    (
        "an incomplete Shield Advanced",
        {"edge": {"shieldAdvanced": {"commitmentMonths": 12}}},
        "saleday:edge.shieldAdvanced.monthlyFeeUsd: is required",
    ),
    *(
        (f"order events: {what}", EVENTS | {"data": {"queues": [queue], "tables": [table]}} | more, says)
        for what, queue, table, more, says in EVENT_FAULTS
    ),
    *(
        (
            f"a purchase not named in full: {kind} without {field}",
            purchase(kind, without=field),
            f"{field}: is required",
        )
        for kind, entry in PURCHASES.items()
        for field in entry
        if field != "engine" and field != "name"
    ),
    (
        "a purchase without a name",
        purchase("caches", without="name"),
        "saleday:cost.purchases.caches[0].name: is required",
    ),
    (
        "a purchase whose upfront cost does not fit its payment",
        purchase("caches", upfrontUsd=5),
        "saleday:cost.purchases.caches[one]: upfrontUsd must be 0 with No Upfront and above 0 otherwise (got 5 with",
    ),
    (
        "a plan whose total is another",
        purchase("savingsPlans", totalUsd=4000),
        "saleday:cost.purchases.savingsPlans[one]: totalUsd must repeat what the plan binds to, 4380.00 (got 4000.00)",
    ),
    (
        "a plan paid otherwise than its payment says",
        purchase("savingsPlans", payment="All Upfront"),
        "upfrontUsd must be 4380.00 with All Upfront (got 0.00); correct it",
    ),
    ("a term that AWS lacks", purchase("databases", termYears=2), "termYears: must be one of 1 or 3 (got 2)"),
    (
        "an offering that is no id",
        purchase("databases", offeringId="cheapest"),
        "offeringId: must be the id of an offering (got cheapest)",
    ),
    (
        "a purchase twice",
        {"cost": {"purchases": {"caches": [PURCHASES["caches"], PURCHASES["caches"]]}}},
        "saleday:cost.purchases: caches must have distinct names (got one twice)",
    ),
    (
        "a monitor that is none",
        {"cost": {"anomalies": {"monitorArn": "arn:aws:ce::1:monitor/1"}}},
        "saleday:cost.anomalies.monitorArn: must be the ARN of a cost monitor",
    ),
    (
        "a budget action on nobody",
        {"cost": {"budget": {"monthlyUsd": 1, "action": {"roles": []}}}},
        "at least 1 entries",
    ),
    (
        "a repository that is not owner/name",
        {"delivery": {"github": {"repository": "shop"}}},
        "saleday:delivery.github.repository: a GitHub repository is owner/name (got shop)",
    ),
    (
        "a repository of the platform that is not owner/name",
        {"delivery": {"platform": {"repository": "https://github.com/shop-example/shop"}}},
        "saleday:delivery.platform.repository: a GitHub repository is owner/name (got https://github.com/",
    ),
    (
        "a freeze that ends before it starts",
        {
            "delivery": {
                "freezes": [{"name": "sale", "start": "2027-10-02T00:00:00+05:30", "end": "2027-10-01T00:00:00+05:30"}]
            }
        },
        "a freeze must end after it starts (got 2027-10-02T00:00:00+05:30 to 2027-10-01T00:00:00+05:30); move end",
    ),
    (
        "a freeze without a time zone",
        {"delivery": {"freezes": [{"name": "sale", "start": "2027-10-01T00:00:00", "end": "2027-10-02T00:00:00Z"}]}},
        "saleday:delivery.freezes[sale].start: must say its offset from UTC (got 2027-10-01T00:00:00)",
    ),
    (
        "a freeze twice",
        {
            "delivery": {
                "freezes": [{"name": "sale", "start": "2027-10-01T00:00:00Z", "end": "2027-10-02T00:00:00Z"}] * 2
            }
        },
        "saleday:delivery.freezes: name must be unique (got sale 2 times)",
    ),
    (
        "a pipeline of a service that does not exist",
        {"delivery": {"github": {"repository": "a/b"}, "services": [{"name": "crat"}]}},
        "saleday:delivery.services: no service has this name (got crat, known: cart, ui)",
    ),
    (
        "pipelines without a source",
        {"delivery": {"services": [{"name": "cart"}]}},
        "saleday:delivery: pipelines need one source, github or codeCommit (got neither)",
    ),
    (
        "production without approval",
        {"production": True, "network": {"zones": ["a", "b"]}, "delivery": {"approval": False}},
        "saleday:delivery.approval: production deploys only what someone has approved (got false)",
    ),
    (
        "a retention that CloudWatch lacks",
        {"observability": {"logRetentionDays": 8}},
        "saleday:observability.logRetentionDays: must be one of",
    ),
]


@pytest.mark.parametrize(("changes", "says"), [bad[1:] for bad in BAD], ids=[bad[0] for bad in BAD])
def test_bad_input_is_told_in_one_line(changes: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)) as caught:
        parse(**changes)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(("saleday:", "aws:")), "the line starts with the setting"
    assert "(got " in message, "the value received is told"


SECRETS = ["AKIAIOSFODNN7EXAMPLE", "-----BEGIN RSA PRIVATE KEY-----", "mysql://root:hunter2@db/x"]
PLAIN: list[tuple[dict[str, object], str]] = [
    *((dict[str, object](environment={"SETTING": secret}), secret) for secret in SECRETS),
    *((dict[str, object](command=["serve", secret]), secret) for secret in SECRETS),
    *((dict[str, object](secrets={"DB_PASSWORD": secret}), secret) for secret in (*SECRETS, "correct-horse")),
    ({"environment": {"DB_PASSWORD": "correct-horse"}}, "correct-horse"),
    ({"environment": {"STRIPE_API_KEY": "correct-horse"}}, "correct-horse"),
]


@pytest.mark.parametrize(("fields", "secret"), PLAIN)
def test_a_credential_in_plain_text_is_refused_and_never_repeated(fields: dict[str, object], secret: str) -> None:
    with pytest.raises(ValueError, match=r"saleday:services\[ui\]") as caught:
        parse(services=[service("ui", **fields)])
    assert secret not in str(caught.value)
    assert "not shown" in str(caught.value)


def test_a_variable_whose_name_only_sounds_secret_may_hold_a_reference() -> None:
    shop = parse(
        services=[
            service("ui", uses={"queues": {"orders": "send"}}, environment={"TOKEN_QUEUE": "${queue.orders.name}"})
        ],
        data={"queues": [{"name": "orders"}]},
    )
    assert shop.services[0].environment == {"TOKEN_QUEUE": "${queue.orders.name}"}


def test_instances_take_addresses_beside_tasks() -> None:
    services = [service("ui", stateless=True, capacity={"spotWeight": 1}), service("cart")]
    assert parse(services=services).most_addresses == 4, "two tasks each"
    assert parse(services=services, compute="ec2", instances={"max": 30}).most_addresses == 4 + 2 * 30, "two groups"
    with pytest.raises(ValueError, match=r"saleday:network\.cidr: 1804 tasks and instances"):
        parse(services=services, compute="ec2", instances={"max": 900}, network={"cidr": "10.0.0.0/20"})


def test_services_run_where_the_stack_says_unless_they_say_so_themselves() -> None:
    shop = parse(compute="ec2", services=[service("ui"), service("cart", compute="fargate")])
    assert [one.compute for one in shop.services] == ["ec2", "fargate"]
    assert shop.compute_kinds == {"ec2", "fargate"}
    assert parse().compute_kinds == {"fargate"}, "by default there is no server"
    nightly = parse(compute="eks", jobs=[service("index", schedule="0 2 * * ? *")])
    assert nightly.compute_kinds == {"eks", "fargate"}, "jobs run on Fargate wherever services do"


def test_a_misspelt_name_is_told_before_what_it_leaves_missing() -> None:
    with pytest.raises(
        ValueError,
        match=r"services\[ui\]\.imag: no such setting \(got imag\); did you mean image\?\n.*image: is required",
    ):
        parse(services=[{"name": "ui", "imag": "public.ecr.aws/shop/ui:1"}])


def test_a_stack_name_that_no_aws_name_can_start_with_is_refused() -> None:
    for stack in ("Prod", "feature_x", "a-very-long-stack-name"):
        with pytest.raises(ValueError, match=r"saleday:stack: .*\(got saleday-"):
            settings.parse("saleday", stack, small_shop())


@pytest.mark.parametrize(
    ("at", "info", "warning"),
    [
        ("2026-11-30T12:00:00+05:30", "", ""),
        ("2026-11-30T19:50:00+05:30", "", "is switched off at Mon 20:00 (Asia/Kolkata), perhaps in the midst"),
        ("2026-11-28T12:00:00+05:30", "is off until Mon 08:00 (Asia/Kolkata): no task runs", ""),
        ("2026-11-30T07:50:00+05:30", "is off until Mon 08:00", "is switched on at Mon 08:00"),
    ],
)
def test_a_deployment_says_when_the_stack_is_off_and_when_it_is_about_to_be_switched(
    monkeypatch: pytest.MonkeyPatch, at: str, info: str, warning: str
) -> None:
    said: dict[str, str] = {"info": "", "warn": ""}
    for level in said:
        monkeypatch.setattr(pulumi.log, level, lambda line, level=level: said.update({level: line}))
    settings.announce(OperatingHours(), datetime.fromisoformat(at))
    assert info in said["info"]
    assert bool(said["info"]) == bool(info)
    assert warning in said["warn"]
    assert bool(said["warn"]) == bool(warning)


def test_a_dotted_key_goes_before_its_map_and_is_checked_in_its_place() -> None:
    shop = parse(**{"network": {"cidr": "10.0.0.0/16", "nat": "single"}, "saleday:network.cidr": "10.77.0.0/16"})
    assert (str(shop.network.cidr), shop.network.nat) == ("10.77.0.0/16", "single")
    assert str(parse(**{"saleday:network.cidr": "10.78.0.0/16"}).network.cidr) == "10.78.0.0/16"
    assert parse(**{"saleday:edge.cache.catalogTtl": 5}).edge.cache.catalog_ttl == 5
    with pytest.raises(ValueError, match=r"^saleday:network\.cidr: "):
        parse(**{"saleday:network.cidr": "10.77.0.0/33"})
    with pytest.raises(ValueError, match=r"^saleday:network\.cird: no such setting .*did you mean cidr\?"):
        parse(**{"saleday:network.cird": "10.77.0.0/16"})
    with pytest.raises(ValueError, match=r"^saleday:owner\.name: a dotted key leads through maps"):
        parse(**{"saleday:owner.name": "x"})


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"owner": "platform@shop.example"}, "owner (platform@shop.example)"),
        (
            {"edge": {"domain": "shop.example.com", "hostedZoneId": "Z0123456789EXAMPLE"}},
            "edge.domain (shop.example.com), edge.hostedZoneId (Z0123456789EXAMPLE)",
        ),
        (
            {"observability": {"alertEmails": ["me@shop.in", "oncall@shop.example"]}},
            "observability.alertEmails[1] (oncall@shop.example)",
        ),
        (
            {"delivery": {"platform": {"repository": "shop-example/saleday"}}},
            "delivery.platform.repository (shop-example/saleday)",
        ),
    ],
)
def test_what_is_still_the_examples_own_is_told(changes: dict[str, object], told: str) -> None:
    (said, _) = settings.warnings(parse(**changes), settings.now())
    assert said.startswith(f"{told}: still the example's")


def test_what_is_somebodys_own_is_not_taken_for_an_example() -> None:
    edge = {"domain": "shop.example-store.com", "hostedZoneId": "Z08EXAMPLES12345"}
    (said,) = settings.warnings(parse(edge=edge, owner="example team"), settings.now())
    assert said.startswith("security.people")


@pytest.mark.parametrize("key", ["saleDay:network", "shop:network", "Saleday:owner", "saledays:owner", "AWS:region"])
def test_a_misspelt_namespace_is_told_and_a_providers_is_not(key: str) -> None:
    with pytest.raises(ValueError, match=f"^{key}: nothing reads the settings of "):
        parse(**{key: "x"})
    assert parse(**{"aws:profile": "shop", "kubernetes:context": "x", "pulumi:tags": {"a": "b"}})


def test_an_empty_setting_is_none() -> None:
    assert parse(network="", saleEvents="") == parse()
    with pytest.raises(ValueError, match=r"^saleday:owner: is required \(got nothing\)"):
        parse(owner="")
    with pytest.raises(ValueError, match=r"^aws:region: the plan does not know this region \(got nothing\)"):
        parse(**{"aws:region": ""})
