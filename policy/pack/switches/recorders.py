"""Switches of what records and watches."""

from __future__ import annotations

from .switch import Switch

_OFF = ("false",)

RECORDERS = (
    Switch(
        token="aws:cfg/recorderStatus:RecorderStatus",
        path="isEnabled",
        absent="false",
        says="is disabled",
        source="FSBP Config.1",
    ),
    Switch(
        token="aws:cfg/recorder:Recorder",
        path="recordingGroup.allSupported",
        absent="true",
        says="leaves types of resources out",
        source="FSBP Config.1, CKV2_AWS_48",
        unless=("recordingGroup.exclusionByResourceTypes",),
    ),
    *(
        Switch(
            token="aws:guardduty/detectorFeature:DetectorFeature",
            path=path,
            right=("enabled",),
            says="is disabled",
            source="FSBP GuardDuty.5 to GuardDuty.11",
        )
        for path in ("status", "additionalConfigurations.status")
    ),
    Switch(
        token="aws:guardduty/organizationConfiguration:OrganizationConfiguration",
        path="autoEnableOrganizationMembers",
        wrong=("none",),
        says="leaves the organisation's accounts unwatched",
        source="CKV2_AWS_3",
    ),
    Switch(
        token="aws:macie2/account:Account",
        path="status",
        right=("enabled",),
        absent="enabled",
        says="is paused",
        source="FSBP Macie.1",
    ),
    Switch(
        token="aws:securityhub/account:Account",
        path="autoEnableControls",
        absent="true",
        says="leaves new controls off",
        source="provider",
    ),
    Switch(
        token="aws:cloudtrail/eventDataStore:EventDataStore",
        path="multiRegionEnabled",
        absent="true",
        says="records one region",
        source="provider",
    ),
    Switch(
        token="aws:cloudtrail/eventDataStore:EventDataStore",
        path="suspend",
        wrong=("true",),
        says="is disabled",
        source="provider",
    ),
    Switch(
        token="aws:sfn/stateMachine:StateMachine",
        path="loggingConfiguration.level",
        wrong=("off",),
        says="keeps no log",
        source="FSBP StepFunctions.1",
    ),
    *(
        Switch(
            token=token,
            path=f"{path}.cloudwatchMetricsEnabled",
            wrong=_OFF,
            says="doesn't count what its rules do",
            source="FSBP WAF.12",
        )
        for token in ("aws:wafv2/webAcl:WebAcl", "aws:wafv2/ruleGroup:RuleGroup")
        for path in ("visibilityConfig", "rules.visibilityConfig")
    ),
)
