"""Secrets in plain text in the settings: refused in one line that shows none of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import settings
from devtools.recording.programs import stack_configuration, stack_values
from settings import stack_file
from settings.plain_secrets import refuse_plain_secrets

TOKEN = "ghp_" + "a1B2" * 9


@pytest.mark.parametrize("stack", ["dev", "prod", "eks"])
def test_the_stacks_of_this_project_hold_none(stack: str) -> None:
    refuse_plain_secrets(stack_values(stack))


@pytest.mark.parametrize(
    ("values", "path", "secret"),
    [
        (
            {"services": [{"environment": {"DB_PASSWORD": "hunter22"}}]},
            "services[0].environment.DB_PASSWORD",
            "hunter22",
        ),
        ({"services": [{"environment": {"clientSecret": "f00dfeed"}}]}, "services[0].environment.clientSecret", "f00d"),
        ({"services": [{"command": ["serve", "--db-password", "Hunter22"]}]}, "services[0].command", "Hunter22"),
        ({"services": [{"environment": {"X": "mysql://a:Hunter22@db/x"}}]}, "services[0].environment.X", "Hunter22"),
        ({"services": [{"secrets": {"GH": TOKEN}}]}, "services[0].secrets.GH", TOKEN),
        ({"owner": TOKEN}, "owner", TOKEN),
    ],
)
def test_a_secret_is_named_and_not_shown(values: dict[str, Any], path: str, secret: str) -> None:
    with pytest.raises(ValueError, match="store it in Secrets Manager") as error:
        refuse_plain_secrets(values)
    (line,) = str(error.value).splitlines()
    assert line.startswith(f"{path}: ")
    assert secret not in line


@pytest.mark.parametrize(
    "values",
    [
        {"services": [{"secrets": {"DB_PASSWORD": "orders/password", "API_KEY": "payments"}}]},
        {"services": [{"environment": {"PASSWORD_POLICY": "strong", "TOKEN_TTL": "300", "SECRETS_BACKEND": "vault"}}]},
        {"services": [{"environment": {"DB_PASSWORD_FILE": "/run/secrets/db"}, "command": ["serve", "--port", "80"]}]},
    ],
)
def test_what_refers_to_a_secret_is_taken(values: dict[str, Any]) -> None:
    refuse_plain_secrets(values)


def test_the_settings_are_read_no_further() -> None:
    given = {**stack_configuration("dev"), "saleday:owner": TOKEN}
    with pytest.raises(ValueError, match=r"^saleday:owner: holds what looks like a secret") as error:
        settings.parse("saleday", "dev", given)
    assert TOKEN not in str(error.value)
    assert json.dumps(TOKEN) not in str(error.value)


def test_the_secret_of_an_access_key_is_known_by_its_look_alone() -> None:
    with pytest.raises(ValueError, match=r"^services\[cart\]\.environment\.X: holds what looks like a secret"):
        refuse_plain_secrets(
            {"services": [{"name": "cart", "environment": {"X": "k7JalrXUtnFEMI/K7MDENG/bPxRfiCYzZQhV3pW9"}}]}
        )
    for harmless in ("2fd4e1c67a2d28fced849ee1bb76e7391b93eb12", "src/main/java/com/example/Shop1/Carts2Ab0", "A" * 40):
        refuse_plain_secrets({"services": [{"name": "cart", "environment": {"X": harmless}}]})


def test_a_providers_secret_is_encrypted(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: saleday\nruntime: python\n")
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text("config:\n  aws:secretKey: {secure: v1:abc}\n")
    assert stack_file.values("dev", tmp_path)
    file.write_text("config:\n  aws:secretKey: hunter2hunter2hunter2\n")
    with pytest.raises(stack_file.BadInput, match=r"^aws:secretKey: holds a secret in plain text \(not shown\)"):
        stack_file.values("dev", tmp_path)
