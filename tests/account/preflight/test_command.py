"""`preflight`: its report, its exit codes, and what is refused in one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.parsers import ResponseParserError

from account.preflight import report
from account.preflight.credentials import NoCredentials, signed_in
from account.preflight.run import Finding
from account.preflight.verdict import (
    NotKnown,
    ReportLine,
    SettingChange,
    adopted,
    fails,
    free,
    holds,
    not_known,
    unanswered,
)
from account.preflight.write import written
from devtools.paths import EXAMPLE_STACKS
from saleday import preflight as command
from saleday.__main__ import main
from saleday.shared import UNMET
from settings.edit import NotThere
from settings.stack_file import BadInput, read
from tests.account.preflight.world import Stubbed, whole

GRANTED = SettingChange(path=("config", "saleday:quotas", "granted", "fargateVcpu"), value=500.0)


def findings(*lines: ReportLine, title: str = "names") -> list[Finding]:
    return [Finding(title=title, line=line) for line in lines]


FOUND = findings(
    free("IAM roles", 73),
    holds("1 queues are the stack's own"),
    free("tables", 2),
    free("IAM roles", 1),
    not_known("whether something is free: iam:ListPolicies is not allowed (AccessDenied)", "allow it"),
    fails("carts: there are such tables already, and they are not this stack's " * 2, "delete them"),
    adopted("one alarm"),
)


def test_the_report_tells_what_fails_first_and_folds_what_holds() -> None:
    text = report.text("prod", "123456789012", "ap-south-1", FOUND)
    assert max(map(len, text.splitlines())) <= report.WIDTH
    places = [text.index(f"\n{outcome}\n") for outcome in ("will fail", "not known", "will be adopted", "holds")]
    assert places == sorted(places)
    assert "1 will fail, 1 not known, 1 will be adopted, 4 hold" in " ".join(text.split())
    assert "76 names are free: IAM roles 74, tables 2" in " ".join(text.split())
    assert "→ delete them" in text


def test_what_is_not_known_for_one_reason_is_one_line() -> None:
    denied = [NotKnown("is not allowed", code, call) for call, code in (("b:List", "403"), ("a:List", "AccessDenied"))]
    unknown = findings(unanswered(denied[0], "roles", 3), unanswered(denied[1], "keys", 2), not_known("more"))
    told = report.text("prod", "123456789012", "ap-south-1", [*unknown, *findings(unanswered(denied[0]), title="else")])
    assert told.split("not known\n")[1].splitlines() == [
        "  names: 5 things: a:List, b:List is not allowed (403, AccessDenied)",
        "  names: more",
        "  else: b:List is not allowed (403)",
    ]
    lines = json.loads(report.as_json("prod", "123456789012", "ap-south-1", unknown))["lines"]
    assert [line.get("unknown") for line in lines] == [3, 2, None]


def test_machines_get_every_line() -> None:
    told = json.loads(report.as_json("prod", "123456789012", "ap-south-1", FOUND))
    assert told["counts"] == {"will fail": 1, "not known": 1, "will be adopted": 1, "holds": 4}
    assert told["lines"][0] == {"about": "names", "outcome": "holds", "text": "IAM roles", "free": 73}


def test_line_ends_stay_and_what_cannot_be_written_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "Pulumi.prod.yaml"
    file.write_bytes(SETTINGS.replace("\n", "\r\n").encode())
    link = tmp_path / "link.yaml"
    link.symlink_to(file)
    list(written(link, findings(holds("500 vCPU", GRANTED)), write=True))
    assert link.is_symlink()
    assert file.read_bytes().decode() == SETTINGS.replace("50}", "50, fargateVcpu: 500}").replace("\n", "\r\n")

    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "write_text", refused)
    other = SettingChange(path=GRANTED.path, value=600.0)
    with pytest.raises(BadInput, match=r"WRITE: Pulumi.prod.yaml has to be writable \(got Permission denied\); "):
        list(written(file, findings(holds("600 vCPU", other)), write=True))


SETTINGS = """\
config:
  saleday:owner: me  # who answers
  saleday:quotas:
    granted: {lambdaConcurrency: 50}  # asked for in May
"""


def test_what_the_account_says_is_shown_and_written_only_on_demand(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.prod.yaml"
    file.write_text(SETTINGS)
    found = findings(holds("500 vCPU", GRANTED))
    shown = "\n".join(written(file, found, write=False))
    assert "+    granted: {lambdaConcurrency: 50, fargateVcpu: 500}  # asked for in May" in shown
    assert "WRITE=1 writes this into Pulumi.prod.yaml" in shown
    assert file.read_text() == SETTINGS
    assert "written to Pulumi.prod.yaml" in list(written(file, found, write=True))
    assert file.read_text() == SETTINGS.replace("50}", "50, fargateVcpu: 500}")
    assert list(written(file, found, write=True)) == [], "a second time changes nothing"


def test_what_the_file_has_no_place_for_is_told(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.prod.yaml"
    file.write_text("config: []\n")
    with pytest.raises(NotThere):
        list(written(file, findings(holds("500 vCPU", GRANTED)), write=True))


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_what_is_written_into_a_stacks_own_file_is_read_back(stack: str, tmp_path: Path) -> None:
    for name in ("Pulumi.yaml", f"Pulumi.{stack}.yaml"):
        (tmp_path / name).write_text((EXAMPLE_STACKS / name).read_text())
    file = tmp_path / f"Pulumi.{stack}.yaml"
    before = file.read_text().splitlines()
    others = SettingChange(path=("config", "saleday:quotas", "granted", "lambdaConcurrency"), value=1000.0)
    detector = SettingChange(path=("config", "saleday:account", "detector"), value="adopt")
    list(written(file, findings(holds("x", GRANTED), holds("y", others), fails("z", "", detector)), write=True))
    shop = read(stack, tmp_path)
    assert shop.quotas.granted == {"fargateVcpu": 500, "lambdaConcurrency": 1000}
    assert shop.account.detector == "adopt"
    after = file.read_text().splitlines()
    assert [line for line in before if "#" in line and "detector" not in line] == [
        line for line in after if "#" in line and "detector" not in line
    ]


def test_nothing_to_write_says_nothing(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.prod.yaml"
    file.write_text(SETTINGS)
    assert list(written(file, FOUND, write=True)) == []


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """An account that denies everything, and a stack that was recorded before."""
    subject = whole("prod")
    monkeypatch.setattr(command, "signed_in", lambda values: (Stubbed({}).account()._session, "123456789012"))
    monkeypatch.setattr(command, "run", lambda stack, **_: subject.program)
    monkeypatch.setattr(command.PublicDns, "ask", lambda *_: ())
    monkeypatch.setattr(command.PublicRegistry, "has", lambda *_: True)


@pytest.mark.usefixtures("offline")
def test_what_is_not_known_fails_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["preflight", "--stack", "prod"]) == 0
    told = capsys.readouterr()
    assert "prod in account 123456789012, ap-south-1: 0 will fail" in told.out
    assert "not allowed (AccessDeniedException)" in told.out
    assert told.err.startswith("preflight: what prod would make in account 123456789012, ap-south-1")


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize("arguments", [[], ["--policy", "1"]])
def test_zones_are_judged_by_the_account_alone(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    zones = []
    subject = whole("prod")
    monkeypatch.setattr(command, "run", lambda stack, **given: zones.append(given["zones"]) or subject.program)
    main(["preflight", "--stack", "prod", *arguments])
    assert zones == [{name: name for name in subject.shop.zone_names}]


@pytest.mark.usefixtures("offline")
def test_what_will_fail_has_an_exit_code_of_its_own(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command.PublicRegistry, "has", lambda *_: False)
    assert main(["preflight", "--stack", "prod", "--format", "json"]) == UNMET
    assert json.loads(capsys.readouterr().out)["counts"]["will fail"] > 0


@pytest.mark.usefixtures("offline")
def test_the_policy_is_printed_without_asking(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "signed_in", lambda values: pytest.fail("asked"))
    assert main(["preflight", "--stack", "prod", "--policy", "1"]) == 0
    assert "ec2:DescribeRegions" in json.loads(capsys.readouterr().out)["Statement"][0]["Action"]


def test_an_unknown_stack_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["preflight", "--stack", "prd"]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("STACK: there is no Pulumi.prd.yaml (got prd); use one of ")


def test_no_stack_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["preflight"]) == 1
    assert capsys.readouterr().err.startswith("STACK: has to name a stack (got nothing); use one of dev, ")


def test_an_unknown_format_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["preflight", "--stack", "prod", "--format", "xml"]) == 1
    assert capsys.readouterr().err == "FORMAT: has to be text or json (got xml); leave it out for text\n"


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (ClientError({"Error": {"Code": "ExpiredToken", "Message": "is\nexpired"}}, "X"), "AWS refuses these"),
        (EndpointConnectionError(endpoint_url="https://sts"), "AWS has no answer (Could not connect"),
        (ResponseParserError("not XML:\nb''"), "AWS has no answer (not XML: b'')"),
        (ValueError("Invalid endpoint: x"), "AWS has no answer (Invalid endpoint: x); see to"),
    ],
)
def test_whoever_cannot_sign_in_gets_one_line(error: Exception, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("boto3.Session.client", refused)
    with pytest.raises(NoCredentials) as caught:
        signed_in({"aws:region": "ap-south-1"})
    assert str(caught.value).startswith(says)
    assert "\n" not in str(caught.value)


def test_no_credentials_are_one_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    assert main(["preflight", "--stack", "prod"]) == 1
    told = capsys.readouterr()
    assert told.err == (
        "no AWS credentials (Unable to locate credentials); sign in, or set AWS_PROFILE or aws:profile\n"
    )


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"aws:profile": "nobody"}, "no AWS credentials (The config profile (nobody) could not be found)"),
        ({"aws:accessKey": {"secure": "x"}}, "aws:accessKey: is not read here (got a value); put these"),
        ({"aws:allowedAccountIds": ["210987654321"]}, "are in none of these accounts (got 123456789012)"),
        ({"aws:forbiddenAccountIds": '["123456789012"]'}, "must not touch (got 123456789012)"),
    ],
)
def test_credentials_that_are_not_the_stacks_are_one_line(
    values: dict[str, Any], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from moto import mock_aws

    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    with mock_aws(), pytest.raises(NoCredentials) as caught:
        signed_in({"aws:region": "ap-south-1", **values})
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_stacks_roles_are_taken_on() -> None:
    from moto import mock_aws

    role = {"roleArn": "arn:aws:iam::210987654321:role/deploy", "externalId": "shop"}
    with mock_aws():
        values = {"aws:region": "ap-south-1", "aws:assumeRoles": [role], "aws:allowedAccountIds": ["210987654321"]}
        assert signed_in(values)[1] == "210987654321"
