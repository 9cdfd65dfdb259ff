"""Things of which an account has one, against what the settings say of each."""

from __future__ import annotations

from typing import Any

import pytest

from account.preflight.checks import singletons
from account.preflight.look import Check
from account.preflight.verdict import Outcome
from aws_facts.singletons import SINGLETONS
from tests.account.preflight.world import DENIED, THROTTLED, Refused, lines, outcomes, resource, subject, world

CHECKS = dict(zip(SINGLETONS, singletons.checks(), strict=True))
TAGS = "resourcegroupstaggingapi.get_resources"
DETECTOR = CHECKS["detector"]
MAKES = resource("aws:guardduty/detector:Detector", tags={"Stack": "test"})
OWN = "arn:aws:guardduty:ap-south-1:123456789012:detector/abc"


def detectors(*ids: str, owned: tuple[str, ...] | None = ()) -> dict[str, Any]:
    tags = {} if owned is None else {TAGS: {"ResourceTagMappingList": [{"ResourceARN": arn} for arn in owned]}}
    return {"guardduty.list_detectors": {"DetectorIds": list(ids)}, **tags}


@pytest.mark.parametrize(
    ("said", "answers", "outcome", "set_to"),
    [
        ("create", detectors(), Outcome.HOLDS, None),
        ("create", detectors("abc"), Outcome.FAILS, "adopt"),
        ("create", detectors("abc", owned=(OWN,)), Outcome.HOLDS, None),
        ("create", detectors("abc", owned=("arn:aws:sqs:ap-south-1:1:orders",)), Outcome.FAILS, "adopt"),
        ("create", detectors("abc", owned=None), Outcome.NOT_KNOWN, None),
        ("adopt", detectors("abc"), Outcome.HOLDS, None),
        ("adopt", detectors(), Outcome.FAILS, "create"),
    ],
)
def test_a_detector(said: str, answers: Any, outcome: Outcome, set_to: str | None) -> None:
    (line,) = lines(DETECTOR, subject(MAKES, account={"detector": said}), world(answers))
    assert line.outcome is outcome
    assert [change.value for change in line.changes] == ([set_to] if set_to else [])
    assert all(change.setting == "saleday:account.detector" for change in line.changes)


def test_what_the_stack_leaves_is_not_asked_for() -> None:
    assert not any(check.concerns(subject()) for check in CHECKS.values())


RECORDER = {"config.describe_configuration_recorders": {"ConfigurationRecorders": [{"name": "default"}]}}
NO_TAGS: dict[str, Any] = {TAGS: {"ResourceTagMappingList": []}}


def test_what_is_overwritten_is_adopted_unless_the_stack_stands() -> None:
    of = subject(resource("aws:cfg/recorder:Recorder"), account={"recorder": "create"})
    (line,) = lines(CHECKS["recorder"], of, world(RECORDER | NO_TAGS))
    assert line.outcome is Outcome.ADOPTED
    assert line.remedy == "set saleday:account.recorder to adopt, or to leave"
    stands = {TAGS: {"ResourceTagMappingList": [{"ResourceARN": "arn:aws:sqs:ap-south-1:1:orders"}]}}
    assert outcomes(CHECKS["recorder"], of, world(RECORDER | stands)) == [Outcome.HOLDS]


MONITOR = "arn:aws:ce::1:anomalymonitor/x"
OF_SERVICES = {"MonitorArn": MONITOR, "MonitorName": "x", "MonitorType": "DIMENSIONAL", "MonitorDimension": "SERVICE"}
MONITORS = {"ce.get_anomaly_monitors": {"AnomalyMonitors": [OF_SERVICES]}}


def test_a_cost_monitor_is_adopted_by_its_arn() -> None:
    of = subject(account={"costMonitor": "create"})
    (line,) = lines(CHECKS["costMonitor"], of, world(MONITORS | NO_TAGS))
    assert [(change.setting, change.value) for change in line.changes] == [
        ("saleday:account.costMonitor", "adopt"),
        ("saleday:cost.anomalies.monitorArn", MONITOR),
    ]


EVERYTHING = {
    "guardduty.list_detectors": {"DetectorIds": ["abc"]},
    **RECORDER,
    "securityhub.describe_hub": {"HubArn": "arn:aws:securityhub:ap-south-1:1:hub/default"},
    "inspector2.batch_get_account_status": {"accounts": [{"accountId": "1", "state": {"status": "ENABLED"}}]},
    "ecr.get_registry_scanning_configuration": {"scanningConfiguration": {"scanType": "ENHANCED"}},
    "accessanalyzer.list_analyzers": {"analyzers": [{"arn": "arn:aws:access-analyzer:x:1:analyzer/y", "name": "y"}]},
    "ec2.get_ebs_encryption_by_default": {"EbsEncryptionByDefault": True},
    "ec2.get_snapshot_block_public_access_state": {"State": "block-all-sharing"},
    "ec2.get_instance_metadata_defaults": {"AccountLevel": {"HttpTokens": "required"}},
    "xray.get_encryption_config": {"EncryptionConfig": {"Type": "KMS"}},
    **MONITORS,
    "compute-optimizer.get_enrollment_status": {"status": "Active"},
    "iam.list_open_id_connect_providers": {
        "OpenIDConnectProviderList": [{"Arn": "arn:aws:iam::1:oidc-provider/token.actions.githubusercontent.com"}]
    },
    "iam.list_roles": {
        "Roles": [{"Arn": "arn:aws:iam::1:role/aws-service-role/opensearchservice.amazonaws.com/AWSServiceRole"}]
    },
}
NOTHING = {
    "guardduty.list_detectors": {"DetectorIds": []},
    "config.describe_configuration_recorders": {"ConfigurationRecorders": []},
    "securityhub.describe_hub": Refused("InvalidAccessException"),
    "inspector2.batch_get_account_status": {"accounts": [{"accountId": "1", "state": {"status": "DISABLED"}}]},
    "ecr.get_registry_scanning_configuration": {"scanningConfiguration": {"scanType": "BASIC"}},
    "accessanalyzer.list_analyzers": {"analyzers": []},
    "ec2.get_ebs_encryption_by_default": {"EbsEncryptionByDefault": False},
    "ec2.get_snapshot_block_public_access_state": {"State": "unblocked"},
    "ec2.get_instance_metadata_defaults": {"AccountLevel": {}},
    "xray.get_encryption_config": {"EncryptionConfig": {"Type": "NONE"}},
    "ce.get_anomaly_monitors": {"AnomalyMonitors": []},
    "compute-optimizer.get_enrollment_status": {"status": "Inactive"},
    "iam.list_open_id_connect_providers": {"OpenIDConnectProviderList": []},
    "iam.list_roles": {"Roles": []},
}


def of_all(said: str) -> Any:
    return subject(MAKES, account=dict.fromkeys(SINGLETONS, said) | {"costMonitor": "create"})


@pytest.mark.parametrize("setting", SINGLETONS)
def test_a_landing_zone_that_has_turned_everything_on_is_adopted_setting_by_setting(setting: str) -> None:
    (line,) = lines(CHECKS[setting], of_all("create"), world(EVERYTHING | NO_TAGS))
    assert line.outcome is (Outcome.FAILS if SINGLETONS[setting].second == "fails" else Outcome.ADOPTED)
    assert line.changes[0].value == "adopt"


@pytest.mark.parametrize("setting", SINGLETONS)
def test_a_new_account_has_room_for_everything(setting: str) -> None:
    assert outcomes(CHECKS[setting], of_all("create"), world(NOTHING | NO_TAGS)) == [Outcome.HOLDS]


@pytest.mark.parametrize("setting", [name for name in SINGLETONS if name != "costMonitor"])
def test_what_is_to_be_adopted_has_to_be_there(setting: str) -> None:
    assert outcomes(CHECKS[setting], of_all("adopt"), world(EVERYTHING)) == [Outcome.HOLDS]
    assert outcomes(CHECKS[setting], of_all("adopt"), world(NOTHING)) == [Outcome.FAILS]


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
@pytest.mark.parametrize("refused", [DENIED, THROTTLED])
def test_what_is_refused_is_not_known(check: Check, refused: Refused) -> None:
    answers = {f"{read.service}.{read.operation}": refused for read in check.reads}
    (line,) = lines(check, of_all("create"), world(answers))
    assert line.outcome is Outcome.NOT_KNOWN
    assert line.text.startswith("whether ")
