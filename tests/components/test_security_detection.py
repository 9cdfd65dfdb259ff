"""Detection: what is on, in which order, where Config delivers, and that only the account's owner makes it."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import grpc
import moto.config
import pulumi
import pytest

from aws_facts.regions import ZONES
from aws_facts.singletons import SINGLETONS
from components.security import conformance
from devtools.recording.recorded import Recorded
from devtools.rehearsal.fake_outputs.functions import FUNCTIONS
from tests.components.security_tier import ACCESS_LOGS, OWNED, build, statements
from tests.components.shared import DATA_KEY, LOGS_KEY
from tests.some import some

DETECTOR = "aws:guardduty/detector:Detector"
FEATURE = "aws:guardduty/detectorFeature:DetectorFeature"
STANDARD = "aws:securityhub/standardsSubscription:StandardsSubscription"
RECORDER = "aws:cfg/recorder:Recorder"
CHANNEL = "aws:cfg/deliveryChannel:DeliveryChannel"
STATUS = "aws:cfg/recorderStatus:RecorderStatus"
PACK = "aws:cfg/conformancePack:ConformancePack"
RULE = "aws:cloudwatch/eventRule:EventRule"
TARGET = "aws:cloudwatch/eventTarget:EventTarget"
ANALYZER = "aws:accessanalyzer/analyzer:Analyzer"
# What an account has once in a region: a second stack of the account would be refused.
ONCE = ("aws:guardduty/", "aws:securityhub/", "aws:cfg/", "aws:inspector2/", "aws:ebs/", "aws:ecr/", ANALYZER)


@pytest.fixture(scope="module")
def tier() -> Recorded:
    return build()


def test_guardduty_watches_with_all_features_and_brings_its_agents(tier: Recorded) -> None:
    assert tier.one(DETECTOR).inputs["enable"] is True
    features = {one.inputs["name"]: one.inputs for one in tier.of(FEATURE)}
    assert features.keys() == {
        "S3_DATA_EVENTS",
        "EKS_AUDIT_LOGS",
        "EBS_MALWARE_PROTECTION",
        "RDS_LOGIN_EVENTS",
        "LAMBDA_NETWORK_LOGS",
        "RUNTIME_MONITORING",
    }
    assert {one["status"] for one in features.values()} == {"ENABLED"}
    agents = {one["name"]: one["status"] for one in features["RUNTIME_MONITORING"]["additionalConfigurations"]}
    assert agents["ECS_FARGATE_AGENT_MANAGEMENT"] == "ENABLED", "nobody else can bring the agent into Fargate tasks"


@pytest.mark.parametrize("holding", ["leave", "adopt"])
def test_a_stack_that_does_not_own_the_account_makes_nothing_that_an_account_has_once(holding: str) -> None:
    other = build(account=dict.fromkeys(OWNED, holding), detection={"conformancePack": False})
    assert not [one.token for one in other.all if one.token.startswith(ONCE)]
    assert other.of("aws:ssm/patchBaseline:PatchBaseline"), "its servers still get patches"


@pytest.mark.parametrize("part", OWNED)
def test_each_part_is_made_by_its_own_setting(part: str) -> None:
    needed = {"hub": {"recorder": "adopt"}, "registryScanning": {"inspector": "adopt"}}.get(part, {})
    small = build(account=needed | {part: "create"}, detection={"conformancePack": False})
    assert {
        one.setting for one in SINGLETONS.values() for made in small.all if one.made_by(made.token, made.inputs)
    } <= {
        part,
        *(one for one in SINGLETONS if one.removeprefix("edge").lower() == part.lower()),
    }
    assert [made for made in small.all if SINGLETONS[part].made_by(made.token, made.inputs)]


def test_an_adopted_detector_is_looked_up_and_told() -> None:
    adopting = build(account={"detector": "adopt", "edgeDetector": "adopt"})
    looked = [one for one in adopting.invokes if one.token == "aws:guardduty/getDetector:getDetector"]
    assert [bool("us-east-1" in one.provider) for one in looked] == [False, True]
    assert adopting.component("saleday:security:Security").outputs["adopted"]["detectorId"]
    assert not build(account={"detector": "leave"}).component("saleday:security:Security").outputs["adopted"]


def test_what_is_adopted_and_not_there_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    class Absent(grpc.RpcError):
        """As the engine hands on what the provider answers."""

        def code(self) -> grpc.StatusCode:
            return grpc.StatusCode.UNKNOWN

        def details(self) -> str:
            return "reading GuardDuty Detector:\nempty result"

    def absent(_: object, place: object) -> dict[str, Any]:
        raise Absent

    monkeypatch.setitem(FUNCTIONS, "guardduty/getDetector", absent)
    with pytest.raises(
        pulumi.RunError, match=r"^saleday:account\.detector: adopt looks up GuardDuty's detector \(got"
    ) as told:
        build(account={"detector": "adopt"})
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("part", "function", "answer"),
    [
        ("detector", "guardduty/getDetector", {"id": "1", "status": "DISABLED"}),
        ("diskEncryption", "ebs/getEncryptionByDefault", {"enabled": False}),
    ],
)
def test_what_is_adopted_and_off_is_refused(
    monkeypatch: pytest.MonkeyPatch, part: str, function: str, answer: dict[str, Any]
) -> None:
    monkeypatch.setitem(FUNCTIONS, function, lambda arguments, place: answer)
    with pytest.raises(pulumi.RunError, match=rf"^saleday:account\.{part}: an adopted .+ \(got .+\); change it there"):
        build(account={part: "adopt"})


def test_an_adopted_recorder_is_judged_by_the_stacks_own_pack_and_by_nothing_else() -> None:
    adopting = build(account={"recorder": "adopt"})
    assert [one.token for one in adopting.all if one.token.startswith("aws:cfg/")] == [PACK]


def test_us_east_1_is_watched_and_what_is_found_there_comes_home() -> None:
    made = build(account={"edgeDetector": "create", "edgeOutsideAccess": "create"}, response={"severity": 4})
    there = {one.token for one in made.all if "us-east-1" in one.provider}
    assert there == {DETECTOR, FEATURE, ANALYZER, RULE, TARGET}
    assert "RUNTIME_MONITORING" not in {one.inputs["name"] for one in made.of(FEATURE)}, "agents would come to anything"
    [target] = [one for one in made.of(TARGET) if "us-east-1" in one.provider]
    assert target.inputs["arn"] == "arn:aws:events:ap-south-1:123456789012:event-bus/default"
    patterns = [
        one.inputs["eventPattern"]
        for one in made.of(RULE)
        if one.name in ("security-response", "security-edge-findings")
    ]
    assert len(patterns) == 2
    assert len(set(patterns)) == 1, "what is sent is what is listened to"


def test_a_stack_in_us_east_1_watches_it_once() -> None:
    made = build(
        region="us-east-1", account={"detector": "create", "edgeDetector": "create", "edgeOutsideAccess": "create"}
    )
    assert len(made.of(DETECTOR)) == 1
    assert not made.of(ANALYZER)


def test_an_account_is_not_less_safe_when_the_stack_goes(tier: Recorded) -> None:
    kept = {one.token for one in tier.all if one.retain_on_delete}
    assert kept == {
        "aws:ebs/encryptionByDefault:EncryptionByDefault",
        "aws:ebs/snapshotBlockPublicAccess:SnapshotBlockPublicAccess",
        "aws:ec2/instanceMetadataDefaults:InstanceMetadataDefaults",
    }


def test_security_hub_checks_the_chosen_standards_once_there_is_something_to_check() -> None:
    chosen = build(detection={"standards": ["foundational", "pciDss"]})
    hub = chosen.one("aws:securityhub/account:Account")
    assert hub.inputs["enableDefaultStandards"] is False, "the settings choose"
    assert {one.inputs["standardsArn"] for one in chosen.of(STANDARD)} == {
        "arn:aws:securityhub:ap-south-1::standards/aws-foundational-security-best-practices/v/1.0.0",
        "arn:aws:securityhub:ap-south-1::standards/pci-dss/v/4.0.1",
    }
    assert chosen.one(STATUS).urn in hub.dependencies, "without a running recorder its checks find nothing"


def test_the_recorder_starts_once_it_can_deliver_and_the_pack_comes_after(tier: Recorded) -> None:
    recorder, channel, status = (tier.one(token) for token in (RECORDER, CHANNEL, STATUS))
    assert recorder.inputs["recordingGroup"] == {"allSupported": True, "includeGlobalResourceTypes": True}
    assert recorder.urn in channel.dependencies
    assert channel.urn in status.dependencies
    assert status.inputs["isEnabled"] is True
    assert status.urn in tier.one(PACK).dependencies


def test_config_delivers_encrypted_into_a_bucket_from_which_nobody_deletes(tier: Recorded) -> None:
    bucket = tier.one("aws:s3/bucket:Bucket")
    channel = tier.one(CHANNEL)
    assert channel.inputs["s3BucketName"] == bucket.inputs["bucket"]
    assert channel.inputs["s3KmsKeyArn"] == LOGS_KEY
    lock = statements(tier.one("aws:s3/bucketPolicy:BucketPolicy"))["NobodyDeletes"]
    assert (lock["Effect"], lock["Principal"]) == ("Deny", "*")
    assert lock["Action"] == ["s3:DeleteObject", "s3:DeleteObjectVersion"]
    assert "Condition" not in lock, "whoever met it could delete"
    assert not bucket.inputs.get("objectLockEnabled"), "Config delivers to no bucket with a default retention"
    assert tier.one("aws:s3/bucketLogging:BucketLogging").inputs["targetBucket"] == ACCESS_LOGS


def test_config_may_write_below_its_own_account_and_nothing_else(tier: Recorded) -> None:
    deliver = statements(tier.one("aws:iam/rolePolicy:RolePolicy", "security-config"))["Deliver"]
    bucket = tier.one("aws:s3/bucket:Bucket").inputs["bucket"]
    assert deliver["Action"] == ["s3:PutObject"]
    assert deliver["Resource"] == [f"arn:aws:s3:::{bucket}/AWSLogs/123456789012/*"]


def test_disks_are_encrypted_with_the_data_key_whoever_makes_them(tier: Recorded) -> None:
    key = tier.one("aws:ebs/defaultKmsKey:DefaultKmsKey")
    encryption = tier.one("aws:ebs/encryptionByDefault:EncryptionByDefault")
    assert key.inputs["keyArn"] == DATA_KEY
    assert encryption.inputs["enabled"] is True
    assert key.urn in encryption.dependencies, "a volume in between would get AWS's own key"
    assert tier.one("aws:ebs/snapshotBlockPublicAccess:SnapshotBlockPublicAccess").inputs["state"] == (
        "block-all-sharing"
    )


def test_inspector_judges_images_again_as_vulnerabilities_become_known(tier: Recorded) -> None:
    assert tier.one("aws:inspector2/enabler:Enabler").inputs["resourceTypes"] == ["EC2", "ECR", "LAMBDA"]
    registry = tier.one("aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration").inputs
    assert registry["scanType"] == "ENHANCED"
    assert [rule["scanFrequency"] for rule in registry["rules"]] == ["CONTINUOUS_SCAN"]


def managed_rules() -> dict[str, Any]:
    """AWS's list of managed rules, with the regions in which each is offered."""
    file = Path(moto.config.__file__).parent / "resources" / "aws_managed_rules.json.gz"
    rules: dict[str, Any] = json.loads(gzip.decompress(file.read_bytes()))["ManagedRules"]
    return rules


# How AWS's list calls those of the plan's regions that lack one of the pack's rules.
CALLED = {
    "Africa (Cape Town)": "af-south-1",
    "Asia Pacific (Hyderabad)": "ap-south-2",
    "Asia Pacific (Melbourne)": "ap-southeast-4",
    "Asia Pacific (Osaka)": "ap-northeast-3",
    "Canada West (Calgary)": "ca-west-1",
    "Europe (Milan)": "eu-south-1",
    "Europe (Spain)": "eu-south-2",
    "Europe (Zurich)": "eu-central-2",
    "Israel (Tel Aviv)": "il-central-1",
    "Middle East (UAE)": "me-central-1",
}


def test_the_pack_holds_only_rules_that_aws_offers_where_the_stack_is() -> None:
    offered = managed_rules()
    for identifier, parameters in some(conformance.RULES.items()):
        rule = offered[identifier]
        missing = {code for name, code in CALLED.items() if name in rule["AWS Region"] and code in ZONES}
        assert set(conformance.NOT_IN.get(identifier, ())) == missing, identifier
        demanded = {one["Name"] for one in rule["Parameters"] if not one.get("Optional")}
        assert demanded == set(parameters), identifier


@pytest.mark.parametrize("region", ZONES)
def test_the_pack_is_a_template_that_config_takes(region: str) -> None:
    text = conformance.template(region)
    assert len(text.encode()) <= conformance.MAX_TEMPLATE
    resources = json.loads(text)["Resources"]
    assert len(resources) >= 30
    for name, one in resources.items():
        assert name.isalnum()
        assert one["Type"] == "AWS::Config::ConfigRule"
        assert one["Properties"]["Source"]["Owner"] == "AWS"
        assert region not in conformance.NOT_IN.get(one["Properties"]["Source"]["SourceIdentifier"], ())
