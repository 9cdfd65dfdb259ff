"""Faults in the settings of network, services, stores, jobs and order events, told in one line each."""

from __future__ import annotations

import re

import pytest

from tests.configuration import parse_small_shop, service

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


BAD: list[tuple[str, dict[str, object], str]] = [
    (
        "instances without a way out",
        {"compute": "ec2", "network": {"nat": "none"}},
        "saleday:network.nat: instances need NAT, as Service Connect's relay has no endpoint in a VPC (got none",
    ),
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
    ("text for a map", {"network": "10.0.0.0/16"}, "saleday:network: must be a map of settings (got 10.0.0.0/16)"),
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
        "a part of the world for a time zone",
        {"jobs": [service("index", schedule="0 2 * * ? *", timeZone="Asia")]},
        "saleday:jobs[index].timeZone: timeZone must be an IANA name (got Asia)",
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
    (
        "a freeze that ends before it starts",
        {
            "delivery": {
                "freezes": [{"name": "sale", "start": "2027-10-02T00:00:00+05:30", "end": "2027-10-01T00:00:00+05:30"}]
            }
        },
        "a freeze must end after it starts (got 2027-10-02T00:00:00+05:30 to 2027-10-01T00:00:00+05:30); move end",
    ),
]


@pytest.mark.parametrize(("changes", "says"), [bad[1:] for bad in BAD], ids=[bad[0] for bad in BAD])
def test_bad_input_is_told_in_one_line(changes: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)) as caught:
        parse_small_shop(**changes)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(("saleday:", "aws:")), "the line starts with the setting"
    assert "(got " in message, "the value received is told"
