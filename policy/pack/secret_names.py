"""Common names of secrets, word by word: `DB_PASSWORD`, `clientSecret`, `--db-pass`, `DBPASS`."""

from __future__ import annotations

import enum
import re
from functools import lru_cache


def words(text: str) -> frozenset[str]:
    """A set of words that is written as a line."""
    return frozenset(text.split())


class Claim(enum.Enum):
    """Kind of secret that a name suggests."""

    PASSWORD = "password"
    """A password: a number and a word of everyday language are one too."""
    SECRET = "secret"
    """A token, a key or a credential."""
    LIKELY = "likely"
    """A secret, or a property of one: `DB_PASSWORD_ORDERS`, `PASSWORD_LIFECYCLE`. Its value decides."""
    MAYBE = "maybe"
    """Possibly a secret, if the value looks like one: `STRIPE_KEY`, `AUTH`."""
    NONE = "none"


_PASSWORDS = words("password passwords passwd passphrase passcode pwd pass pw passwort requirepass masterauth")
_SECRETS = words(
    "secret secrets token tokens credential credentials cred creds apikey apikeys authkey secretkey accesskey"
    " privatekey signingkey encryptionkey masterkey authtoken accesstoken apitoken jwt hmac pepper"
    " connectionstring connstr bearer webhooksecret clientsecret"
)
# Words that make the following word `key` a secret.
_SECRET_KEYS = words(
    "api access secret private priv signing sign signature encryption encrypt encrypting decryption crypto cipher"
    " master auth authentication authorization jwt session hmac aes rsa ssh account shared storage admin app"
    " application webhook client deploy integration subscription license licence ingest ingestion write server"
    " service root data enc restapi rest cookie token"
)
# And what makes of it the name of a thing.
_PLAIN_KEYS = words(
    "public pub partition sort primary foreign cache object s3 idempotency routing row hash range index group lookup"
    " tag dedup deduplication site publishable anon kms cmk host known bucket config feature translation join unique"
    " map record message messaging event shard natural surrogate sorting order i18n locale"
)
# Words that only sound like a password, and tokens that name a request, a page or a step.
_SOUNDS = words("chpasswd bypass compass encompass trespass surpass overpass underpass")
_PLAIN_TOKENS = words("request next continuation page pagination task idempotency start starting sync")
_MAYBE = words("key auth salt dsn sas pin otp seed cookie license licence session webhook signature")
# Behind the secret's own name: where it is kept, how it is made, or something about it. `…_ID` is no secret.
_ABOUT = words(
    "arn arns name names id ids path paths file files filename url urls uri uris endpoint endpoints ttl second seconds"
    " minute minutes hour hours day days provider providers header headers type types enabled disabled enable disable"
    " length region alias policy policies algorithm algorithms algo hash hasher hashing cookie cookies page pages"
    " backend backends manager store stores prefix suffix format mode field fields param params parameter parameters"
    " rotation rotate expiry expiration expires expire expired age min max minimum maximum size count counts limit"
    " limits issuer audience version versions location dir directory folder mount ref reference template method"
    " methods strategy service server host hostname port class required regex pattern encoding lifetime timeout"
    " interval period retries retry attempts history reuse complexity strength hint label source scope scopes group"
    " table bucket queue topic role roles user username users validation validator validators validate generator"
    " driver adapter plugin engine handler function module route routes redirect link email mail subject message text"
    " placeholder title change changed changes reset resets recovery update stdin env var variable usage use uses"
    " auth authentication support flow grant grants bundle budget budgets rate quota per in out used prompt model"
    " allowed verify verification check checks checker signer algs alg charset characters chars digits symbols"
    " rule rules cost rounds iterations work salt length lengths kind schema config configuration configurations"
    " owner domain cache key_id renewal refresh revocation introspection exchange client broker vault namespace"
    " console protection state status at on created updated last date time timestamp window grace spec"
    " list blacklist denylist allowlist whitelist wordlist dictionary from literal command cmd exec script"
    " process helper getter lambda column columns index"
)
# Behind it too, and it stays the secret: which one of several it is.
_WHICH = words(
    "value values prod production live dev development stage staging test qa uat current previous old new next primary"
    " secondary main base base64 b64 encoded string plain plaintext raw real v wo x a b one two main default data"
)
# Before it: verbs that mean an action on a secret, not a secret.
_DOING = words(
    "forgot forgotten forget reset change require requires required no allow disable enable use uses validate has is"
    " max min num number count total show hide generate random bypass"
)
_JOINED = re.compile(
    r"(?:password|passwd|passphrase|passwort|secret|token|apikey|secretkey|accesskey|privatekey|authkey|signingkey"
    r"|encryptionkey|masterkey|credentials?|(?:db|my|mysql|pg|sql|redis|admin|root|user|smtp|mail|ftp|sftp|ldap|mq"
    r"|rabbit|rabbitmq|mongo|mongodb|amqp|ora|oracle|jdbc|proxy|es|elastic|kafka|postgres|postgresql|mssql|maria"
    r"|mariadb|master|keystore|truststore|api|app|login|basic|auth|http|https|cache|wifi|vpn|imap)(?:pass|pwd|pw))$"
)
_JOINED_PASSWORD = re.compile(r"(?:pass|pwd|pw|password|passwd|passphrase|passwort)$")
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


@lru_cache(maxsize=8192)
def claim(name: str) -> Claim:
    """Kind of secret that a name suggests."""
    parts = [word for word in _split(name) if not word.isdigit()]
    for place in range(len(parts) - 1, -1, -1):
        found = _at(parts, place)
        if found is None:
            continue
        behind = parts[place + 1 :]
        if any(word in _ABOUT for word in behind):
            return Claim.NONE
        if place and parts[0] in _DOING:
            return Claim.NONE
        if any(word not in _WHICH for word in behind) and found in (Claim.PASSWORD, Claim.SECRET):
            return Claim.LIKELY
        return found
    return Claim.NONE


def _at(parts: list[str], place: int) -> Claim | None:
    word = parts[place]
    before = parts[place - 1] if place else ""
    if word in _PASSWORDS:
        return None if word == "pass" and place == 0 and len(parts) > 1 else Claim.PASSWORD
    if word == "token" and before in _PLAIN_TOKENS:
        return Claim.NONE
    if word in _SECRETS:
        return Claim.SECRET
    if word in ("key", "keys"):
        if before in _PLAIN_KEYS:
            return Claim.NONE
        return Claim.SECRET if before in _SECRET_KEYS else Claim.MAYBE
    if word == "string" and before in ("connection", "conn"):
        return Claim.SECRET
    if word not in _SOUNDS and _JOINED.search(word):
        return Claim.PASSWORD if _JOINED_PASSWORD.search(word) else Claim.SECRET
    return Claim.MAYBE if word in _MAYBE and place == len(parts) - 1 else None


def _split(name: str) -> list[str]:
    """The words of a name in any of the usual spellings."""
    return [part.lower() for part in _WORDS.findall(name)]
