"""The base of every spec, and the value types that several specs share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, Literal, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from specs.forms import Form, NoFraction


class Spec(BaseModel):
    """A frozen value whose unknown fields are errors.

    Python spells fields in snake_case, stack files in camelCase, as Pulumi's own configuration does.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        hide_input_in_errors=True,
        strict=False,
        allow_inf_nan=False,
    )

    @field_validator("*", mode="before")
    @classmethod
    def _no_truth_for_a_number(cls, value: Any, info: ValidationInfo) -> Any:
        """`true` is no number, though Python takes it for 1."""
        parts = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else (value,)
        if any(isinstance(part, bool) for part in parts):
            field = cls.model_fields[info.field_name or ""]
            if _holds_numbers(field.annotation):
                raise PydanticCustomError("truth", "must be a number")
        return value


def _holds_numbers(annotation: Any) -> bool:
    """Whether a field takes numbers and no truth values."""
    leaves = set(_leaves(annotation))
    return bool(leaves & {int, float}) and bool not in leaves


def _leaves(annotation: Any) -> Iterator[Any]:
    arguments = get_args(annotation)
    if get_origin(annotation) is Annotated:
        yield from _leaves(arguments[0])
    elif get_origin(annotation) is Literal:
        yield from map(type, arguments)
    elif arguments:
        for argument in arguments:
            yield from _leaves(argument)
    else:
        yield annotation


# A name that becomes part of many physical names: target groups allow 32 characters in all, and the
# `<project>-<stack>-` prefix takes up to 17 of them.
NAME: Final = Form(
    "a name of lower-case letters, digits and single hyphens, a letter first",
    "order-events",
    r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*",
)
Name = Annotated[str, Field(min_length=2, max_length=15), NAME]

# CloudWatch Logs accepts only these retention periods, in days (PutRetentionPolicy API).
RetentionDays = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
]

# A century: the longest that S3 Object Lock and AWS Backup keep (S3 user guide, "Object Lock"; AWS Backup, lifecycles).
MAX_DAYS: Final = 36_500
Days = Annotated[int, Field(ge=1, le=MAX_DAYS)]
"""How long something is kept."""

Percent = Annotated[float, Field(gt=0, le=100)]
"""Percent, fractions of one included."""
LargePercent = Annotated[float, Field(gt=0, le=100), NoFraction()]
"""Percent, one at least."""

# Above them a number is a slip: CloudFront's default quota is 250,000 requests/s, Alibaba's record 583,000 orders/s.
MAX_RATE: Final = 1e8
Rate = Annotated[float, Field(ge=1e-4, le=MAX_RATE)]
"""Something per second, more than nothing."""
Count = Annotated[float, Field(ge=0, le=1e6)]
"""Something per request or order, nothing included."""

AccountId = Annotated[str, Form("the 12 digits of an account", "123456789012", r"(?!0{12})[0-9]{12}")]
RoleName = Annotated[
    str,
    Form("the name of a role, 64 letters, digits and + = , . @ - _ at most", "developers", r"[A-Za-z0-9_+=,.@-]{1,64}"),
]
