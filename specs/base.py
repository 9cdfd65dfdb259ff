"""The base of every spec, and the value types that several specs share."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


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
    )


# A name that becomes part of many physical names: target groups allow 32 characters in all, and the
# `<project>-<stack>-` prefix takes up to 17 of them.
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$", min_length=2, max_length=15)]

# CloudWatch Logs accepts only these retention periods, in days (PutRetentionPolicy API).
RetentionDays = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
]

Percent = Annotated[float, Field(gt=0, le=100)]

# Something per second, more than nothing.
Rate = Annotated[float, Field(gt=0, allow_inf_nan=False)]
# Something per request or order, nothing included.
Count = Annotated[float, Field(ge=0, allow_inf_nan=False)]
