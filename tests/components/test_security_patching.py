"""Patching: one group, one window, what State Manager keeps true, and who hears of an instance that lacks patches."""

from __future__ import annotations

import json

import pytest

from devtools.recording.recorded import Recorded
from tests.components.security_tier import TOPIC, build, statements

WINDOW = "aws:ssm/maintenanceWindow:MaintenanceWindow"
TARGET = "aws:ssm/maintenanceWindowTarget:MaintenanceWindowTarget"
TASK = "aws:ssm/maintenanceWindowTask:MaintenanceWindowTask"
ASSOCIATION = "aws:ssm/association:Association"
TAG = {"key": "tag:PatchGroup", "values": ["saleday-dev"]}


@pytest.fixture(scope="module")
def tier() -> Recorded:
    return build(patching={"window": {"day": "SUN", "start": "02:30", "hours": 4}, "securityAfterDays": 1})


def test_security_patches_are_approved_soon_and_others_later(tier: Recorded) -> None:
    baseline = tier.one("aws:ssm/patchBaseline:PatchBaseline")
    days = [rule["approveAfterDays"] for rule in baseline.inputs["approvalRules"]]
    assert days == [1, 14]
    group = tier.one("aws:ssm/patchGroup:PatchGroup")
    assert group.inputs == {"baselineId": baseline.outputs["id"], "patchGroup": "saleday-dev"}


def test_patches_are_installed_in_the_window_on_the_group_and_in_waves(tier: Recorded) -> None:
    window, target, task = tier.one(WINDOW), tier.one(TARGET), tier.one(TASK)
    assert window.inputs["schedule"] == "cron(30 2 ? * SUN *)"
    assert (window.inputs["duration"], window.inputs["cutoff"]) == (4, 1)
    assert target.inputs["targets"] == [TAG]
    assert task.inputs["taskArn"] == "AWS-RunPatchBaseline"
    assert task.inputs["targets"] == [{"key": "WindowTargetIds", "values": [target.outputs["id"]]}]
    assert task.inputs["maxConcurrency"] == "25%", "all at once would take the shop down"
    run = task.inputs["taskInvocationParameters"]["runCommandParameters"]
    assert {one["name"]: one["values"] for one in run["parameters"]}["Operation"] == ["Install"]
    assert run["cloudwatchConfig"]["cloudwatchLogGroupName"] == "/saleday/dev/patching"


def test_a_closed_window_keeps_servers_as_they_are() -> None:
    assert build(patching={"window": {"enabled": False}}).one(WINDOW).inputs["enabled"] is False


def test_the_windows_role_sends_one_document_to_one_group(tier: Recorded) -> None:
    may = statements(tier.one("aws:iam/rolePolicy:RolePolicy", "security-patch"))
    assert may["SendPatchDocument"]["Resource"] == ["arn:aws:ssm:ap-south-1::document/AWS-RunPatchBaseline"]
    assert may["ToPatchGroup"]["Condition"] == {"StringEquals": {"aws:ResourceTag/PatchGroup": "saleday-dev"}}
    task = tier.one(TASK)
    assert task.inputs["serviceRoleArn"] == tier.one("aws:iam/role:Role", "security-patch").outputs["arn"]


def test_inventory_agent_and_scan_follow_the_group(tier: Recorded) -> None:
    kept = {one.inputs["name"]: one.inputs for one in tier.of(ASSOCIATION)}
    assert kept.keys() == {"AWS-GatherSoftwareInventory", "AWS-UpdateSSMAgent", "AWS-RunPatchBaseline"}
    assert all(one["targets"] == [TAG] for one in kept.values())
    assert kept["AWS-RunPatchBaseline"]["parameters"] == {"Operation": "Scan"}, "installing is the window's"


def test_an_instance_that_lacks_patches_is_named_and_rings(tier: Recorded) -> None:
    rule = tier.one("aws:cloudwatch/eventRule:EventRule", "security-patch-missing")
    assert json.loads(rule.inputs["eventPattern"])["detail"] == {
        "compliance-status": ["non_compliant"],
        "compliance-type": ["Patch"],
    }
    target = tier.one("aws:cloudwatch/eventTarget:EventTarget", "security-patch-missing")
    assert target.inputs["arn"] == "arn:aws:ssm:ap-south-1:123456789012:opsitem"
    assert target.inputs["rule"] == rule.inputs["name"]
    alarm = tier.one("aws:cloudwatch/metricAlarm:MetricAlarm", "security-alarm-patches-missing")
    assert alarm.inputs["dimensions"] == {"RuleName": rule.inputs["name"]}
    assert alarm.inputs["alarmActions"] == [TOPIC]
