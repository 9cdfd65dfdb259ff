"""Public access blocks other than those of S3 buckets."""

from __future__ import annotations

from .switch import Switch

_BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")

PUBLIC_BLOCKS = (
    *(
        Switch(
            token="aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock",
            path=name,
            absent="false",
            says=f"leaves {name} off",
            source="FSBP S3.1",
        )
        for name in _BLOCKS
    ),
    *(
        Switch(token=token, path=f"{path}.{name}", absent="true", says=f"leaves {name} off", source=source)
        for token, path, source in (
            ("aws:s3/accessPoint:AccessPoint", "publicAccessBlockConfiguration", "FSBP S3.19"),
            (
                "aws:s3control/multiRegionAccessPoint:MultiRegionAccessPoint",
                "details.publicAccessBlock",
                "FSBP S3.24",
            ),
        )
        for name in _BLOCKS
    ),
)
