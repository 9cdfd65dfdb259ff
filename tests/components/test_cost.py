"""What the stack costs: alerts and actions, advice, cleanup, and purchases only as named."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import pulumi
import pytest

from components.cost import Cost, CostArgs
from devtools.paths import REPO_ROOT
from devtools.recording.recorded import Recorded
from devtools.recording.recorder import record
from devtools.rehearsal.fake_outputs import AccountRegion, invoke
from specs.account import Account
from specs.cost import Cost as Spec
from tests.components.shared import ACCOUNT, REGION, keys, site, statements

TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:saleday-dev-alerts"
MARK = "saleday-dev-unused-since"
YEAR = 31_536_000
OWNED = {"costMonitor": "create", "rightSizing": "create"}


def build(*, account: Mapping[str, str] = OWNED, advice: tuple[str, ...] = (), **cost: Any) -> Recorded:
    def program() -> None:
        Cost(
            "cost",
            CostArgs(
                site=site(),
                keys=keys(),
                cost=Spec.model_validate(cost),
                advice=advice,
                account=Account.model_validate(account),
                alert_topic_arn=pulumi.Output.from_input(TOPIC),
                log_retention_days=90,
            ),
        )

    return record(program)


@functools.cache
def default() -> Recorded:
    return build(budget={"monthlyUsd": 100}, advice=("6 nodes: reserve them",))


@functools.cache
def armed() -> Recorded:
    return build(cleanup={"armed": True, "keepTag": "KeepMe"})


def cleanup_policy(shop: Recorded) -> dict[str, dict[str, Any]]:
    policy = shop.one("aws:iam/rolePolicy:RolePolicy", "cost-volume-cleanup-policy").inputs["policy"]
    return statements(policy)


def test_the_budget_tells_the_topic_of_what_is_spent_and_what_is_expected() -> None:
    budget = default().one("aws:budgets/budget:Budget").inputs
    assert (budget["limitAmount"], budget["limitUnit"], budget["timeUnit"]) == ("100.00", "USD", "MONTHLY")
    told = [(one["notificationType"], one["threshold"]) for one in budget["notifications"]]
    assert told == [("ACTUAL", 50), ("ACTUAL", 80), ("ACTUAL", 100), ("FORECASTED", 100)]
    assert all(one["subscriberSnsTopicArns"] == [TOPIC] for one in budget["notifications"])


def test_a_budget_acts_only_if_the_settings_say_on_whom() -> None:
    assert not default().of("aws:budgets/budgetAction:BudgetAction")
    shop = build(budget={"monthlyUsd": 100, "action": {"roles": ["developer"], "atPercent": 110}})
    action = shop.one("aws:budgets/budgetAction:BudgetAction").inputs
    assert action["approvalModel"] == "MANUAL", "somebody approves it unless the settings say otherwise"
    assert action["actionThreshold"] == {"actionThresholdType": "PERCENTAGE", "actionThresholdValue": 110}
    denied = statements(shop.one("aws:iam/policy:Policy", "cost-no-new-spending").inputs["policy"])["NothingNew"]
    assert denied["Effect"] == "Deny"
    role = statements(shop.one("aws:iam/rolePolicy:RolePolicy", "cost-budget-action").inputs["policy"])
    only = role["AttachThisPolicyAlone"]
    assert only["Resource"] == [f"arn:aws:iam::{ACCOUNT}:role/developer"]
    assert only["Condition"] == {
        "ArnEquals": {"iam:PolicyARN": f"arn:aws:iam::{ACCOUNT}:policy/saleday-dev-no-new-spending"}
    }


def test_what_an_account_has_once_is_made_by_the_stack_that_says_so() -> None:
    once = ("aws:computeoptimizer/", "aws:costexplorer/")
    assert len([one for one in default().all if one.token.startswith(once)]) == 3
    assert not [one for one in build(account={}).all if one.token.startswith(once)]
    # A member of an organisation, or an account of none, may not set what the hub's preferences hold.
    assert not [one for one in default().all if one.token.startswith("aws:costoptimizationhub/")]


def test_anomalies_of_an_adopted_monitor_are_told_and_it_is_not_made() -> None:
    monitor = f"arn:aws:ce::{ACCOUNT}:anomalymonitor/12345678-1234-1234-1234-123456789012"
    shop = build(account={"costMonitor": "adopt"}, anomalies={"monitorArn": monitor, "impactUsd": 75})
    assert not shop.of("aws:costexplorer/anomalyMonitor:AnomalyMonitor")
    subscription = shop.one("aws:costexplorer/anomalySubscription:AnomalySubscription").inputs
    assert subscription["monitorArnLists"] == [monitor]
    assert subscription["thresholdExpression"]["dimension"]["values"] == ["75"]
    assert (subscription["frequency"], subscription["subscribers"][0]["type"]) == ("IMMEDIATE", "SNS")


def test_the_cleanup_may_only_look_until_it_is_armed() -> None:
    assert set(cleanup_policy(default())) == {"Look", "SetAside", "KeySqs", "WriteLogs", "Trace", "ReadVariables"}
    function = default().one("aws:lambda/function:Function").inputs
    assert function["environment"]["variables"]["ARMED"] == "false"


def test_an_armed_cleanup_deletes_only_what_is_its_own_marked_and_not_kept() -> None:
    allowed = cleanup_policy(armed())
    delete = allowed["DeleteMarked"]
    assert delete["Action"] == ["ec2:DeleteSnapshot", "ec2:DeleteVolume"]
    assert delete["Resource"] == [
        f"arn:aws:ec2:{REGION}:{ACCOUNT}:volume/*",
        f"arn:aws:ec2:{REGION}::snapshot/*",
    ]
    assert delete["Condition"] == {
        "StringEquals": {"aws:ResourceTag/Project": "saleday", "aws:ResourceTag/Stack": "dev"},
        "Null": {f"aws:ResourceTag/{MARK}": "false", "aws:ResourceTag/KeepMe": "true"},
    }
    for sid in ("Mark", "Unmark"):
        assert allowed[sid]["Condition"]["ForAllValues:StringEquals"] == {"aws:TagKeys": [MARK]}
        assert allowed[sid]["Condition"]["Null"]["aws:TagKeys"] == "false", "a call without keys would pass the other"
    assert allowed["Mark"]["Condition"]["Null"]["aws:ResourceTag/KeepMe"] == "true"


def test_the_whole_account_is_cleaned_only_by_setting() -> None:
    shop = build(cleanup={"armed": True, "scope": "account"})
    assert "StringEquals" not in cleanup_policy(shop)["DeleteMarked"]["Condition"]
    assert shop.one("aws:lambda/function:Function").inputs["environment"]["variables"]["SCOPE"] == "{}"


def test_the_cleanup_runs_every_day_once_and_what_fails_is_set_aside() -> None:
    schedule = default().one("aws:scheduler/schedule:Schedule").inputs
    assert schedule["scheduleExpression"] == "cron(0 3 * * ? *)"
    dead = default().one("aws:sqs/queue:Queue").outputs["arn"]
    assert schedule["target"]["deadLetterConfig"] == {"arn": dead}
    function = default().one("aws:lambda/function:Function").inputs
    assert function["deadLetterConfig"] == {"targetArn": dead}
    assert "reservedConcurrentExecutions" not in function, "a new account lets nothing be reserved"
    alarm = default().one("aws:cloudwatch/metricAlarm:MetricAlarm").inputs
    assert "## Volume cleanup failing" in (REPO_ROOT / "docs" / "runbooks.md").read_text()
    assert alarm["alarmDescription"].endswith("#volume-cleanup-failing")


def test_without_settings_nothing_is_bought() -> None:
    for shop in (default(), armed()):
        assert not [one.token for one in shop.all if "eserved" in one.token or "savingsplans" in one.token]
    assert default().component("saleday:cost:Cost").registered[0]["advice"] == ["6 nodes: reserve them"]


PLACE = AccountRegion.of(REGION)


def database(**changes: Any) -> dict[str, Any]:
    terms = {
        "dbInstanceClass": "db.r7g.large",
        "duration": YEAR,
        "multiAz": False,
        "offeringType": "All Upfront",
        "productDescription": "aurora-mysql",
    }
    return {
        "name": "catalog-2027",
        "offeringId": invoke("aws:rds/getReservedInstanceOffering:getReservedInstanceOffering", terms, PLACE)[
            "offeringId"
        ],
        "instanceClass": "db.r7g.large",
        "engine": "aurora-mysql",
        "count": 3,
        "termYears": 1,
        "payment": "All Upfront",
        "upfrontUsd": 3000,
    } | changes


def cache(**changes: Any) -> dict[str, Any]:
    terms = {
        "cacheNodeType": "cache.r7g.large",
        "duration": "P3Y",
        "offeringType": "No Upfront",
        "productDescription": "valkey",
    }
    token = "aws:elasticache/getReservedCacheNodeOffering:getReservedCacheNodeOffering"
    return {
        "name": "sessions-2027",
        "offeringId": invoke(token, terms, PLACE)["offeringId"],
        "nodeType": "cache.r7g.large",
        "count": 6,
        "termYears": 3,
        "payment": "No Upfront",
        "upfrontUsd": 0,
    } | changes


def plan(**changes: Any) -> dict[str, Any]:
    terms = {"planTypes": ["Compute"], "paymentOptions": ["Partial Upfront"], "durations": [YEAR]}
    token = "aws:savingsplans/getOfferings:getOfferings"
    return {
        "name": "tasks-2027",
        "offeringId": invoke(token, terms, PLACE)["offerings"][0]["offeringId"],
        "type": "Compute",
        "hourlyUsd": 0.5,
        "termYears": 1,
        "payment": "Partial Upfront",
        "upfrontUsd": 2190,
        "totalUsd": 4380,
    } | changes


def test_what_is_named_in_full_is_bought_as_named_and_outlives_the_stack() -> None:
    shop = build(purchases={"databases": [database()], "caches": [cache()], "savingsPlans": [plan()]})
    reserved = shop.one("aws:rds/reservedInstance:ReservedInstance").inputs
    assert (reserved["offeringId"], reserved["instanceCount"]) == (database()["offeringId"], 3)
    nodes = shop.one("aws:elasticache/reservedCacheNode:ReservedCacheNode").inputs
    assert (nodes["reservedCacheNodesOfferingId"], nodes["cacheNodeCount"]) == (cache()["offeringId"], 6)
    bought = shop.one("aws:savingsplans/savingsPlan:SavingsPlan").inputs
    assert (bought["commitment"], bought["upfrontPaymentAmount"]) == ("0.500", "2190.00")
    assert shop.component("saleday:cost:Cost").registered[0]["purchases"] == [
        "catalog-2027",
        "sessions-2027",
        "tasks-2027",
    ]


OTHER = "00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize(
    ("purchases", "says"),
    [
        (
            {"databases": [database(offeringId=OTHER)]},
            r"databases\[catalog-2027\].offeringId: what the entry describes is",
        ),
        ({"databases": [database(termYears=3)]}, "offeringId"),
        ({"databases": [database(instanceClass="db.r7g.xlarge")]}, "offeringId"),
        (
            {"databases": [database(upfrontUsd=1000)]},
            r"upfrontUsd: AWS takes 3000.00 USD at once for 3 \(got 1000.00\)",
        ),
        ({"databases": [database(count=30)]}, "upfrontUsd: AWS takes 30000.00 USD"),
        ({"caches": [cache(nodeType="cache.r7g.16xlarge")]}, r"caches\[sessions-2027\].offeringId"),
        (
            {"savingsPlans": [plan(offeringId=OTHER)]},
            r"savingsPlans\[tasks-2027\].offeringId: AWS offers no Compute plan",
        ),
    ],
)
def test_an_offering_that_is_not_what_the_settings_repeat_is_not_bought(purchases: dict[str, Any], says: str) -> None:
    with pytest.raises(pulumi.RunError, match=says) as caught:
        build(purchases=purchases)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("saleday:cost.purchases.")
