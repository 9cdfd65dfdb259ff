"""The provider's module is trimmed by its two generated registration files, and only if they look as expected."""

from __future__ import annotations

from pathlib import Path

import pytest

from devtools.conformance import trim

REGISTRATIONS = """package sdkv2

import (
\t"github.com/hashicorp/terraform-provider-aws/internal/conns"
\t"github.com/hashicorp/terraform-provider-aws/internal/service/s3"
\t"github.com/hashicorp/terraform-provider-aws/internal/service/sagemaker"
)

func servicePackages(ctx context.Context) []conns.ServicePackage {
\tv := []conns.ServicePackage{
\t\ts3.ServicePackage(ctx),
\t\tsagemaker.ServicePackage(ctx),
\t}
\treturn slices.Clone(v)
}
"""

CLIENTS = """package conns

import (
\t"context"
\t"github.com/aws/aws-sdk-go-v2/service/s3"
\tsm "github.com/aws/aws-sdk-go-v2/service/sagemaker"
\t"github.com/aws/aws-sdk-go-v2/service/sagemaker"
)

func (c *AWSClient) S3Client(ctx context.Context) *s3.Client {
\treturn nil
}

func (c *AWSClient) SageMakerClient(ctx context.Context) *sagemaker.Client {
\treturn nil
}

func helper() {
}
"""


def test_only_the_wanted_services_stay_registered() -> None:
    text = trim.filter_registrations(REGISTRATIONS, frozenset({"s3"}))
    assert "sagemaker" not in text, "neither its import nor its registration may stay"
    assert "s3.ServicePackage(ctx)," in text, "the wanted one stays"
    assert "slices.Clone(v)" in text, "the rest is untouched"


def test_a_registration_file_of_another_layout_is_refused() -> None:
    with pytest.raises(trim.TrimError, match="its layout has changed"):
        trim.filter_registrations("package sdkv2\n", frozenset({"s3"}))
    with pytest.raises(trim.TrimError, match="its layout has changed"):
        trim.filter_clients("package conns\n", frozenset({"s3"}), frozenset())


def test_api_clients_stay_where_their_package_or_their_accessor_is_used() -> None:
    text, used = trim.filter_clients(CLIENTS, frozenset({"s3"}), frozenset())
    assert used == {"s3"}, "nothing uses the other"
    assert "sagemaker" not in text, "its import would keep it in the build"
    assert "func helper()" in text, "what is no accessor stays"
    _, both = trim.filter_clients(CLIENTS, frozenset({"s3"}), frozenset({"SageMakerClient"}))
    assert both == {"s3", "sagemaker"}, "an accessor that is called has to stay"


def module(folder: Path) -> Path:
    files = {
        "go.mod": "module github.com/hashicorp/terraform-provider-aws\n",
        "go.sum": "",
        "names/names.go": "package names\n",
        "version/version.go": "package version\n",
        "xpprovider/x.go": "package xpprovider\n",
        "website/docs/r/s3.md": "docs",
        "internal/conns/awsclient_gen.go": CLIENTS,
        "internal/provider/sdkv2/service_packages_gen.go": REGISTRATIONS,
        "internal/service/s3/s3.go": 'package s3\nimport "github.com/aws/aws-sdk-go-v2/service/s3"\n',
        "internal/service/s3/s3_test.go": "package s3\n",
        "internal/service/sagemaker/s.go": "package sagemaker\n",
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_a_trimmed_copy_holds_the_wanted_services_and_what_they_import(tmp_path: Path) -> None:
    source = module(tmp_path / "source")
    trimmed = trim.trim(source, tmp_path / "copy", frozenset({"s3"}))
    assert trimmed.services == {"s3"}
    assert (tmp_path / "copy/internal/service/s3/s3.go").exists(), "the wanted service"
    for gone in ("internal/service/sagemaker", "internal/service/s3/s3_test.go", "website"):
        assert not (tmp_path / "copy" / gone).exists(), f"{gone} is not needed to build"
    imports = 'package s3\nimport "github.com/hashicorp/terraform-provider-aws/internal/service/sagemaker"\n'
    (source / "internal/service/s3/more.go").write_text(imports)
    again = trim.trim(source, tmp_path / "copy", frozenset({"s3"}))
    assert again.services == {"s3", "sagemaker"}, "what a wanted service imports has to be there"


def test_a_service_that_the_provider_lacks_is_named(tmp_path: Path) -> None:
    with pytest.raises(trim.TrimError, match="shopping"):
        trim.trim(module(tmp_path / "source"), tmp_path / "copy", frozenset({"s3", "shopping"}))


def test_the_list_of_services_has_no_doubles_and_is_sorted() -> None:
    lines = [line for line in trim.SERVICES_FILE.read_text().splitlines() if line and not line.startswith("#")]
    assert lines == sorted(set(lines)), "a list that is in order shows what is missing"
