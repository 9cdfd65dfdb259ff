"""The runbook of a day: in order, with commands that AWS has, and a way out of each step."""

from __future__ import annotations

import re
import shlex
from datetime import UTC, datetime, timedelta

import botocore.session
import pytest
from botocore import xform_name

from sale.plan import compile_plan
from sale.report.runbook import runbook
from settings.stack_file import read
from tests.configuration import service
from tests.sale.events import sale, shop

NOW = datetime(2027, 9, 1, tzinfo=UTC)
STORES = {
    "databases": [
        {"name": "shopdb", "databaseName": "shop", "engine": "aurora-mysql", "serverless": {"minAcu": 1, "maxAcu": 64}},
        {
            "name": "books",
            "databaseName": "books",
            "engine": "aurora-mysql",
            "provisioned": {"instanceClass": "db.r7g.large"},
            "readers": 1,
            "readerScaling": {"max": 4},
        },
    ],
    "tables": [{"name": "carts", "hashKey": {"name": "id"}, "maxReads": 5000, "maxWrites": 5000}],
    "caches": [{"name": "pages", "serverless": {}}, {"name": "sessions", "nodes": {"replicas": 1}}],
}


def every_kind():
    """A plan that moves whatever a plan can move."""
    uses = {"databases": ["shopdb", "books"], "tables": {"carts": "readWrite"}, "caches": ["pages", "sessions"]}
    services = [
        service(
            "ui",
            publicPaths=["/"],
            uses=uses,
            environment={"READ": "${database.books.readerEndpoint}"},
            scaling={"min": 1, "max": 400},
            measured={"commandsPerRequest": 40, "readsPerRequest": 8, "writesPerRequest": 4, "queriesPerRequest": 4},
        )
    ]
    event = sale(mix={"ui": 100}, demand={"peakRequestsPerSecond": 9000, "peakOrdersPerSecond": 20})
    granted = {"albReservedLcu": 2000}
    return compile_plan(shop(event, services=services, data=STORES, quotas={"granted": granted}), NOW)


PLANS = {"every kind": every_kind, "prod": lambda: compile_plan(read("prod"), datetime(2030, 10, 1, tzinfo=UTC))}


@pytest.fixture(scope="module", params=PLANS)
def plan(request):
    return PLANS[request.param]()


def commands(plan) -> list[str]:
    entries = runbook(plan, plan.events[0])
    return [command for entry in entries for command in (*entry.checks, *entry.remedies)]


def test_entries_are_in_order_and_each_says_who_how_and_what_if_not(plan):
    entries = runbook(plan, plan.events[0])
    assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)
    assert all(entry.who and entry.what and entry.sees and entry.otherwise for entry in entries)


def test_every_command_of_the_cli_exists_with_these_options(plan):
    session = botocore.session.get_session()
    checked = 0
    for command in commands(plan):
        words = shlex.split(command)
        if words[0] != "aws":
            assert words[0] in ("make", "pulumi")
            continue
        model = session.get_service_model(words[1])
        operations = {xform_name(name, "-"): name for name in model.operation_names}
        members = model.operation_model(operations[words[2]]).input_shape.members
        known = {xform_name(name, "-") for name in members} | {"query"}
        options = [word[2:] for word in words[3:] if word.startswith("--")]
        assert set(options) <= known, command
        required = {
            xform_name(name, "-") for name in model.operation_model(operations[words[2]]).input_shape.required_members
        }
        assert required <= set(options), command
        checked += 1
    assert checked >= 10


def test_a_plan_that_moves_everything_has_a_check_and_a_remedy_for_each():
    told = "\n".join(commands(every_kind()))
    for words in (
        "aws rds modify-db-cluster --db-cluster-identifier saleday-test-shopdb",
        "rds:cluster:ReadReplicaCount --resource-id cluster:saleday-test-books",
        "aws dynamodb update-table --table-name saleday-test-carts --warm-throughput",
        "aws dynamodb update-table --table-name saleday-test-carts --on-demand-throughput MaxReadRequestUnits=",
        "aws elasticache modify-serverless-cache --serverless-cache-name saleday-test-pages",
        "aws elasticache increase-replica-count --replication-group-id saleday-test-sessions",
        "aws elbv2 modify-capacity-reservation",
        "aws ecs describe-services --cluster saleday-test --services saleday-test-ui",
    ):
        assert words in told, words


def test_minima_in_remedies_are_those_of_the_plan():
    plan = PLANS["prod"]()
    entry = next(entry for entry in runbook(plan, plan.events[0]) if entry.remedies and "ecs" in entry.remedies[0])
    set_to = {
        found[1]: int(found[2]) for found in re.finditer(r"prod-(\w+) --min-capacity (\d+)", "\n".join(entry.remedies))
    }
    assert set_to == {name: int(plan.tasks[name].at(entry.at)) for name in set_to}
    assert set(set_to) == {"ui", "catalog", "cart"}


def test_people_look_before_the_opening_and_after_it():
    plan = PLANS["prod"]()
    event = plan.events[0]
    at = {round((entry.at - event.start.timestamp()) / 60): entry.who for entry in runbook(plan, event)}
    assert at[-30] == at[0] == "head of operations"
    assert at[5] == at[15] == at[60] == "on call"
    last = runbook(plan, event)[-1]
    assert "make sale-review STACK=prod EVENT=diwali FROM=account" in last.checks
    assert last.at < (event.end + timedelta(days=15)).timestamp(), "while CloudWatch still has its minutes"


def test_what_comes_too_late_says_what_is_left_to_do():
    shop_, event = read("prod"), read("prod").sale_events[0]
    plan = compile_plan(shop_, event.start - timedelta(minutes=1))
    late = [entry for entry in runbook(plan, plan.events[0]) if "next deployment" in entry.otherwise]
    assert late
