"""AWS Backup over the data tier."""

from __future__ import annotations

import json
from typing import Any

from tests.components.data_tier import HOURS, Built, build, small
from tests.components.shared import DATA_KEY

PLAN = "backup/plan:Plan"


def rules(built: Built) -> dict[str, Any]:
    return {rule["ruleName"]: rule for rule in built.one(PLAN).inputs["rules"]}


def test_every_store_that_can_be_copied_is() -> None:
    assert set(small().one("backup/selection:Selection").inputs["resources"]) == {
        "arn:aws:rds:ap-south-1:123456789012:cluster:saleday-dev-catalog",
        "arn:aws:dynamodb:ap-south-1:123456789012:table/saleday-dev-carts",
        "arn:aws:s3:::saleday-dev-media-123456789012-ap-south-1",
    }, "caches and queues cannot be, logs need not be"


def test_copies_are_encrypted_and_production_keeps_them_from_deletion() -> None:
    vault = small(production=True).one("backup/vault:Vault").inputs
    assert vault["kmsKeyArn"] == DATA_KEY
    assert vault["forceDestroy"] is False
    policy = json.loads(small(production=True).one("backup/vaultPolicy:VaultPolicy").inputs["policy"])
    (statement,) = policy["Statement"]
    assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
    assert "backup:DeleteRecoveryPoint" in statement["Action"]


def test_nothing_about_backups_cannot_be_taken_back() -> None:
    for production in (True, False):
        assert small(production).of("backup/vaultLockConfiguration:VaultLockConfiguration") == []


def test_development_destroys_its_copies() -> None:
    assert small().one("backup/vault:Vault").inputs["forceDestroy"] is True
    assert small().of("backup/vaultPolicy:VaultPolicy") == []


def test_copies_are_made_daily_and_monthly_in_the_quiet_hour() -> None:
    found = rules(build({"backups": {"hour": 2, "dailyRetentionDays": 35, "monthlyRetentionDays": 365}}))
    assert found["daily"]["schedule"] == "cron(0 2 ? * * *)"
    assert found["daily"]["lifecycle"] == {"deleteAfter": 35}
    assert found["monthly"]["schedule"] == "cron(0 2 1 * ? *)"
    assert found["monthly"]["lifecycle"] == {"coldStorageAfter": 30, "deleteAfter": 365}
    assert {rule["scheduleExpressionTimezone"] for rule in found.values()} == {"Etc/UTC"}


def test_monthly_copies_go_to_cold_storage_only_if_they_stay_long_enough() -> None:
    short = rules(build({"backups": {"monthlyRetentionDays": 119}}))["monthly"]["lifecycle"]
    assert short == {"deleteAfter": 119}, "AWS Backup refuses to delete before 90 days in cold storage"
    long = rules(build({"backups": {"monthlyRetentionDays": 120}}))["monthly"]["lifecycle"]
    assert long == {"coldStorageAfter": 30, "deleteAfter": 120}


def test_monthly_copies_are_a_choice() -> None:
    assert set(rules(build({"backups": {"monthlyRetentionDays": None}}))) == {"daily"}


def test_a_stack_with_hours_is_copied_while_its_databases_run() -> None:
    found = rules(build(hours=HOURS))
    assert found["daily"]["schedule"] == "cron(30 9 ? * MON-FRI *)", "an hour after 08:30"
    assert found["monthly"]["schedule"] == "cron(30 9 1W * ? *)"
    assert {rule["scheduleExpressionTimezone"] for rule in found.values()} == {"Asia/Kolkata"}


def test_the_backup_role_has_the_policies_of_aws_backup_and_no_other() -> None:
    built = small()
    attached = {
        one.inputs["policyArn"]
        for one in built.of("iam/rolePolicyAttachment:RolePolicyAttachment")
        if one.inputs["role"] == "saleday-dev-backup"
    }
    assert attached == {
        "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup",
        "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForRestores",
        "arn:aws:iam::aws:policy/AWSBackupServiceRolePolicyForS3Backup",
        "arn:aws:iam::aws:policy/AWSBackupServiceRolePolicyForS3Restore",
    }
    assert not [one for one in built.of("iam/rolePolicy:RolePolicy") if one.inputs["role"] == "saleday-dev-backup"]
