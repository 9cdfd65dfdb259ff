"""The stack's settings: the only reader of Pulumi's configuration."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pulumi
import pulumi_aws as aws
from pulumi.runtime.config import CONFIG, get_config_env, is_config_secret
from pydantic import ValidationError

from pulumi_yaml import stacks
from settings import placeholders
from settings.namespaces import refuse_strays
from settings.plain_secrets import refuse_plain_configuration, refuse_plain_secrets
from specs.elsewhere import refuse_other_account
from specs.errors import GIVEN, told
from specs.observability import OperatingHours
from specs.shop import Shop
from specs.zones import refuse_lacking

NAMESPACE: Final = "saleday"
SOON: Final = timedelta(minutes=15)  # within which a deployment and a schedule may meet
# Neither Local Zones nor Wavelength Zones.
_ZONES: Final = aws.GetAvailabilityZonesFilterArgs(name="zone-type", values=["availability-zone"])
_SNAKE: Final = re.compile(r"(?<=[a-z0-9])([A-Z])")


def load() -> Shop:
    """The settings of the running stack. Raises pulumi.RunError with one line for bad input."""
    stack = pulumi.get_stack()
    try:
        _read_file(stack)
        configuration = _configuration()
        refuse_plain_configuration({key: text for key, text in configuration.items() if _is_plain(key)})
        shop = parse(pulumi.get_project(), stack, configuration)
    except ValueError as error:
        raise pulumi.RunError(str(error)) from None
    for warning in warnings(shop, now()):
        pulumi.log.warn(f"{NAMESPACE}:{warning}")
    if shop.operating_hours is not None:
        announce(shop.operating_hours, now())
    return shop


def account_of(shop: Shop) -> str:
    """Id of the stack's account. Raises pulumi.RunError with one line for a zone that it doesn't have or
    that lacks a service which the stack uses, and for a resource that has to be in this account and is in another.
    """
    account_id = aws.get_caller_identity().account_id
    found = aws.get_availability_zones(state="available", filters=[_ZONES])
    try:
        refuse_other_account(shop, account_id)
        refuse_lacking(shop, dict(zip(found.names, found.zone_ids, strict=True)))
    except ValueError as error:
        raise pulumi.RunError(f"{NAMESPACE}:{error}") from None
    return account_id


def warnings(shop: Shop, at: datetime) -> Iterator[str]:
    """Warnings about valid but probably unintended settings, one line each."""
    for event in shop.sale_events:
        if event.over <= at:
            yield (
                f"saleEvents[{event.name}]: an event that is over is not prepared for (got end "
                f"{event.end.isoformat()}); remove it, or give it its next date"
            )
    for freeze in shop.delivery.freezes:
        if freeze.end <= at:
            yield (
                f"delivery.freezes[{freeze.name}]: a freeze that is over stops nothing (got end "
                f"{freeze.end.isoformat()}); remove it, or give it its next date"
            )
    if left := list(placeholders.of(shop)):
        yield f"{', '.join(left)}: still the example's; put your own before a real account has to take it"
    if not shop.security.people.named:
        yield (
            "security.people: only IAM users of this account, with a second factor, can take the stack's roles on "
            "(got neither accounts nor a provider); name whose people may"
        )


def announce(hours: OperatingHours, at: datetime) -> None:
    """Logs when the stack is off, and warns when it will be switched while a deployment may still run."""
    name, is_on, switch = f"{NAMESPACE}:operatingHours", hours.is_on(at), hours.next_switch(at)
    when = f"{switch:%a %H:%M} ({hours.time_zone})"
    if not is_on:
        pulumi.log.info(f"{name}: the stack is off until {when}: no task runs, and its databases are stopped")
    if switch - at <= SOON:
        pulumi.log.warn(
            f"{name}: the stack is switched {'off' if is_on else 'on'} at {when}, perhaps in the midst of this "
            "deployment; run pulumi up again after it"
        )


def now() -> datetime:
    """The clock's time: what is a plan's past and what its future."""
    return datetime.now(UTC)


def parse(project: str, stack: str, configuration: Mapping[str, str]) -> Shop:
    """Settings from a stack's whole configuration (`namespace:key` to text, structured values as JSON).

    A setting inside a map may be a key of its own, `saleday:network.cidr`, and overrides the map's value:
    `pulumi new` writes answers that way. An empty one is none.

    Raises ValueError with one line for each fault: the setting, the rule, the value received and the remedy.
    """
    refuse_strays(configuration, NAMESPACE)
    values: dict[str, Any] = {}
    for key, text in configuration.items():
        namespace, _, name = key.partition(":")
        if namespace == NAMESPACE and text != "":
            if name in GIVEN:
                raise ValueError(f"{key}: is not a setting (got {text}); " + _instead(name))
            values[name] = _value(text)
    values = _nested(values)
    try:
        refuse_plain_secrets(values)
    except ValueError as error:
        raise ValueError("\n".join(f"{NAMESPACE}:{line}" for line in str(error).splitlines())) from None
    region = configuration.get("aws:region")
    given = values | {"project": project, "stack": stack} | ({} if region is None else {"region": region})
    try:
        return Shop.model_validate(given, by_alias=True, by_name=False)
    except ValidationError as error:
        raise ValueError(told(error, root=Shop, values=given, namespace=NAMESPACE)) from None


def aws_provider_arguments() -> dict[str, Any]:
    """The stack's settings of the AWS provider (`aws:profile`, `aws:assumeRoles`, …), except the region.

    An explicit provider does not read the stack's configuration by itself. Raises pulumi.RunError for a name that the
    provider does not know.
    """
    configured = {key.removeprefix("aws:"): text for key, text in _configuration().items() if key.startswith("aws:")}
    configured.pop("region", None)
    arguments: dict[str, Any] = {}
    for name, text in configured.items():
        argument = _SNAKE.sub(r"_\1", name).lower()
        if argument not in inspect.signature(aws.ProviderArgs).parameters:
            raise pulumi.RunError(
                f"aws:{name}: the AWS provider has no such setting (got {name}); correct or remove it"
            )
        value = _value(text) if text not in ("true", "false") else text == "true"
        arguments[argument] = pulumi.Output.secret(value) if is_config_secret(f"aws:{name}") else value
    return arguments


def _is_plain(key: str) -> bool:
    """Whether it is somebody else's value that is not encrypted."""
    return not key.startswith(f"{NAMESPACE}:") and not is_config_secret(key)


def _read_file(stack: str) -> None:
    """Refuses a file that the engine has read otherwise than it is written, such as one of two documents."""
    if (folder := pulumi.get_root_directory()) and stacks.path(stack, Path(folder)).is_file():
        stacks.stack(stack, Path(folder))


def _configuration() -> dict[str, str]:
    # pulumi.Config answers only for keys that one knows; finding misspelt ones needs the whole map. The language host
    # hands it over in the environment, an inline program through the context.
    return {**get_config_env(), **CONFIG.get()}


def _nested(values: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with dotted keys merged into their maps. ValueError where a key leads through a scalar."""
    nested = {name: value for name, value in values.items() if "." not in name}
    for name in sorted(values.keys() - nested.keys()):
        *outer, last = name.split(".")
        within = nested
        for step in outer:
            within = within.setdefault(step, {})
            if not isinstance(within, dict):
                raise ValueError(
                    f"{NAMESPACE}:{name}: a dotted key leads through maps (got {step}, which is none); "
                    f"write it under {NAMESPACE}:{outer[0]}"
                )
        within[last] = values[name]
    return nested


def _value(text: str) -> Any:
    """A structured value from its JSON; a scalar stays text, and the field's type converts it."""
    if text[:1] in ("{", "["):
        try:
            return json.loads(text)
        except json.JSONDecodeError:
            return text
    return text


def _instead(name: str) -> str:
    return "set aws:region" if name == "region" else f"Pulumi knows the {name} by itself: remove it"
