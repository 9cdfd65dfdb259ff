"""The incident response as resources: what starts it, who may do what, and that nothing gets lost unnoticed."""

from __future__ import annotations

import fnmatch
import json
from typing import Any

import pytest

from aws_facts import quotas
from components.security.machine import definition
from devtools.recording.recorded import Recorded
from tests.components.security_tier import TOPIC, build, statements
from tests.components.shared import LOGS_KEY

RULE = "aws:cloudwatch/eventRule:EventRule"
TARGET = "aws:cloudwatch/eventTarget:EventTarget"
MACHINE = "aws:sfn/stateMachine:StateMachine"
FUNCTION = "aws:lambda/function:Function"
POLICY = "aws:iam/rolePolicy:RolePolicy"
ROLE = "aws:iam/role:Role"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
APPROVER = "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/ap-south-1/AWSReservedSSO_Security_0a1b"
PARTS = ("response-plan", "response-act", "response-decide")


@pytest.fixture(scope="module")
def tier() -> Recorded:
    return build()


@pytest.fixture(scope="module")
def armed() -> Recorded:
    return build(response={"armed": True, "approver": APPROVER, "neverBlocked": ["198.51.100.0/24"]})


def variables(shop: Recorded, what: str) -> dict[str, Any]:
    found: dict[str, Any] = shop.one(FUNCTION, f"security-{what}").inputs["environment"]["variables"]
    return found


def test_grave_findings_of_guardduty_start_the_machine(tier: Recorded) -> None:
    rule = tier.one(RULE, "security-response")
    assert json.loads(rule.inputs["eventPattern"]) == {
        "source": ["aws.guardduty"],
        "detail-type": ["GuardDuty Finding"],
        "detail": {"severity": [{"numeric": [">=", 7.0]}]},
    }
    target = tier.one(TARGET, "security-response").inputs
    assert target["rule"] == rule.inputs["name"]
    assert target["arn"] == tier.one(MACHINE).outputs["arn"]
    may = statements(tier.one(POLICY, "security-response-start"))
    assert may["StartResponse"]["Resource"] == [target["arn"]]


def test_a_finding_that_cannot_be_delivered_is_kept_and_rings(tier: Recorded) -> None:
    queue = tier.one("aws:sqs/queue:Queue", "security-response-dlq")
    assert tier.one(TARGET, "security-response").inputs["deadLetterConfig"] == {"arn": queue.outputs["arn"]}
    admits = statements(tier.one("aws:sqs/queuePolicy:QueuePolicy", "security-response-dlq"))["RuleSetsAside"]
    assert admits["Condition"]["ArnEquals"]["aws:SourceArn"].endswith("rule/saleday-dev-response")
    alarm = tier.one(ALARM, "security-alarm-response-undelivered").inputs
    assert alarm["dimensions"] == {"QueueName": queue.inputs["name"]}
    assert alarm["alarmActions"] == [TOPIC]


def test_a_response_that_fails_or_never_ends_rings(tier: Recorded) -> None:
    arn = tier.one(MACHINE).outputs["arn"]
    for name, metric in (("response-failed", "ExecutionsFailed"), ("response-timed-out", "ExecutionsTimedOut")):
        alarm = tier.one(ALARM, f"security-alarm-{name}").inputs
        assert (alarm["metricName"], alarm["dimensions"]) == (metric, {"StateMachineArn": arn})
        assert alarm["alarmActions"] == [TOPIC]


def test_the_machine_is_encrypted_traced_and_logs_no_token(tier: Recorded) -> None:
    machine = tier.one(MACHINE).inputs
    assert machine["encryptionConfiguration"]["kmsKeyId"] == LOGS_KEY
    assert machine["tracingConfiguration"] == {"enabled": True}
    logging = machine["loggingConfiguration"]
    assert logging["level"] == "ALL"
    assert logging["includeExecutionData"] is False, "the token of a waiting state is the approval itself"
    assert logging["logDestination"].endswith(":log-group:/aws/vendedlogs/states/saleday-dev-response:*")


def test_the_machine_runs_the_stacks_own_functions_and_tells_its_topic(tier: Recorded) -> None:
    functions = {part: tier.one(FUNCTION, f"security-{part}").outputs["arn"] for part in PARTS}
    expected = definition(
        topic_arn=TOPIC,
        plan_arn=functions["response-plan"],
        act_arn=functions["response-act"],
        approval_minutes=60,
    )
    assert json.loads(tier.one(MACHINE).inputs["definition"]) == expected
    may = statements(tier.one(POLICY, "security-response"))
    assert set(may["RunFunctions"]["Resource"]) == {functions["response-plan"], functions["response-act"]}
    assert may["Tell"]["Resource"] == [TOPIC]


@pytest.mark.parametrize("part", PARTS)
def test_each_function_runs_its_own_code_under_its_own_role(tier: Recorded, part: str) -> None:
    function = tier.one(FUNCTION, f"security-{part}").inputs
    assert function["handler"] == f"{part.replace('-', '_')}.handler"
    assert function["role"].endswith(f"role/saleday-dev-{part}")


def test_unarmed_is_where_it_starts(tier: Recorded, armed: Recorded) -> None:
    for part in ("response-plan", "response-act"):
        assert variables(tier, part)["ARMED"] == "false"
        assert variables(armed, part)["ARMED"] == "true"
    assert not [role for role in tier.of(ROLE) if role.name == "security-response-approver"]


def test_the_functions_know_what_the_settings_and_the_stack_say(armed: Recorded) -> None:
    plan, act = variables(armed, "response-plan"), variables(armed, "response-act")
    names = ["auditor", "cart-task", "developer", "operator", "ui-task"]
    assert json.loads(plan["REVOCABLE_ROLES"]) == [f"saleday-dev-{name}" for name in names]
    assert json.loads(plan["NEVER_BLOCKED"]) == ["198.51.100.0/24"]
    assert plan["DECIDE_FUNCTION"] == "saleday-dev-response-decide"
    assert act["QUARANTINE_GROUP"] == armed.one("aws:ec2/securityGroup:SecurityGroup").outputs["id"]
    assert json.loads(act["IP_SETS"])["v6"] == {"name": "saleday-dev-response-v6", "id": "id-v6"}
    assert json.loads(act["TAGS"])["Keep"] == "true"


def test_only_the_approver_gives_the_word_and_does_nothing_else(armed: Recorded) -> None:
    (trusted,) = statements(armed.one(ROLE, "security-response-approver"), "assumeRolePolicy").values()
    assert trusted["Principal"] == {"AWS": APPROVER}
    may = statements(armed.one(POLICY, "security-response-approver"))
    assert may["Decide"]["Resource"] == ["arn:aws:lambda:ap-south-1:123456789012:function:saleday-dev-response-decide"]
    actions = {action for one in may.values() for action in one["Action"]}
    assert actions == {
        "lambda:InvokeFunction",
        "states:DescribeExecution",
        "states:GetExecutionHistory",
        "kms:Decrypt",
        "kms:GenerateDataKey",
    }


def test_an_approver_who_is_a_user_brings_a_second_factor() -> None:
    shop = build(response={"armed": True, "approver": "arn:aws:iam::210987654321:user/asha"})
    (trusted,) = statements(shop.one(ROLE, "security-response-approver"), "assumeRolePolicy").values()
    assert trusted["Condition"] == {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


def test_an_approver_who_is_an_operator_of_the_stack_is_there_before_he_is_trusted() -> None:
    operator = "arn:aws:iam::123456789012:role/saleday-dev-operator"
    shop = build(response={"armed": True, "approver": operator})
    assert shop.one(ROLE, "security-operator").urn in shop.one(ROLE, "security-response-approver").dependencies


def test_planning_only_looks(tier: Recorded) -> None:
    own = statements(tier.one(POLICY, "security-response-plan-policy"))
    looking = [sid for sid in own if sid.startswith("Look")]
    assert len(looking) == 4
    for sid in looking:
        assert all(action.split(":")[1].startswith(("Describe", "Get")) for action in own[sid]["Action"]), sid


def test_acting_ends_at_the_edge_and_at_what_opts_out(tier: Recorded) -> None:
    """Whatever the code is made to ask for."""
    own = statements(tier.one(POLICY, "security-response-act-policy"))
    isolate = statements(tier.one(POLICY, "security-response-act-isolate"))
    allows = [one for one in (*own.values(), *isolate.values()) if one["Effect"] == "Allow"]
    allowed = {action for one in allows for action in one["Action"]}
    edge = ("elasticloadbalancing:", "cloudfront:", "route53:", "shield:", "acm:")
    assert not [action for action in allowed if action.startswith(edge)]
    assert {action for action in allowed if action.startswith("wafv2:")} == {"wafv2:GetIPSet", "wafv2:UpdateIPSet"}
    for arn in own["BlockAddresses"]["Resource"]:
        assert "global/ipset/saleday-dev-response-" in arn, "not the settings' own list, nor anybody's web ACL"
    opts_out = own["LeaveAloneWhatOptsOut"]
    assert (opts_out["Effect"], opts_out["Resource"]) == ("Deny", ["*"])
    assert set(opts_out["Action"]) == {
        "autoscaling:DetachInstances",
        "ec2:CreateSnapshots",
        "ec2:ModifyNetworkInterfaceAttribute",
        "ecs:StopTask",
        "iam:PutRolePolicy",
    }, "what isolates, keeps, stops and revokes"
    assert set(opts_out["Action"]) <= allowed, "a denial of what is not allowed would deny nothing"
    assert own["LeaveAloneTheEdge"]["Condition"] == {"StringEquals": {"aws:ResourceTag/Tier": "edge"}}


def test_isolation_moves_interfaces_of_this_vpc_into_quarantine_and_nowhere_else(tier: Recorded) -> None:
    isolate = statements(tier.one(POLICY, "security-response-act-isolate"))
    vpc = {"ArnEquals": {"ec2:Vpc": "arn:aws:ec2:ap-south-1:123456789012:vpc/vpc-1"}}
    assert isolate["MoveInterfaces"]["Condition"] == vpc
    assert isolate["IntoQuarantine"]["Condition"] == {
        "StringEquals": {"aws:ResourceTag/Name": "saleday-dev-quarantine"}
    }
    group = tier.one("aws:ec2/securityGroup:SecurityGroup").inputs
    assert group["tags"]["Name"] == "saleday-dev-quarantine"
    assert not group.get("ingress")
    assert not group.get("egress"), "a way out is what an intruder needs"


def test_sessions_are_revoked_of_named_and_bounded_roles_and_never_of_the_response_itself(tier: Recorded) -> None:
    revoke = statements(tier.one(POLICY, "security-response-act-policy"))["RevokeSessions"]
    assert revoke["Condition"] == {
        "StringEquals": {
            "iam:PermissionsBoundary": [
                "arn:aws:iam::123456789012:policy/saleday-dev-people-boundary",
                "arn:aws:iam::123456789012:policy/saleday-dev-task-boundary",
            ]
        }
    }, "what can be written into an unbounded role gives rights as well"
    for untouchable in ("response-act", "response-plan", "break-glass", "trail", "config", "ui-execution"):
        role = f"arn:aws:iam::123456789012:role/saleday-dev-{untouchable}"
        assert not [pattern for pattern in revoke["Resource"] if fnmatch.fnmatch(role, pattern)], untouchable
    look = statements(tier.one(POLICY, "security-response-act-policy"))["LookAtRoles"]
    assert look["Resource"] == revoke["Resource"]
    assert look["Condition"] == {
        "StringEquals": {"aws:ResourceTag/Project": "saleday", "aws:ResourceTag/Stack": "dev"}
    }, "a stack whose name goes on after this one's is not looked into"


def test_the_acting_role_is_bound_by_what_its_steps_take(tier: Recorded) -> None:
    boundary = tier.one("aws:iam/policy:Policy", "security-response-boundary")
    assert tier.one(ROLE, "security-response-act-role").inputs["permissionsBoundary"] == boundary.outputs["arn"]
    assert len(boundary.inputs["policy"]) <= quotas.QUOTAS["managedPolicySize"].value
    bound = statements(boundary)
    for policy in ("security-response-act-policy", "security-response-act-isolate"):
        for sid, one in statements(tier.one(POLICY, policy)).items():
            covering = bound["ReadVariables"] if sid == "ReadVariables" else bound[sid]
            assert set(one["Action"]) <= set(covering["Action"]), sid


def test_a_higher_line_can_be_drawn() -> None:
    rule = build(response={"severity": 9, "approvalMinutes": 30}).one(RULE, "security-response")
    assert json.loads(rule.inputs["eventPattern"])["detail"] == {"severity": [{"numeric": [">=", 9.0]}]}
