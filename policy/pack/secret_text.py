"""Detection of plain-text secrets in named values and texts.

`in_value("DB_PASSWORD", "hunter22")` checks a variable, `in_text` what is run, built or sent: a shell script, a
command line, JSON, YAML, a connection string, each also in base64. What refers to a secret (an ARN, `${DB_PASSWORD}`,
a path) is none. Neither ever returns the secret.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Iterator
from functools import lru_cache

from .secret_formats import aws_secret_key, token
from .secret_names import Claim, claim, words

_DEPTH = 3
"""Layers of base64 that are decoded."""
_LARGEST = 1 << 20
"""Characters of a text that are read: user data has 16 KB, a state machine 1 MB."""

# Values that refer to a secret instead of being one.
_REFERENCE = re.compile(
    r"(?:true|false|yes|no|on|off|none|null|nil|undefined|unset|n/?a"
    r"|arn:aws[\w-]*:.*|.*\{\{.*\}\}.*|\{%.*%\}|\$.*|%[A-Za-z_]\w*%|%[sdv]|`.*|![A-Z]\w+\b.*|@Microsoft\.KeyVault.*"
    r"|(?:vault|op|ssm|aws-ssm|secretsmanager|aws-sm|awssm|env|file|gcpsecretmanager|keyvault|secretref|ref|asm"
    r"|parameter|parameterstore|sops|doppler|akeyless|conjur|bws)(?:://?|:|\+).*"
    r"|(?:process\.env|os\.environ|os\.getenv|System\.getenv|ENV|env|secrets|var|local|data|module|self|params|inputs"
    r"|config|context|steps|event|args|input)[.\[(].*"
    r"|ENC\[.*\]|ENC\(.*\)|AQICA[A-Za-z0-9+/=]{40,}|\{cipher\}.*"
    r"|(?:\.{0,2}|~|[A-Za-z]:)(?:[/\\][\w.@ ${}-]+)+[/\\]?|file:.*"
    r"|[\w./-]+\.(?:pem|crt|cer|key|json|ya?ml|txt|jks|p12|pfx|env|conf|ini)"
    r"|(?:[a-z]+://|//)[^\s@]*)",
    re.IGNORECASE | re.DOTALL,
)
_PLACEHOLDER = re.compile(
    r"(?:<.*>|\[.*\]|\{.*\}|[*x.#_?-]{3,}|\*+|change[-_ ]?(?:me|this).*|change[-_ ]it|.*replace[-_ ]?me.*"
    r"|replace[-_ ]?(?:with|this|by).*|.*[-_ ]here"
    r"|(?:put|insert|enter|add|set|paste)[-_ ](?:your|me|in|by|at|the|via|here|from).*"
    r"|(?:your|my|some|the|a|an)[-_ ]?(?:own[-_ ])?(?:\w+[-_ ])*"
    r"(?:password|passwd|pass|secret|token|key|credentials?|pwd)s?|your[-_ ].*"
    r"|to[-_ ]?do|tbd|fixme|placeholder|dummy|fake|example|sample|redacted|masked|hidden|omitted"
    r"|not[-_ ]?(?:set|used|needed|a[-_ ]secret)|unused|empty|disabled|enabled|required|optional"
    r"|(?:set|given|injected|provided|managed|supplied|resolved|from|see|stored|kept)[-_ ].*)",
    re.IGNORECASE | re.DOTALL,
)
# Words that say how a secret is used or made, under a name that says little itself.
_KINDS = words(
    "bearer basic digest jwt jws oauth oauth2 oidc saml header cookie cookies env environment file vault ssm kms awskms"
    " secretsmanager parameterstore strong weak medium plain plaintext md5 sha1 sha256 sha-256 sha512 bcrypt scrypt"
    " argon2 argon2i argon2id pbkdf2 scram scram-sha-256 hs256 rs256 es256 hmac string str text int bool boolean number"
    " uuid opaque csrf xsrf csrftoken sessionid query body form static dynamic auto automatic generated random session"
    " password token secret key kubernetes k8s aws azure gcp google github gitlab local memory redis database db sealed"
    " external internal default prompt ask interactive manual next nexttoken any all self public private shared"
    " true false include omit"
)
_LABEL = re.compile(
    r"[a-z]+(?:[-_./ ][a-z0-9]+)*|[a-z]+(?:[-_/][a-z0-9]+)+:[a-zA-Z_-]+(?::\w*)*"
    r"|[A-Z]+(?:_[A-Z0-9]+)+|[A-Z][a-z]+(?:[A-Z][a-z]+)+"
)
_PATH_OF_WORDS = re.compile(r"[a-z]{2,12}(?:/[a-z]{2,12}){2,}|rds!\S+")
_SECRET_WORD = re.compile(r"pass|pwd|secret|token|key|cred", re.IGNORECASE)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_RANDOM = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9+/=_.~-]{16,}")
_MIXED = re.compile(r"(?=.*\d)(?=.*[A-Za-z])\S{6,}")
_MEASURE = re.compile(
    r"v?[\d.,:/-]+[A-Za-z%]*|(?:\w+[-_])?v?\d+(?:\.\d+)+\S*|P\w*T?\w*|rate\(.*\)|\w+,.*", re.IGNORECASE
)
_HEADER = re.compile(r"(?:proxy-)?authorization|x-[\w-]+", re.IGNORECASE)
_DATE = re.compile(r"\d{4}-\d\d-\d\d.*")

# `scheme://user:password@host`, and a token in the user's place.
_USERINFO = re.compile(r"\b[a-zA-Z][a-zA-Z0-9+.-]*://(?:[^\s/:@\"'<>]*):([^\s/@\"']+)@[^\s/]")
_USER_TOKEN = re.compile(r"\bhttps?://([A-Za-z0-9_-]{20,})@[^\s/]")

_NAME = r"[A-Za-z_][\w.-]*"
_QUOTED = r"\"(?P<dq>[^\"\n]*)\"|'(?P<sq>[^'\n]*)'"
_ASSIGNMENT = re.compile(
    rf"(?<![\w$])(?P<name>{_NAME})[\"']?\]?[ \t]{{0,4}}(?::=|=>|==?|:(?=[\s\"'\[]))[ \t]{{0,4}}"
    rf"(?:{_QUOTED}|(?P<bare>[^\s\"',;&|)}}\]]+))"
)
_OPTION = re.compile(
    rf"(?<!\S)[\"']?--?(?P<name>[A-Za-z][\w-]*)[\"',]*[ \t]+(?:{_QUOTED}|(?P<bare>[^\s\"'|;&-][^\s=]*)(?![^\s]))"
)
_ELEMENT = re.compile(rf"<(?P<name>{_NAME})>(?:{_QUOTED}|(?P<bare>[^<>\s]+))</")
_INSTRUCTION = re.compile(rf"^[ \t]*(?:ENV|ARG)[ \t]+(?P<name>{_NAME})[ \t]+(?:{_QUOTED}|(?P<bare>\S+))", re.MULTILINE)
_NAMED = re.compile(  # two fields of one object: {"name": "DB_PASSWORD", "value": "…"}
    r"[\"']?\b(?:name|key|Name|Key|ParameterKey)[\"']?\s*:\s*[\"']?(?P<name>[\w.-]+)[\"']?\s*,?\s*(?:-\s*)?"
    r"[\"']?\b(?:value|Value|ParameterValue)[\"']?\s*:\s*(?:" + _QUOTED + r"|(?P<bare>[^\s\"',}]+))"
)
# Programs that take a password where no name stands before it.
_COMMANDS = re.compile(
    r"\b(?:mysql|mysqldump|mysqladmin|mariadb)\b[^\n|;&]{0,200}?\s-p(?P<mysql>[^\s-][^\s\"']*)"
    r"|\b(?:curl|wget|http)\b[^\n|;]{0,300}?\s(?:-u|--user)[ =]?[\"']?[^\s:\"']+:(?P<curl>[^\s\"']+)"
    r"|\bldap\w+\b[^\n|;]{0,300}?\s-w[ ]?[\"']?(?P<ldap>[^\s\"']+)"
    r"|\b(?:useradd|usermod)\b[^\n|;]{0,200}?\s(?:-p|--password)[ =]?[\"']?(?P<useradd>[^\s\"']+)"
    r"|\bsshpass\s+-p[ ]?[\"']?(?P<sshpass>[^\s\"']+)"
    r"|\bredis-cli\b[^\n|;]{0,200}?\s-a[ ][\"']?(?P<redis>[^\s\"']+)"
    r"|\b(?:docker|podman|helm registry|az)\s+login\b[^\n|;]{0,200}?\s-p[ ][\"']?(?P<docker>[^\s\"']+)"
    r"|\becho\s+(?:-\w+\s+)?[\"']?[\w.-]+:(?P<chpasswd>[^\s\"'|]+)[\"']?\s*\|\s*(?:sudo\s+)?chpasswd"
    r"|\becho\s+(?:-\w+\s+)?[\"']?(?P<stdin>[^\s\"'|]{6,})[\"']?\s*\|\s*(?:sudo\s+)?(?:passwd\s+--stdin|docker\s+login)"
    r"|\bIDENTIFIED\s+(?:WITH\s+\S+\s+)?BY\s+[\"'](?P<sql>[^\"'\n]+)"
    r"|\bPASSWORD\s*[=(]?\s*'(?P<sql2>[^'\n]+)'"
    r"|\bnet\s+user\s+\S+\s+(?P<net>[^\s/]\S*)"
    r"|\bConvertTo-SecureString\s+(?:-String\s+)?[\"'](?P<ps>[^\"'\n]+)"
    r"|\bhtpasswd\s+-\w*b\w*\s+\S+\s+\S+\s+(?P<htpasswd>\S+)|\bhtpasswd\s+-\w*n\w*b\w*\s+\S+\s+(?P<htpasswd2>\S+)"
    r"|\b-?pass(?:in|out)\s+pass:(?P<openssl>\S+)|\blogin\s+\S+\s+password\s+(?P<netrc>\S+)"
    r"|\b(?:configure|config)\s+set\s+\S*(?:secret|token|password|_auth)\S*[ =][\"']?(?P<set>[^\s\"']+)"
    r"|\b(?:requirepass|masterauth)\s+[\"']?(?P<conf>[^\s\"']+)"
    r"|(?i:\bx-(?:[a-z]+-)*(?:api-?key|token|secret|auth|access-key)(?:-[a-z]+)*)[\"']?\s*[:=]\s*[\"']?(?P<header>[^\s\"']{6,})"
    r"|(?i:\bset(?:x|env)\s+[\w.]*(?:password|passwd|secret|token|apikey|api_key)\s+[\"']?(?P<setx>[^\s\"']+))"
    r"|^(?:password|passwd)[ \t]+(?P<line>[^\s=:]\S{5,})$",
    re.MULTILINE,
)
_WORTH = re.compile(
    r"pass|pwd|secret|token|key|cred|auth|login|user|identified|jwt|connection|bearer|mysql|mariadb|curl|redis|ldap|pw\b",
    re.IGNORECASE,
)
_PROSE = re.compile(r"[ \t][a-z]+\b(?![=:/])")
_ESCAPED = re.compile(r"\\+\"")
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{16,76}\s+)*[A-Za-z0-9+/]{16,}={0,2}")


def in_value(name: str, value: str) -> bool:
    """Whether a value of that name is a secret, or holds one."""
    return called(name, value) or in_text(value) or aws_secret_key(value)


def called(name: str, value: str) -> bool:
    """Whether the name marks it as a secret: a variable's name, or a header with its value."""
    return named(name, value) or bool(_HEADER.fullmatch(name) and in_text(f"{name}: {value}"))


@lru_cache(maxsize=8192)
def named(name: str, value: str) -> bool:
    """Whether the name marks the value as a secret and the value may be one."""
    says, value = claim(name), value.strip().strip("\"'")
    if says is Claim.NONE or not value or _REFERENCE.fullmatch(value) or _PLACEHOLDER.fullmatch(value):
        return False
    if says is Claim.MAYBE:
        return (
            bool(_RANDOM.fullmatch(value))
            and not _UUID.fullmatch(value)
            and not _LABEL.fullmatch(value)
            and not _DATE.match(value)
            and _varied(value)
        )
    if says is Claim.LIKELY:
        return bool(_MIXED.fullmatch(value)) and not _LABEL.fullmatch(value) and not _MEASURE.fullmatch(value)
    if value.isdigit():
        return len(value) > (2 if says is Claim.PASSWORD else 5)
    if says is Claim.SECRET and len(value) < 4:
        return False
    return not (value.lower() in _KINDS - _WEAK_PASSWORDS if says is Claim.PASSWORD else _label(name, value))


_WEAK_PASSWORDS = frozenset(("password", "secret", "token", "key", "default", "redis", "database", "local"))


def _label(name: str, value: str) -> bool:
    """Whether a value is a word that describes: the kind of a token, or the name under which a secret is kept."""
    if value.lower() in _KINDS:
        return True
    if _PATH_OF_WORDS.fullmatch(value):
        return True
    if not _LABEL.fullmatch(value) or not _SECRET_WORD.search(value):
        return False
    parts = re.findall(r"[a-z]+", value.lower())
    return len(parts) > 1 and all(len(part) < 14 for part in parts)


def _varied(value: str) -> bool:
    """Whether the characters change as they do in a random value."""
    return len(set(value)) >= min(10, len(value) // 2)


def in_text(text: str) -> bool:
    """Whether a text holds a secret, in the open or in base64."""
    return any(map(_spoken, _layers(text[:_LARGEST])))


@lru_cache(maxsize=4096)
def _spoken(text: str) -> bool:
    if token(text):
        return True
    if "://" in text and any(_real(match[1]) for match in _USERINFO.finditer(text)):
        return True
    if "://" in text and any(_real(match[1]) for match in _USER_TOKEN.finditer(text)):
        return True
    if not _WORTH.search(text):
        return False
    if any(_real(next(filter(None, match.groups()), "")) for match in _COMMANDS.finditer(text)):
        return True
    return any(named(name, value) for name, value in assignments(text))


def assignments(text: str) -> Iterator[tuple[str, str]]:
    """Names and their values, in the usual notations: `a=b`, `a: b`, `"a": "b"`, `--a b`."""
    plain = _ESCAPED.sub('"', text).replace("\\n", "\n")
    for pattern in (_ASSIGNMENT, _OPTION, _NAMED, _ELEMENT, _INSTRUCTION):
        for match in pattern.finditer(plain):
            quoted = match["dq"] if match["dq"] is not None else match["sq"]
            if quoted is not None:
                yield match["name"], quoted
            elif not _code(match["bare"]) and not (match["bare"].isalpha() and _PROSE.match(plain, match.end())):
                yield match["name"], match["bare"]
            inner = quoted if quoted is not None else match["bare"]
            if inner and ("=" in inner or ":" in inner) and len(inner) < len(plain):
                yield from assignments(inner)


def _code(bare: str) -> bool:
    """Whether an unquoted value is an expression in code."""
    return "(" in bare or bool(re.fullmatch(r"[A-Za-z_]+(?:\.[A-Za-z_]+)+|[A-Za-z_]\w*\[.*|\W+", bare))


def _real(value: str) -> bool:
    """Whether a password's value is a real one, not a placeholder."""
    value = value.strip("\"'")
    blank = _REFERENCE.fullmatch(value) or _PLACEHOLDER.fullmatch(value) or value.lower() in ("stdin", "-")
    return bool(value) and not blank and not value.startswith(("{", "%", "$", "<"))


def _layers(text: str, depth: int = _DEPTH) -> Iterator[str]:
    """The text, and what it holds in base64."""
    yield text
    if depth:
        for match in _BASE64.finditer(text):
            opened = _opened(match[0])
            if opened:
                yield from _layers(opened, depth - 1)


def _opened(text: str) -> str:
    """Decoded base64 that is text or compressed text; empty otherwise."""
    packed = re.sub(r"\s+", "", text).rstrip("=")
    try:
        raw = base64.b64decode(packed + "=" * (-len(packed) % 4), validate=True)
        if raw[:2] == b"\x1f\x8b":
            raw = zlib.decompressobj(31).decompress(raw, _LARGEST)
        opened = raw.decode("utf-8")
    except (binascii.Error, ValueError, zlib.error):
        return ""
    printable = sum(character.isprintable() or character in "\r\n\t" for character in opened)
    return opened if printable >= 0.95 * len(opened) else ""
