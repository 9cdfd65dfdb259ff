"""Certificates and DNS of the domain."""

from __future__ import annotations

from tests.components.edge_tier import DOMAIN, ORIGIN, WITH_DOMAIN, ZONE, Built, build, named, plain

CERTIFICATE = "acm/certificate:Certificate"
VALIDATION = "acm/certificateValidation:CertificateValidation"
RECORD = "route53/record:Record"
DISTRIBUTION = "cloudfront/distribution:Distribution"


def validation_records(built: Built) -> list[str]:
    return [record.inputs["name"] for record in built.of(RECORD) if record.inputs["type"] == "CNAME"]


def test_without_a_domain_there_is_nothing_to_certify_or_to_point() -> None:
    for token in (CERTIFICATE, VALIDATION, RECORD):
        assert not plain().of(token)
    assert "aliases" not in plain().one(DISTRIBUTION).inputs


def test_cloudfronts_certificate_is_in_us_east_1_and_the_load_balancers_in_the_region() -> None:
    viewer, origin = named().one(CERTIFICATE, "edge-viewer"), named().one(CERTIFICATE, "edge-origin")
    assert "us-east-1" in viewer.provider, "CloudFront takes no certificate of another region"
    assert "us-east-1" not in origin.provider
    assert viewer.inputs["domainName"] == DOMAIN
    assert "subjectAlternativeNames" not in viewer.inputs, "viewers never see the origin's name"
    assert (origin.inputs["domainName"], origin.inputs["subjectAlternativeNames"]) == (DOMAIN, [ORIGIN])
    assert {one.inputs["validationMethod"] for one in (viewer, origin)} == {"DNS"}


def test_each_name_is_validated_by_one_record_for_both_regions() -> None:
    names = validation_records(named())
    assert len(names) == len(set(names)) == 2, "ACM asks for the same record in both regions; a second would collide"
    assert any(name.endswith(f".{ORIGIN}.") for name in names)
    assert any(name.endswith(f".{DOMAIN}.") and not name.endswith(f".{ORIGIN}.") for name in names)


def test_cloudfronts_certificate_is_validated_by_the_record_of_the_regional_one() -> None:
    shop = named().one(RECORD, "edge-validation-shop").outputs["fqdn"]
    origin = named().one(RECORD, "edge-validation-origin").outputs["fqdn"]
    assert named().one(VALIDATION, "edge-viewer-validation").inputs["validationRecordFqdns"] == [shop]
    assert named().one(VALIDATION, "edge-origin-validation").inputs["validationRecordFqdns"] == [shop, origin]
    assert "us-east-1" in named().one(VALIDATION, "edge-viewer-validation").provider


def test_the_distribution_waits_for_its_certificate_to_be_valid() -> None:
    distribution, validation = named().one(DISTRIBUTION), named().one(VALIDATION, "edge-viewer-validation")
    certificate = named().one(CERTIFICATE, "edge-viewer")
    assert distribution.inputs["viewerCertificate"]["acmCertificateArn"] == certificate.outputs["arn"]
    assert validation.urn in distribution.property_dependencies["viewerCertificate"]


def test_in_us_east_1_one_certificate_serves_both() -> None:
    built = build(WITH_DOMAIN, region="us-east-1")
    certificate = built.one(CERTIFICATE)
    assert certificate.inputs["subjectAlternativeNames"] == [ORIGIN]
    validated = built.one(VALIDATION).outputs["certificateArn"]
    assert built.one(DISTRIBUTION).inputs["viewerCertificate"]["acmCertificateArn"] == validated
    assert built.one("lb/listener:Listener", "edge-https").inputs["certificateArn"] == validated


def test_the_domain_leads_to_the_distribution_over_both_families_and_http_3() -> None:
    distribution = named().one(DISTRIBUTION)
    records = [record.inputs for record in named().of(RECORD) if record.inputs["name"] == DOMAIN]
    assert sorted(record["type"] for record in records) == ["A", "AAAA", "HTTPS"]
    for record in records:
        assert record["zoneId"] == ZONE
        (alias,) = record["aliases"]
        assert alias["name"] == distribution.outputs["domainName"]
        assert alias["zoneId"] == distribution.outputs["hostedZoneId"]
    assert distribution.inputs["aliases"] == [DOMAIN]


def test_the_shop_says_where_it_is() -> None:
    assert named().handle["url"] == f"https://{DOMAIN}"
    assert plain().handle["url"] == f"https://{plain().one(DISTRIBUTION).outputs['domainName']}"
