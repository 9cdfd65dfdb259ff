"""What whoever takes the tree over changes first, each a function that does it to a copy of the tree."""

from __future__ import annotations

import csv
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import yaml

Change = Callable[[Path], None]

OPENING: Final = datetime(2030, 11, 28, 18, 0, tzinfo=UTC)
OWN_RULE: Final = """\
\"\"\"Rules of this team's own.\"\"\"

from __future__ import annotations

from ..resource import Resource
from ..rule import Problems, RuleContext, Severity, rule


@rule(
    "aws:sqs/queue:Queue",
    name="queues-keep-a-day",
    title="Queues keep messages for a day at least.",
    severity=Severity.LOW,
    remedy="Set message_retention_seconds to 86400 or more",
)
def queues_keep_a_day(queue: Resource, context: RuleContext) -> Problems:
    if (queue.number("messageRetentionSeconds") or 345_600) < 86_400:
        yield "loses messages within a day"


RULES = (queues_keep_a_day,)
"""


@contextmanager
def settings(tree: Path, stack: str) -> Generator[dict[str, Any]]:
    """The stack's settings without their namespace, written back at the end."""
    file = tree / f"Pulumi.{stack}.yaml"
    content = yaml.safe_load(file.read_text())
    given = {key.removeprefix("saleday:"): value for key, value in content["config"].items()}
    yield given
    content["config"] = {key if ":" in key else f"saleday:{key}": value for key, value in given.items()}
    file.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True))


def named(things: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(thing for thing in things if thing["name"] == name)


def domain_and_owner(tree: Path) -> None:
    for stack in ("dev", "prod"):
        with settings(tree, stack) as given:
            given |= {"owner": "web@acme.example", "costCentre": "4711"}
            if "domain" in given["edge"]:
                given["edge"] |= {"domain": "www.acme.example", "hostedZoneId": "Z0ACME1EXAMPLE"}


def addresses(tree: Path) -> None:
    for stack, cidr in (("dev", "10.61.0.0/16"), ("prod", "172.20.0.0/16")):
        with settings(tree, stack) as given:
            given["network"]["cidr"] = cidr


def service_with_stores(tree: Path) -> None:
    """A worker with a table and a queue of its own, in both stacks."""
    for stack in ("dev", "prod"):
        with settings(tree, stack) as given:
            given["data"]["tables"].append({"name": "reviews", "hashKey": {"name": "id"}})
            given["data"]["queues"].append({"name": "review-requests"})
            given["services"].append(
                {
                    "name": "reviews",
                    "image": "public.ecr.aws/docker/library/nginx:1.29",
                    "uses": {"tables": {"reviews": "readWrite"}, "queues": {"review-requests": "sendReceive"}},
                    "environment": {"TABLE": "${table.reviews.name}", "QUEUE": "${queue.review-requests.url}"},
                    "scaling": {"min": 1, "max": 4},
                }
            )


def service_taken_out(tree: Path) -> None:
    """No checkout any more, and with it no cache, in any stack that has it."""
    for file in sorted(tree.glob("Pulumi.*.yaml")):
        with settings(tree, file.name.split(".")[1]) as given:
            given["services"] = [one for one in given["services"] if one["name"] != "checkout"]
            ui = named(given["services"], "ui")
            ui["calls"].remove("checkout")
            del ui["environment"]["RETAIL_UI_ENDPOINTS_CHECKOUT"]
            given["data"].pop("caches", None)
            if "services" in (delivery := given.get("delivery", {})):
                delivery["services"] = [one for one in delivery["services"] if one["name"] != "checkout"]
            for event in given.get("saleEvents", []):
                event["mix"]["ui"] += event["mix"].pop("checkout")


def on_instances(tree: Path) -> None:
    with settings(tree, "prod") as given:
        given["compute"] = "ec2"


def on_kubernetes(tree: Path) -> None:
    with settings(tree, "dev") as given:
        given |= {"compute": "eks", "kubernetes": {"maxCpu": 32}}
        given["network"]["endpoints"] = "everyZone"
        given.pop("operatingHours", None)


def rule_of_ones_own(tree: Path) -> None:
    (tree / "policy" / "pack" / "own" / "queues.py").write_text(OWN_RULE)


def event_from_a_file(tree: Path) -> None:
    """A sale of two days, as it went last year: a peak of some thousand requests a second at its opening."""
    with (tree / "sale-2029.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["time", "requests_per_second", "orders_per_second"])
        for minute in range(2 * 24 * 60 + 1):
            requests = 600 + 3000 / (1 + minute / 90)
            rows.writerow(
                [(OPENING + timedelta(minutes=minute)).isoformat(), f"{requests:.0f}", f"{requests / 250:.1f}"]
            )
    with settings(tree, "prod") as given:
        given["saleEvents"] = [
            {
                "name": "black-friday",
                "start": OPENING.isoformat(),
                "end": (OPENING + timedelta(days=2)).isoformat(),
                "demand": {"curve": {"file": "sale-2029.csv", "factor": 1.3}},
                "mix": {"ui": 25, "catalog": 55, "cart": 18, "checkout": 0.5, "orders": 1.5},
                "cdnHitPercent": 60,
                "slo": {"availabilityPercent": 99.9, "latencyP99": 1000},
            }
        ]


def another_region(tree: Path) -> None:
    file = tree / "Pulumi.yaml"
    file.write_text(file.read_text().replace("value: ap-south-1", "value: eu-central-1"))


def third_stack(tree: Path) -> None:
    (tree / "Pulumi.test.yaml").write_text((tree / "Pulumi.dev.yaml").read_text())
    with settings(tree, "test") as given:
        given["network"]["cidr"] = "10.90.0.0/16"
        given["costCentre"] = "shop-test"


def stacks_renamed(tree: Path) -> None:
    """Production under another name, and nothing else but it."""
    (tree / "Pulumi.prod.yaml").rename(tree / "Pulumi.live.yaml")
    for stack in ("dev", "eks"):
        (tree / f"Pulumi.{stack}.yaml").unlink()


CHANGES: Final[dict[str, Change]] = {
    "domain-and-owner": domain_and_owner,
    "addresses": addresses,
    "service-with-stores": service_with_stores,
    "service-taken-out": service_taken_out,
    "on-instances": on_instances,
    "on-kubernetes": on_kubernetes,
    "rule-of-ones-own": rule_of_ones_own,
    "event-from-a-file": event_from_a_file,
    "another-region": another_region,
    "third-stack": third_stack,
    "stacks-renamed": stacks_renamed,
}
