"""Faults in the settings of a whole stack (security, delivery, cost, account), told in one line each."""

from __future__ import annotations

import re

import pytest

from tests.configuration import parse_small_shop

_TERMS: dict[str, object] = {
    "name": "one",
    "offeringId": "12345678-1234-1234-1234-123456789012",
    "termYears": 1,
    "payment": "No Upfront",
    "upfrontUsd": 0,
}

PURCHASES: dict[str, dict[str, object]] = {
    "databases": _TERMS | {"count": 1, "instanceClass": "db.r7g.large", "engine": "aurora-mysql"},
    "caches": _TERMS | {"count": 1, "nodeType": "cache.r7g.large", "engine": "valkey"},
    "savingsPlans": _TERMS | {"type": "Compute", "hourlyUsd": 0.5, "totalUsd": 4380},
}


def purchase(kind: str, *, without: str = "", **changes: object) -> dict[str, object]:
    """Settings with one purchase of `PURCHASES`, changed or without one of its fields."""
    entry = {field: value for field, value in (PURCHASES[kind] | changes).items() if field != without}
    return {"cost": {"purchases": {kind: [entry]}}}


MONITOR = "arn:aws:ce::123456789012:anomalymonitor/12345678-1234-1234-1234-123456789012"

REBUILT: dict[str, object] = {"github": {"repository": "shop-example/shop"}, "services": [{"name": "cart"}]}

BAD: list[tuple[str, dict[str, object], str]] = [
    (
        "an armed response without an approver",
        {"security": {"response": {"armed": True}}},
        (
            "saleday:security.response: an armed response needs somebody who approves each of its steps (got armed "
            "true without approver); set approver to the ARN of an IAM role or user, or armed to false"
        ),
    ),
    (
        "an approver who is nobody in particular",
        {"security": {"response": {"armed": True, "approver": "arn:aws:iam::123456789012:root"}}},
        "saleday:security.response.approver: must be the ARN of an IAM role or user (got ",
    ),
    (
        "a people role without MFA",
        {"security": {"people": {"operator": {"mfa": False}}}},
        (
            "saleday:security.people.operator.mfa: a role for people asks for a second factor (got false); remove it "
            "or set it to true"
        ),
    ),
    (
        "a break-glass role without MFA",
        {"security": {"people": {"breakGlass": {"mfa": False}}}},
        "saleday:security.people.breakGlass.mfa: a role for people asks for a second factor (got false)",
    ),
    (
        "a session longer than IAM allows",
        {"security": {"people": {"developer": {"sessionHours": 13}}}},
        "saleday:security.people.developer.sessionHours: must be at most 12 (got 13); lower it",
    ),
    (
        "a token of anybody at a provider",
        {
            "security": {
                "people": {
                    "oidcProviders": [
                        {
                            "arn": "arn:aws:iam::123456789012:oidc-provider/id.shop.example",
                            "audience": "shop",
                            "subjects": ["*"],
                        }
                    ]
                }
            }
        },
        "saleday:security.people.oidcProviders[0].subjects[0]: must be a subject in full, without wildcards",
    ),
    (
        "a hub without a recorder",
        {"account": {"hub": "create"}},
        "saleday:account: Security Hub checks what AWS Config records (got hub create with recorder leave); set",
    ),
    (
        "a registry scanned by nobody",
        {"account": {"registryScanning": "create"}},
        "saleday:account: Inspector scans the registry (got registryScanning create with inspector leave)",
    ),
    ("neither made nor adopted nor left", {"account": {"detector": True}}, "saleday:account.detector: must be one of"),
    (
        "an adopted monitor without its ARN",
        {"account": {"costMonitor": "adopt"}},
        "saleday:account.costMonitor: AWS finds no monitor by its kind, so an adopted one is named (got adopt without",
    ),
    (
        "the ARN of a monitor that is not adopted",
        {"cost": {"anomalies": {"monitorArn": MONITOR}}},
        "saleday:cost.anomalies.monitorArn: it names a monitor that is there already (got account.costMonitor leave)",
    ),
    (
        "a monitor that tells nobody",
        {"account": {"costMonitor": "create"}, "cost": {"anomalies": None}},
        "saleday:account.costMonitor: a monitor is there for alerts (got create with cost.anomalies null)",
    ),
    (
        "a recorder switched off beside it",
        {"security": {"detection": {"recording": None}}},
        "saleday:security.detection.recording: must be one of 'continuous' or 'daily' (got nothing); to do without,",
    ),
    (
        "a hub switched off beside it",
        {"security": {"detection": {"standards": []}}},
        "(got a list of 0); to do without, set account.hub to leave",
    ),
    (
        "a detector switched off beside it",
        {"security": {"detection": {"guardDuty": False}}},
        "saleday:security.detection.guardDuty: no such setting (got guardDuty); set account.detector: create, adopt or",
    ),
    (
        "an account owned as a whole",
        {"observability": {"accountSettings": True}},
        "saleday:observability.accountSettings: no such setting (got accountSettings); set account, one setting",
    ),
    (
        "a provider made beside the account's settings",
        {"delivery": {"platform": {"repository": "shop-example/saleday", "provider": False}}},
        "saleday:delivery.platform.provider: no such setting (got provider); set account.githubProvider: create, adopt",
    ),
    (
        "a patch window in no time zone",
        {"security": {"patching": {"window": {"timeZone": "Asia/Bombay1"}}}},
        "saleday:security.patching.window.timeZone: timeZone must be an IANA name (got Asia/Bombay1)",
    ),
    ("a misspelt setting", {"netwrok": {}}, "saleday:netwrok: no such setting (got netwrok); did you mean network?"),
    (
        "the region in the wrong place",
        {"region": "eu-west-1"},
        "saleday:region: is not a setting (got eu-west-1); set aws:region",
    ),
    (
        "production switched off at night",
        {"production": True, "operatingHours": {}},
        "saleday:operatingHours: production is never switched off",
    ),
    (
        "hours that end before they start",
        {"operatingHours": {"start": "20:00", "stop": "08:00"}},
        "saleday:operatingHours: start must be before stop (got 20:00-08:00)",
    ),
    (
        "a time zone that is none",
        {"operatingHours": {"timeZone": "Mars/Olympus"}},
        "timeZone must be an IANA name (got Mars/Olympus)",
    ),
    ("no owner", {"owner": None}, "saleday:owner: is required (got nothing); add it"),
    ("text for a truth", {"production": "maybe"}, "saleday:production: must be true or false (got maybe)"),
    (
        "a rebuild on a day of the week by its number in crontab",
        {"delivery": REBUILT | {"rebuild": {"schedule": "cron(0 3 ? * MON,0 *)"}}},
        "schedule has 1 to 7 or SUN to SAT for its day of week (got 0)",
    ),
    (
        "a rebuild in no time zone",
        {"delivery": REBUILT | {"rebuild": {"timeZone": "Mars/Olympus"}}},
        "saleday:delivery.rebuild.timeZone: timeZone must be an IANA name (got Mars/Olympus)",
    ),
    (
        "a freeze beyond all calendars",
        {"delivery": {"freezes": [{"name": "ever", "start": "2027-01-01T00:00:00Z", "end": "9999-12-31T23:59:59Z"}]}},
        "saleday:delivery.freezes[ever].end: a time lies in the years 2025 to 2199 (got 9999-12-31T23:59:59+00:00)",
    ),
    *(
        (
            f"a purchase not named in full: {kind} without {field}",
            purchase(kind, without=field),
            f"{field}: is required",
        )
        for kind, entry in PURCHASES.items()
        for field in entry
        if field != "engine" and field != "name"
    ),
    (
        "a purchase without a name",
        purchase("caches", without="name"),
        "saleday:cost.purchases.caches[0].name: is required",
    ),
    (
        "a purchase whose upfront cost does not fit its payment",
        purchase("caches", upfrontUsd=5),
        "saleday:cost.purchases.caches[one]: upfrontUsd must be 0 with No Upfront and above 0 otherwise (got 5 with",
    ),
    (
        "a plan whose total is another",
        purchase("savingsPlans", totalUsd=4000),
        "saleday:cost.purchases.savingsPlans[one]: totalUsd must repeat what the plan binds to, 4380.00 (got 4000.00)",
    ),
    (
        "a plan paid otherwise than its payment says",
        purchase("savingsPlans", payment="All Upfront"),
        "upfrontUsd must be 4380.00 with All Upfront (got 0.00); correct it",
    ),
    ("a term that AWS lacks", purchase("databases", termYears=2), "termYears: must be one of 1 or 3 (got 2)"),
    (
        "an offering that is no id",
        purchase("databases", offeringId="cheapest"),
        "offeringId: must be the id of an offering (got cheapest)",
    ),
    (
        "a purchase twice",
        {"cost": {"purchases": {"caches": [PURCHASES["caches"], PURCHASES["caches"]]}}},
        "saleday:cost.purchases: caches must have distinct names (got one twice)",
    ),
    (
        "a monitor that is none",
        {"cost": {"anomalies": {"monitorArn": "arn:aws:ce::1:monitor/1"}}},
        "saleday:cost.anomalies.monitorArn: must be the ARN of a cost monitor",
    ),
    (
        "a budget action on nobody",
        {"cost": {"budget": {"monthlyUsd": 1, "action": {"roles": []}}}},
        "at least 1 entries",
    ),
    (
        "a repository that is not owner/name",
        {"delivery": {"github": {"repository": "shop"}}},
        "saleday:delivery.github.repository: a GitHub repository is owner/name (got shop)",
    ),
    (
        "a repository of the platform that is not owner/name",
        {"delivery": {"platform": {"repository": "https://github.com/shop-example/shop"}}},
        "saleday:delivery.platform.repository: a GitHub repository is owner/name (got https://github.com/",
    ),
    (
        "a freeze without a time zone",
        {"delivery": {"freezes": [{"name": "sale", "start": "2027-10-01T00:00:00", "end": "2027-10-02T00:00:00Z"}]}},
        "saleday:delivery.freezes[sale].start: must say its offset from UTC (got 2027-10-01T00:00:00)",
    ),
    (
        "a freeze twice",
        {
            "delivery": {
                "freezes": [{"name": "sale", "start": "2027-10-01T00:00:00Z", "end": "2027-10-02T00:00:00Z"}] * 2
            }
        },
        "saleday:delivery.freezes: name must be unique (got sale 2 times)",
    ),
    (
        "a pipeline of a service that does not exist",
        {"delivery": {"github": {"repository": "a/b"}, "services": [{"name": "crat"}]}},
        "saleday:delivery.services: no service has this name (got crat, known: cart, ui)",
    ),
    (
        "pipelines without a source",
        {"delivery": {"services": [{"name": "cart"}]}},
        "saleday:delivery: pipelines need one source, github or codeCommit (got neither)",
    ),
    (
        "production without approval",
        {"production": True, "network": {"zones": ["a", "b"]}, "delivery": {"approval": False}},
        "saleday:delivery.approval: production deploys only what someone has approved (got false)",
    ),
    (
        "a retention that CloudWatch lacks",
        {"observability": {"logRetentionDays": 8}},
        "saleday:observability.logRetentionDays: must be one of",
    ),
]


@pytest.mark.parametrize(("changes", "says"), [bad[1:] for bad in BAD], ids=[bad[0] for bad in BAD])
def test_bad_input_is_told_in_one_line(changes: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)) as caught:
        parse_small_shop(**changes)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(("saleday:", "aws:")), "the line starts with the setting"
    assert "(got " in message, "the value received is told"
