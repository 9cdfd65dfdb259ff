"""Settings of a stack's security: what is watched for, who answers, who may come in, how servers are patched."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from specs.base import AccountId, Days, Spec
from specs.clock import ClockTime, TimeZone
from specs.forms import AddressRange, Distinct, Form, not_everybody

PrincipalArn = Annotated[
    str,
    Field(max_length=2048),
    Form(
        "the ARN of an IAM role or user",
        "arn:aws:iam::123456789012:role/security",
        r"arn:aws:iam::[0-9]{12}:(?:role|user)/[A-Za-z0-9_+=,.@/-]+",
    ),
]

GuardDutyFeature = Literal[
    "S3_DATA_EVENTS",
    "EKS_AUDIT_LOGS",
    "EBS_MALWARE_PROTECTION",
    "RDS_LOGIN_EVENTS",
    "LAMBDA_NETWORK_LOGS",
    "RUNTIME_MONITORING",
]
Standard = Literal["foundational", "cis", "pciDss", "nist"]

MOST_SEVERE: Final = 9.0  # where critical findings begin: above it none would be answered
HIGH: Final = 7.0  # GuardDuty: 7.0 to 8.9 is high, 9.0 and more critical
MAX_ROLE_SESSION: Final = 12  # hours (IAM, MaxSessionDuration)


class Detection(Spec):
    """How intruders and weak settings are looked for, as far as the stack makes what looks: see `account`."""

    guard_duty_features: tuple[GuardDutyFeature, ...] = (
        "S3_DATA_EVENTS",
        "EKS_AUDIT_LOGS",
        "EBS_MALWARE_PROTECTION",
        "RDS_LOGIN_EVENTS",
        "LAMBDA_NETWORK_LOGS",
        "RUNTIME_MONITORING",
    )
    """What GuardDuty looks at beside CloudTrail, DNS and flow logs (`account.detector`); charged by the events that it
    reads. `RUNTIME_MONITORING` brings GuardDuty's agent into Fargate tasks, instances and EKS nodes."""
    standards: Annotated[tuple[Standard, ...], Field(min_length=1)] = ("foundational", "cis")
    """Standards that Security Hub checks the account against (`account.hub`), charged by the check."""
    recording: Literal["continuous", "daily"] = "continuous"
    """How often AWS Config records a changed resource (`account.recorder`): at each change or once a day; charged by
    the record."""
    recording_retention_days: Annotated[Days, Field(ge=90)] = 365
    """Days that Config's files are kept."""
    conformance_pack: bool = True
    """Whether Config judges the account by the shop's own set of rules, charged by the evaluation; it needs a recorder,
    made or adopted."""
    inspected: Annotated[tuple[Literal["ECR", "EC2", "LAMBDA"], ...], Field(min_length=1)] = ("ECR", "EC2", "LAMBDA")
    """What Inspector scans for known vulnerabilities (`account.inspector`), charged by the image, instance or
    function."""
    unused_access_days: Annotated[int, Field(ge=1, le=365)] = 90
    """Days after which Access Analyzer reports access that nobody used (`account.unusedAccess`)."""

    @model_validator(mode="after")
    def _names_each_once(self) -> Detection:
        for name, values in (
            ("guardDutyFeatures", self.guard_duty_features),
            ("standards", self.standards),
            ("inspected", self.inspected),
        ):
            if len(set(values)) != len(values):
                raise ValueError(f"{name} names each at most once (got {', '.join(values)}); remove the second one")
        return self


class Response(Spec):
    """What happens on a grave finding of GuardDuty: reported always, acted on only once somebody has armed it."""

    severity: Annotated[float, Field(ge=1, le=MOST_SEVERE)] = HIGH
    """Lowest severity of a finding that is answered (GuardDuty: 7 is high, 9 critical)."""
    armed: bool = False
    """Whether steps are taken. Default: a dry run, which says what would be done. An armed response needs an approver,
    and takes no step before that approver has approved it."""
    approver: PrincipalArn | None = None
    """ARN of the IAM role or user that may take on the approver's role."""
    approval_minutes: Annotated[int, Field(ge=5, le=1440)] = 60
    """Minutes that a finding waits for approval; then nothing is done, and that is reported."""
    never_blocked: Annotated[tuple[Annotated[AddressRange, AfterValidator(not_everybody)], ...], Distinct()] = ()
    """Addresses that are never blocked, such as an office's or a payment provider's."""

    @model_validator(mode="after")
    def _armed_means_approved(self) -> Response:
        if self.armed and self.approver is None:
            raise ValueError(
                "an armed response needs somebody who approves each of its steps (got armed true without approver); "
                "set approver to the ARN of an IAM role or user, or armed to false"
            )
        return self


Subject = Annotated[
    str, Field(max_length=2048), Form("a subject in full, without wildcards and spaces", "00u1a2b3c4", r"[!-)+->@-~]+")
]
SamlProviderArn = Annotated[
    str,
    Form(
        "the ARN of a SAML provider",
        "arn:aws:iam::123456789012:saml-provider/shop",
        r"arn:aws:iam::[0-9]{12}:saml-provider/[A-Za-z0-9_.-]+",
    ),
]


class OidcProvider(Spec):
    """An OpenID Connect provider of this account, and whose tokens of it are taken."""

    arn: Annotated[
        str,
        Form(
            "the ARN of an OpenID Connect provider",
            "arn:aws:iam::123456789012:oidc-provider/id.shop.example",
            r"arn:aws:iam::[0-9]{12}:oidc-provider/[A-Za-z0-9_.:/-]+",
        ),
    ]
    """ARN of the provider."""
    audience: Annotated[str, Field(max_length=255), Form("a client id without spaces", "sts.amazonaws.com", r"[!-~]+")]
    """The client id that a token must be made for (`aud`)."""
    subjects: Annotated[tuple[Subject, ...], Field(min_length=1), Distinct()]
    """Whom a token must be made for (`sub`), in full."""


class PeopleRole(Spec):
    """One role for people."""

    mfa: bool = True
    """A second factor is required; the setting is there to say so, and `false` is refused."""
    mfa_age_minutes: Annotated[int, Field(ge=5, le=720)] = 60
    """Minutes since the second factor was given, at most, when the role is taken on from an account of AWS."""
    session_hours: Annotated[int, Field(ge=1, le=MAX_ROLE_SESSION)] = 4
    """Hours after which a session ends (IAM: 1 to 12)."""

    @field_validator("mfa")
    @classmethod
    def _with_a_second_factor(cls, mfa: bool) -> bool:
        if not mfa:
            raise ValueError("a role for people asks for a second factor (got false); remove it or set it to true")
        return mfa


class BreakGlassRole(PeopleRole):
    """The role for the night when nothing else helps: it can do more, for a shorter time, and every use rings."""

    mfa: bool = True
    """A second factor is required; `false` is refused."""
    mfa_age_minutes: Annotated[int, Field(ge=5, le=60)] = 15
    """Minutes since the second factor was given, at most."""
    session_hours: Annotated[int, Field(ge=1, le=4)] = 1
    """Hours after which a session ends."""


class People(Spec):
    """Who may take on the stack's roles for people. There are no IAM users and no keys."""

    accounts: Annotated[tuple[AccountId, ...], Distinct()] = ()
    """Accounts whose IAM users may take the roles on, if their own account allows it and they come with a second
    factor: AWS sees one in sessions of IAM users alone, not in those of roles, IAM Identity Center's among them.
    Default, where no provider is named either: this stack's own account, with a warning."""
    saml_providers: Annotated[tuple[SamlProviderArn, ...], Distinct()] = ()
    """ARNs of SAML providers. The provider vouches for the second factor by the session tag `MFA` with the value
    `true`."""
    oidc_providers: Annotated[tuple[OidcProvider, ...], Distinct(lambda provider: provider.arn)] = ()
    """OpenID Connect providers, which vouch for the second factor in the same way."""
    developer: PeopleRole = PeopleRole(session_hours=8)
    """Reads logs, metrics, traces and states of the services; starts builds."""
    operator: PeopleRole = PeopleRole()
    """What a developer may, and operates the services: restarts, scales, empties queues, blocks addresses."""
    auditor: PeopleRole = PeopleRole(session_hours=8)
    """Reads settings, findings and trails; changes nothing."""
    break_glass: BreakGlassRole = BreakGlassRole()
    """What an operator may, and mends networks, keys, databases and roles by hand."""

    @property
    def named(self) -> bool:
        """Whether the settings say whose people may take the roles on."""
        return bool(self.accounts or self.saml_providers or self.oidc_providers)


class PatchWindow(Spec):
    """When servers are patched."""

    day: Literal["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"] = "TUE"
    """Day of the week."""
    start: ClockTime = "03:00"
    """Local time."""
    time_zone: TimeZone = "Asia/Kolkata"
    """IANA name."""
    hours: Annotated[int, Field(ge=2, le=24)] = 3
    """Hours that the window is open; in the last one nothing new is begun."""
    enabled: bool = True
    """`false` keeps servers as they are, for example around a sale."""


class Patching(Spec):
    """How instances that carry the tag `PatchGroup` get their patches. Containers are rebuilt instead."""

    window: PatchWindow = PatchWindow()
    """When patches are installed."""
    security_after_days: Annotated[int, Field(ge=0, le=360)] = 3
    """Days after its release that a critical or important security patch is approved."""
    others_after_days: Annotated[int, Field(ge=0, le=360)] = 14
    """Days after its release that a bug fix is approved."""


class Security(Spec):
    """Detection, response, people and patching."""

    detection: Detection = Detection()
    """GuardDuty, Security Hub, Config, Inspector, Access Analyzer."""
    response: Response = Response()
    """What happens on a grave finding."""
    people: People = People()
    """Roles for people."""
    patching: Patching = Patching()
    """Patches of instances."""
