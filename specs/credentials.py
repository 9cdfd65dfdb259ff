"""What a credential in plain text looks like, wherever a setting holds free text."""

from __future__ import annotations

import re
from typing import Final

# Names of variables that carry a credential; their values belong in Secrets Manager.
NAME: Final = re.compile(
    r"(?:^|_)(?:PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY(?:_ID)?|CREDENTIALS?)(?:_|$)",
    re.IGNORECASE,
)
# Values that are a credential whatever their variable is called: AWS access keys, private keys, well-known forms of
# tokens, URLs with a password.
VALUE: Final = re.compile(
    r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|\bgh[pousr]_[A-Za-z0-9]{30,}|\bsk_live_\w+|\bxox[abprs]-\w+"
    r"|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.|://[^/\s:@]+:[^/\s:@$]+@"
)
