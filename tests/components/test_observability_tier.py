"""The observability tier: what it must build and, as important, what it must not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.monitoring.values import MAX_RULE
from devtools.recording.recorded import Resource
from tests.components.observability_tier import ACCESS_LOGS, EDGE_TOPIC, TOPIC, Built, build, plain
from tests.components.shared import LOGS_KEY, statements
from tests.some import some

ALARM = "cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE = "cloudwatch/compositeAlarm:CompositeAlarm"
BUCKET_POLICY = "s3/bucketPolicy:BucketPolicy"
TRAIL = "cloudtrail/trail:Trail"
TRAIL_ARN = "arn:aws:cloudtrail:ap-south-1:123456789012:trail/saleday-dev-trail"
BUCKET_ARN = "arn:aws:s3:::saleday-dev-trail-123456789012-ap-south-1"


def _named(resources: list[Resource], name: str) -> Resource:
    [found] = [one for one in resources if (one.inputs.get("name") or one.inputs.get("alarmName")) == name]
    return found


def _selectors(built: Built) -> dict[str, dict[str, dict[str, Any]]]:
    return {
        selector["name"]: {field["field"]: field for field in selector["fieldSelectors"]}
        for selector in built.one(TRAIL).inputs["advancedEventSelectors"]
    }


def test_the_trail_records_all_regions_validated_and_encrypted() -> None:
    trail = plain().one(TRAIL).inputs
    assert trail["isMultiRegionTrail"] is True
    assert trail["includeGlobalServiceEvents"] is True
    assert trail["enableLogFileValidation"] is True
    assert trail["kmsKeyId"] == LOGS_KEY
    assert trail["name"] == "saleday-dev-trail", "the key's policy admits a trail of this name only"
    assert trail.get("enableLogging", True) is True


def test_the_trails_bucket_is_locked_without_being_locked_for_ever() -> None:
    bucket = plain().one("s3/bucket:Bucket").inputs
    assert bucket["objectLockEnabled"] is True, "it cannot be had later without AWS's help"
    retention = plain().one("s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration").inputs["rule"]
    assert retention["defaultRetention"] == {"mode": "GOVERNANCE", "days": 365}, "compliance mode cannot be undone"


@pytest.mark.parametrize(("days", "moves"), [(365, True), (180, True), (90, False)])
def test_files_stay_as_long_as_their_lock_and_not_much_longer(days: int, moves: bool) -> None:
    built = build(trail_retention_days=days)
    [rule] = built.one("s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration").inputs["rules"]
    lock = built.one("s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration").inputs["rule"]
    assert lock["defaultRetention"]["days"] == days
    assert rule["expiration"]["days"] == days + 1, "nothing can be removed before its lock is over"
    assert bool(rule.get("transitions")) == moves, "colder storage is paid for ninety days at least"


def test_production_never_throws_the_trail_away() -> None:
    assert not plain(production=True).one("s3/bucket:Bucket").inputs["forceDestroy"]
    assert plain().one("s3/bucket:Bucket").inputs["forceDestroy"], "other stacks go without hand work"


def test_the_trails_bucket_is_shut_to_the_public_and_logged() -> None:
    built = plain()
    block = built.one("s3/bucketPublicAccessBlock:BucketPublicAccessBlock").inputs
    assert all(
        block[setting] is True
        for setting in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    )
    ownership = built.one("s3/bucketOwnershipControls:BucketOwnershipControls").inputs["rule"]
    assert ownership == {"objectOwnership": "BucketOwnerEnforced"}
    assert built.one("s3/bucketVersioning:BucketVersioning").inputs["versioningConfiguration"] == {"status": "Enabled"}
    assert built.one("s3/bucketLogging:BucketLogging").inputs["targetBucket"] == ACCESS_LOGS
    encryption = "s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    [rule] = built.one(encryption).inputs["rules"]
    assert rule["bucketKeyEnabled"] is True
    assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": LOGS_KEY}


def test_only_this_trail_may_write_to_the_bucket_and_only_over_tls() -> None:
    found = statements(plain().one(BUCKET_POLICY).inputs["policy"])
    allowed = {sid: one for sid, one in found.items() if one["Effect"] == "Allow"}
    assert allowed.keys() == {"CloudTrailChecksOwner", "CloudTrailWrites"}
    for statement in allowed.values():
        assert statement["Principal"] == {"Service": "cloudtrail.amazonaws.com"}
        assert statement["Condition"]["StringEquals"]["aws:SourceArn"] == TRAIL_ARN
    assert allowed["CloudTrailWrites"]["Action"] == ["s3:PutObject"]
    assert allowed["CloudTrailWrites"]["Resource"] == [f"{BUCKET_ARN}/AWSLogs/123456789012/*"]
    assert found["DenyPlainHttp"]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_an_organisations_trail_writes_below_the_organisation_too() -> None:
    organisation = "o-exampleorgid"
    built = build(organization_id=organisation)
    assert built.one(TRAIL).inputs["isOrganizationTrail"] is True
    assert "isOrganizationTrail" not in plain().one(TRAIL).inputs, "an account that manages none would be refused"
    policy = json.loads(built.one(BUCKET_POLICY).inputs["policy"])
    (write,) = [one for one in policy["Statement"] if one["Sid"] == "CloudTrailWrites"]
    assert write["Resource"] == [f"{BUCKET_ARN}/AWSLogs/{owner}/*" for owner in ("123456789012", organisation)]
    document = json.loads(built.one("iam/rolePolicy:RolePolicy").inputs["policy"])
    streams = [arn.rsplit("log-stream:", 1)[1] for arn in document["Statement"][0]["Resource"]]
    assert streams == ["123456789012_CloudTrail_ap-south-1*", "o-exampleorgid_*"]


def test_the_role_of_the_trail_can_only_write_its_own_streams() -> None:
    built = plain()
    [policy] = built.of("iam/rolePolicy:RolePolicy")
    [statement] = statements(policy.inputs["policy"]).values()
    assert statement["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
    [resource] = statement["Resource"]
    assert resource == (
        "arn:aws:logs:ap-south-1:123456789012:log-group:/saleday/dev/trail:"
        "log-stream:123456789012_CloudTrail_ap-south-1*"
    )
    [trust] = statements(built.one("iam/role:Role").inputs["assumeRolePolicy"]).values()
    assert trust["Principal"] == {"Service": "cloudtrail.amazonaws.com"}
    assert "StringEquals" not in trust["Condition"], "CloudTrail names no source here: a plain condition would stop it"


def test_the_trails_log_group_is_kept_encrypted_and_not_for_ever() -> None:
    group = build(log_retention_days=30).one("cloudwatch/logGroup:LogGroup").inputs
    assert group["retentionInDays"] == 30
    assert group["kmsKeyId"] == LOGS_KEY
    trail = plain().one(TRAIL).inputs
    assert trail["cloudWatchLogsGroupArn"].endswith(":log-group:/saleday/dev/trail:*"), "CloudTrail asks for the star"


def test_data_events_are_recorded_as_far_as_the_settings_ask() -> None:
    assert _selectors(build(trail_media_writes=False)).keys() == {"Management events"}
    assert _selectors(plain()).keys() == {"Management events", "Writes to media"}, (
        "writes to tables cost by the million"
    )
    everything = _selectors(build(trail_table_writes=True))
    assert everything.keys() == {"Management events", "Writes to media", "Writes to tables"}
    for name in ("Writes to media", "Writes to tables"):
        assert everything[name]["readOnly"]["equals"] == ["false"], "every cache miss is a read"
    [media] = everything["Writes to media"]["resources.ARN"]["startsWiths"]
    assert media.endswith("/"), "another bucket's name may begin like this one's"
    [table] = everything["Writes to tables"]["resources.ARN"]["equals"]
    assert table == "arn:aws:dynamodb:ap-south-1:123456789012:table/saleday-prod-carts"


def test_insights_are_looked_for_unless_switched_off() -> None:
    kinds = {one["insightType"] for one in plain().one(TRAIL).inputs["insightSelectors"]}
    assert kinds == {"ApiCallRateInsight", "ApiErrorRateInsight"}
    assert not build(trail_insights=False).one(TRAIL).inputs.get("insightSelectors")


def test_every_metric_alarm_tells_the_topic_of_its_region() -> None:
    for alarm in some(plain(production=True).of(ALARM)):
        at_edge = "us-east-1" in alarm.provider
        if alarm.inputs["name"].endswith("-window") or alarm.inputs["name"].startswith("saleday-prod-service-"):
            assert not alarm.inputs.get("alarmActions"), (
                "one window alone calls nobody, and a service calls by its joint"
            )
        elif not alarm.inputs["name"].startswith("saleday-prod-queue-orders-"):  # worked off by a service
            assert alarm.inputs["alarmActions"] == [EDGE_TOPIC if at_edge else TOPIC], alarm.name
        assert alarm.inputs.get("actionsEnabled", True) is True, alarm.name


def test_what_cloudfront_publishes_is_watched_in_us_east_1() -> None:
    at_edge = {alarm.inputs["name"] for alarm in plain().of(ALARM) if "us-east-1" in alarm.provider}
    assert at_edge == {"saleday-dev-edge-errors", "saleday-dev-edge-blocked"}
    [edge] = [one for one in plain().of(COMPOSITE) if "us-east-1" in one.provider]
    assert edge.inputs["alarmRule"] == 'ALARM("saleday-dev-edge-errors") OR ALARM("saleday-dev-edge-blocked")'
    assert edge.inputs["alarmActions"] == [EDGE_TOPIC]


def test_composites_tell_when_trouble_begins_and_ends() -> None:
    for composite in some(plain().of(COMPOSITE)):
        joins_windows = "-burn-" in composite.inputs["alarmName"]
        for actions in ("alarmActions", "okActions"):
            assert bool(composite.inputs.get(actions)) != joins_windows, "a service's joint tells for its burn rates"
        assert len(composite.inputs["alarmRule"]) <= MAX_RULE


def test_rules_name_alarms_that_this_tier_makes() -> None:
    made = plain()
    names = {one.inputs.get("name") or one.inputs["alarmName"] for one in (*made.of(ALARM), *made.of(COMPOSITE))}
    for composite in made.of(COMPOSITE):
        rule = composite.inputs["alarmRule"]
        mentioned = {part.split('"')[1] for part in rule.replace(" AND ", " OR ").split(" OR ")}
        assert mentioned <= names, composite.name
    assert set(made.outputs["alarm_names"]) == names


def test_a_service_in_trouble_is_explained_by_the_shop_in_trouble() -> None:
    trouble = _named(plain().of(COMPOSITE), "saleday-dev-service-ui-trouble").inputs["actionsSuppressor"]
    assert trouble["alarm"] == "saleday-dev-shop-errors"
    assert trouble["waitPeriod"] > 0
    assert not _named(plain().of(COMPOSITE), "saleday-dev-shop").inputs.get("actionsSuppressor")


def test_an_alarm_is_on_one_metric_or_on_an_expression_with_one_result() -> None:
    for alarm in some(plain(production=True).of(ALARM)):
        queries = alarm.inputs.get("metricQueries")
        if not queries:
            assert alarm.inputs["metricName"], alarm.name
            assert alarm.inputs["statistic"] in {"Average", "Maximum", "Minimum", "Sum"}, alarm.name
            continue
        assert not alarm.inputs.keys() & {"metricName", "namespace", "dimensions", "period", "statistic"}, alarm.name
        results = [query for query in queries if query["returnData"]]
        assert len(results) == 1, "CloudWatch takes exactly one"
        assert "expression" in results[0]
        assert "metric" not in results[0]


def test_dimensions_that_are_known_late_are_filled_in() -> None:
    latency = _named(plain().of(ALARM), "saleday-dev-service-ui-latency").inputs
    dimensions = [query["metric"]["dimensions"] for query in latency["metricQueries"] if "metric" in query]
    assert dimensions == [{"LoadBalancer": "app/saleday/1", "TargetGroup": "targetgroup/ui/1"}] * 2


def test_audit_alarms_have_their_metric_filters() -> None:
    for production, count in ((False, 7), (True, 15)):
        made = plain(production)
        filters = made.of("cloudwatch/logMetricFilter:LogMetricFilter")
        assert len(filters) == count
        published = {
            (one.inputs["metricTransformation"]["namespace"], one.inputs["metricTransformation"]["name"])
            for one in filters
        }
        audits = [one for one in made.of(ALARM) if "-audit-" in one.inputs["name"]]
        assert {(one.inputs["namespace"], one.inputs["metricName"]) for one in audits} == published
        assert len(audits) == count
        assert {one.inputs["logGroupName"] for one in filters} == {f"/saleday/{'prod' if production else 'dev'}/trail"}


def test_traces_are_kept_under_the_stacks_key() -> None:
    [encryption] = build(account={"traceEncryption": "create"}).of("xray/encryptionConfig:EncryptionConfig")
    assert encryption.inputs == {"type": "KMS", "keyId": LOGS_KEY}


def test_a_stack_leaves_the_accounts_encryption_of_traces_alone_unless_it_is_told() -> None:
    assert not plain().of("xray/encryptionConfig:EncryptionConfig")


def test_health_checks_are_never_traced_and_the_rest_by_the_settings() -> None:
    rules = {
        one.inputs["ruleName"]: one.inputs
        for one in build(trace_fixed_rate=0.2, trace_reservoir=7).of("xray/samplingRule:SamplingRule")
    }
    assert rules.keys() == {"saleday-dev-health", "saleday-dev-checkout", "saleday-dev-default"}
    assert (rules["saleday-dev-health"]["fixedRate"], rules["saleday-dev-health"]["reservoirSize"]) == (0, 0)
    assert (rules["saleday-dev-default"]["fixedRate"], rules["saleday-dev-default"]["reservoirSize"]) == (0.2, 7)
    assert rules["saleday-dev-checkout"]["fixedRate"] > rules["saleday-dev-default"]["fixedRate"]
    order = sorted(rules.values(), key=lambda rule: rule["priority"])
    assert [rule["ruleName"].rpartition("-")[2] for rule in order] == ["health", "checkout", "default"]
    assert {rule["serviceName"] for rule in rules.values()} == {"saleday-dev-*"}, "other stacks have rules of their own"
    assert all(len(name) <= 32 for name in rules), "X-Ray's limit"


def test_traces_are_grouped_by_service_and_by_the_way_in() -> None:
    groups = {one.inputs["groupName"]: one.inputs for one in plain().of("xray/group:Group")}
    assert groups["saleday-dev"]["filterExpression"] == 'service("saleday-prod-ui")', "customers come in by ui"
    assert groups["saleday-dev-orders"]["filterExpression"] == 'service("saleday-prod-orders")'
    assert not groups["saleday-dev"]["insightsConfiguration"]["insightsEnabled"], "X-Ray Insights costs by the trace"
    production = plain(production=True).of("xray/group:Group")
    assert all(one.inputs["insightsConfiguration"]["insightsEnabled"] for one in production)


def test_there_is_a_dashboard_of_the_shop_and_one_of_each_service() -> None:
    made = plain().of("cloudwatch/dashboard:Dashboard")
    assert {one.inputs["dashboardName"] for one in made} == {"saleday-dev", "saleday-dev-ui", "saleday-dev-orders"}
    assert set(plain().outputs["dashboard_names"]) == {one.inputs["dashboardName"] for one in made}
    for one in made:
        assert json.loads(one.inputs["dashboardBody"])["widgets"]
    [ui] = [one for one in made if one.inputs["dashboardName"] == "saleday-dev-ui"]
    assert "targetgroup/ui/1" in ui.inputs["dashboardBody"], "what is known late is filled in"


def test_dashboards_show_alarms_that_exist() -> None:
    made = plain()
    names = set(made.outputs["alarm_names"])
    for one in some(made.of("cloudwatch/dashboard:Dashboard")):
        for widget in json.loads(one.inputs["dashboardBody"])["widgets"]:
            for arn in widget["properties"].get("alarms", []):
                assert arn.split(":alarm:")[1] in names
                assert ("us-east-1" in arn) == (arn.endswith(("-edge", "-edge-errors", "-edge-blocked")))


def test_saved_queries_read_log_groups_of_this_stack() -> None:
    queries = {one.inputs["name"]: one.inputs for one in plain().of("cloudwatch/queryDefinition:QueryDefinition")}
    assert queries["saleday-dev/services/latest errors"]["logGroupNames"] == [
        "/saleday/prod/ui",
        "/saleday/prod/orders",
    ]
    assert queries["saleday-dev/audit/denied calls"]["logGroupNames"] == ["/saleday/dev/trail"]
    assert any(name.startswith("saleday-dev/databases/") for name in queries)
    for name in queries:
        assert not {":", "*"} & set(name), "CloudWatch Logs refuses them"


def test_a_shop_without_databases_has_no_queries_on_them() -> None:
    from tests.components.observability_parts import stores

    queries = build(kept=stores(databases={})).of("cloudwatch/queryDefinition:QueryDefinition")
    assert not [one for one in queries if "databases" in one.inputs["name"]]


def test_the_tier_says_which_trail_it_keeps() -> None:
    assert plain().outputs["trail_arn"].endswith(":trail/saleday-dev-trail")
