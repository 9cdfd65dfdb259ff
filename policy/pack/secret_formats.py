"""Secrets that are known by their look, whatever they are called.

The prefixes and lengths are those that each vendor documents for its tokens, as secret scanners list them (GitHub's
supported patterns, the rules of gitleaks). Identifiers that a vendor calls public (`pk_live_`, an account's SID) are
not among them.
"""

from __future__ import annotations

import re
from itertools import pairwise

_WORD = r"(?<![A-Za-z0-9_])"

_TOKENS: dict[str, str] = {
    "AWS access key": r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b",
    "AWS session token": r"(?:IQoJb3JpZ2lu|FwoGZXIvYXdz)[A-Za-z0-9+/=]{40,}",
    "Amazon Bedrock": r"ABSK[A-Za-z0-9+/]{40,}|bedrock-api-key-[A-Za-z0-9+/=-]{20,}",
    "GitHub": r"gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{20,}",
    "GitLab": r"gl(?:pat|dt|rt|cbt|ptt|ft|soat|agent|oas|imt|ffct|wt)-[A-Za-z0-9_.=-]{16,}|GR1348941[A-Za-z0-9_-]{20}",
    "Bitbucket, Atlassian": r"ATBB[A-Za-z0-9]{28,}|AT[AC]TT3[A-Za-z0-9_=-]{40,}",
    "Slack": r"xox[abeoprs][-.][A-Za-z0-9-]{10,}|xapp-\d-[A-Za-z0-9-]{10,}",
    "Stripe": r"(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9+/=]{24,}",
    "Shopify": r"shp(?:at|ss|ca|pa)_[a-fA-F0-9]{32}",
    "Square": r"sq0(?:atp|csp)-[A-Za-z0-9_-]{22,}|EAAA[A-Za-z0-9_-]{56,}",
    "PayPal, Braintree": r"access_token\$(?:production|sandbox)\$[a-z0-9]{16}\$[a-f0-9]{32}",
    "Flutterwave, Razorpay, Paystack": r"FLWSECK(?:_TEST)?-[A-Za-z0-9-]{12,}",
    "Twilio": r"SK[0-9a-fA-F]{32}\b",
    "SendGrid": r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",
    "Mailgun": r"key-[0-9a-zA-Z]{32}\b|[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8}\b",
    "Mailchimp": r"[0-9a-f]{32}-us\d{1,2}\b",
    "Brevo": r"x(?:keysib|smtpsib)-[a-f0-9]{64}-[A-Za-z0-9]{16}",
    "Resend": r"re_[A-Za-z0-9]{8}_[A-Za-z0-9]{20,}",
    "npm": r"npm_[A-Za-z0-9]{36}\b",
    "PyPI": r"pypi-AgE[A-Za-z0-9_-]{40,}",
    "RubyGems": r"rubygems_[a-f0-9]{48}",
    "crates.io": r"cio[A-Za-z0-9]{32}\b",
    "NuGet": r"oy2[a-z0-9]{43}\b",
    "Docker Hub": r"dckr_[po]at_[A-Za-z0-9_-]{24,}",
    "JFrog": r"AKCp[A-Za-z0-9]{60,}|cmVmdGtu[A-Za-z0-9]{50,}",
    "Anthropic, OpenAI": r"sk-(?:ant-|proj-|svcacct-|admin-|None-|lf-|or-v1-)[A-Za-z0-9_-]{20,}|sk-[A-Za-z0-9]{32,}\b",
    "Hugging Face": r"hf_[A-Za-z0-9]{30,}|api_org_[A-Za-z0-9]{30,}",
    "other models": r"gsk_[A-Za-z0-9]{40,}|xai-[A-Za-z0-9]{60,}|r8_[A-Za-z0-9]{36,}|pplx-[A-Za-z0-9]{40,}"
    r"|pcsk_[A-Za-z0-9_]{40,}|lsv2_(?:pt|sk)_[a-f0-9]{32}_[a-f0-9]{10}",
    "Google": r"AIza[A-Za-z0-9_-]{35}|GOCSPX-[A-Za-z0-9_-]{28}|ya29\.[A-Za-z0-9_-]{20,}",
    "Azure": r"[A-Za-z0-9_~.]{3}\dQ~[A-Za-z0-9_~.-]{31,34}",
    "DigitalOcean": r"do[por]_v1_[a-f0-9]{64}",
    "Heroku": r"HRKU-[A-Za-z0-9_-]{36,}",
    "Fly.io": r"fo1_[A-Za-z0-9_-]{40,}|fm[12][ar]?_[A-Za-z0-9+/=]{60,}",
    "Alibaba, Tencent": r"LTAI[A-Za-z0-9]{20}\b|AKID[A-Za-z0-9]{32}\b",
    "HashiCorp": r"hv[sbr]\.[A-Za-z0-9_-]{24,}|[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9=_-]{50,}",
    "Pulumi": r"pul-[a-f0-9]{40}\b",
    "Databricks": r"dapi[a-f0-9]{32}",
    "New Relic": r"NRAK-[A-Z0-9]{27}|NR(?:II|IQ|BR|SP|MA)-[A-Za-z0-9_-]{20,}",
    "Grafana": r"glsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}|glc_[A-Za-z0-9+/=]{32,}",
    "Sentry": r"sntry[su]_[A-Za-z0-9+/=_-]{40,}",
    "Dynatrace": r"dt0[cs]\d{2}\.[A-Z0-9]{24}\.[A-Z0-9]{64}",
    "Honeycomb": r"hc[abx]i[kc]_[A-Za-z0-9]{40,}",
    "PlanetScale, Neon, Supabase": r"pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.=-]{30,}|napi_[a-z0-9]{40,}"
    r"|sbp_[a-f0-9]{40}|sb_secret_[A-Za-z0-9_-]{20,}",
    "Linear, Notion, Figma, Airtable": r"lin_(?:api|oauth)_[A-Za-z0-9]{32,}|ntn_[A-Za-z0-9]{40,}"
    r"|secret_[A-Za-z0-9]{43}\b|figd_[A-Za-z0-9_-]{40,}|pat[A-Za-z0-9]{14}\.[a-f0-9]{64}",
    "Postman": r"PMAK-[a-f0-9]{24}-[a-f0-9]{34}",
    "Doppler": r"dp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9._-]{40,}",
    "SonarQube": r"sq[pua]_[a-f0-9]{40}",
    "Sourcegraph": r"sgp_(?:[a-f0-9]{16}_|local_)?[a-f0-9]{40}",
    "Netlify, Contentful": r"nfp_[A-Za-z0-9]{36,}|CFPAT-[A-Za-z0-9_-]{43}",
    "LaunchDarkly": r"(?:sdk|api)-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}",
    "HubSpot": r"pat-(?:na|eu|ap)\d-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    "Tailscale": r"tskey-[a-z]+-[A-Za-z0-9-]{16,}",
    "Buildkite, CircleCI": r"bk(?:ua|at)_[a-f0-9]{40}|CCIPAT_[A-Za-z0-9_]{40,}|CCIPRJ_[A-Za-z0-9_]{40,}",
    "Telegram": r"\d{8,10}:AA[A-Za-z0-9_-]{33}\b",
    "Mapbox": r"sk\.eyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}",
    "age": r"AGE-SECRET-KEY-1[A-Z0-9]{58}",
    "1Password": r"ops_eyJ[A-Za-z0-9_=-]{100,}",
    "JSON Web Token": r"eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",
}

_OTHERS = (
    r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----",
    r"hooks\.slack\.com/(?:services|workflows|triggers)/[A-Z0-9]{6,}/[A-Za-z0-9/]{8,}",
    r"discord(?:app)?\.com/api/webhooks/\d{15,}/[A-Za-z0-9_-]{50,}",
    r"\.webhook\.office\.com/webhookb2/[0-9a-f-]{36}@[0-9a-f-]{36}/IncomingWebhook/[0-9a-f]{32}/",
    # A client's authorisation, in a header.
    r"(?i:\bauthorization['\"]?\s*[:=]\s*['\"\[]*\s*(?:bearer|basic|token|apikey|splunk|geniekey|ssws|bot)\s+)[\w+/=.~-]{8,}",
    # A shared access signature of Azure, and a presigned request of AWS.
    r"[?&](?i:sig|x-amz-signature)=[A-Za-z0-9%+/=]{32,}",
)

TOKEN = re.compile("|".join((*(f"{_WORD}(?:{pattern})" for pattern in _TOKENS.values()), *_OTHERS)))

BLANK = re.compile(r"x{8,}|X{8,}|0{16,}|\*{4,}")
"""In a token that is blanked out."""


def token(text: str) -> bool:
    """Whether the text holds a secret that shows by its form."""
    return any(not BLANK.search(match[0]) for match in TOKEN.finditer(text))


_AWS_SECRET_KEY = re.compile(r"(?=.*\d)(?=(?:.*[A-Z]){5})(?=(?:.*[a-z]){5})[A-Za-z0-9/+]{40}")
_CHANGES = 12  # between capitals, small letters, digits and signs: a path of words has fewer, a random value some 25


def aws_secret_key(value: str) -> bool:
    """Whether the whole value looks like the secret of an AWS access key: 40 random characters of base64."""
    if not _AWS_SECRET_KEY.fullmatch(value):
        return False
    kinds = ["A" if sign.isupper() else "a" if sign.islower() else "0" if sign.isdigit() else "/" for sign in value]
    return sum(left != right for left, right in pairwise(kinds)) >= _CHANGES
