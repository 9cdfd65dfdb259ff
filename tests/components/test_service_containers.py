"""Container definitions of a service's task."""

from __future__ import annotations

import json
from typing import Any

import pulumi
import pytest

from components.service.containers import (
    COLLECTOR,
    COLLECTOR_MEMORY,
    PROXY_MEMORY,
    Container,
    as_json,
    containers,
)
from devtools.recording.recorder import record
from specs.services import Service
from tests.components.shared import site
from tests.some import some


def definitions(variables: dict[str, Any] | None = None, **fields: Any) -> list[Container]:
    spec = Service.model_validate({"name": "cart", "image": "public.ecr.aws/shop/cart:1"} | fields)
    return containers(
        site=site(),
        service=spec,
        image="registry/cart:1",
        collector_image="registry/collector:1",
        log_group="/ecs/cart",
        variables=variables or {},
        secrets={"TOKEN": "arn:secret"},
        trace_ratio=0.25,
    )


def environment(container: Container) -> dict[str, str]:
    return {item["name"]: item["value"] for item in container["environment"]}


def test_every_container_is_locked_down() -> None:
    for container in some(definitions()):
        name = container["name"]
        assert container["readonlyRootFilesystem"] is True, name
        assert container["privileged"] is False, name
        assert container["user"].split(":")[0] not in ("0", "root"), name
        assert container["linuxParameters"]["capabilities"] == {"drop": ["ALL"]}, name
        assert container["linuxParameters"]["initProcessEnabled"] is True, "zombies and signals"
        assert "add" not in container["linuxParameters"]["capabilities"], name


def test_only_named_paths_are_writable_and_nothing_runs_from_them() -> None:
    main, collector = definitions(writablePaths=["/tmp", "/var/cache/app"])
    assert [mount["containerPath"] for mount in main["linuxParameters"]["tmpfs"]] == ["/tmp", "/var/cache/app"]
    for mount in main["linuxParameters"]["tmpfs"]:
        assert {"noexec", "nosuid", "nodev", "mode=1777"} <= set(mount["mountOptions"])
    assert "tmpfs" not in collector["linuxParameters"]
    assert "mountPoints" not in main, "Fargate's empty volumes belong to root, whom the container is not"


@pytest.mark.parametrize(("cpu", "memory"), [(256, 512), (512, 1024), (4096, 8192)])
def test_containers_and_proxy_fit_into_the_task(cpu: int, memory: int) -> None:
    found = definitions(cpu=cpu, memory=memory)
    assert sum(container["memory"] for container in found) + PROXY_MEMORY == memory
    assert sum(container["cpu"] for container in found) == cpu
    assert found[0]["memory"] >= 256, "the smallest task leaves the service what the sample charts give it"
    assert found[1]["memory"] == COLLECTOR_MEMORY


def test_secrets_come_by_reference_alone() -> None:
    main = definitions()[0]
    assert main["secrets"] == [{"name": "TOKEN", "valueFrom": "arn:secret"}]
    assert "TOKEN" not in environment(main)


def test_a_services_own_variables_win() -> None:
    main = definitions({"OTEL_TRACES_SAMPLER": "xray", "MODE": "fast"})[0]
    values = environment(main)
    assert values["OTEL_TRACES_SAMPLER"] == "xray"
    assert values["AWS_REGION"] == values["AWS_DEFAULT_REGION"] == "ap-south-1"
    assert values["MODE"] == "fast"
    assert values["PORT"] == "8080"
    assert values["OTEL_TRACES_SAMPLER_ARG"] == "0.25"
    names = [item["name"] for item in main["environment"]]
    assert names == sorted(set(names)), "one entry each, in an order that never changes the document"


def test_traces_go_to_the_collector_beside_the_service() -> None:
    main, collector = definitions()
    assert environment(main)["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://127.0.0.1:4318"
    configuration = json.loads(environment(collector)["AOT_CONFIG_CONTENT"])
    receivers = configuration["receivers"]["otlp"]["protocols"]
    assert receivers["http"]["endpoint"] == "127.0.0.1:4318", "from the task itself, not from the network"
    assert receivers["grpc"]["endpoint"].startswith("127.0.0.1:")
    pipeline = configuration["service"]["pipelines"]["traces"]
    assert pipeline["exporters"] == ["awsxray"]
    assert pipeline["processors"][0] == "memory_limiter", "it has to refuse spans before they are kept"
    for kind in ("receivers", "processors", "exporters"):
        assert set(pipeline[kind]) <= set(configuration[kind]), "the collector refuses to start with an unknown part"
    assert set(configuration["service"]["extensions"]) == set(configuration["extensions"])
    assert configuration["exporters"]["awsxray"]["region"] == "ap-south-1"


def test_the_shop_goes_on_without_its_collector() -> None:
    main, collector = definitions()
    assert main["essential"] is True
    assert collector["essential"] is False
    assert collector["restartPolicy"]["enabled"] is True
    assert main["dependsOn"] == [{"containerName": COLLECTOR, "condition": "START"}]


def test_health_is_asked_without_a_shell() -> None:
    check = definitions(healthPath="/health/;x&", port=9000)[0]["healthCheck"]
    assert check["command"][0] == "CMD", "a path of the settings must never be read by a shell"
    assert check["command"][-1] == "http://127.0.0.1:9000/health/;x&"


def test_an_image_without_curl_is_not_asked() -> None:
    assert "healthCheck" not in definitions(containerHealthCheck=False)[0]


def test_a_command_replaces_the_images_own_only_when_given() -> None:
    assert "command" not in definitions()[0]
    assert definitions(command=["serve", "--fast"])[0]["command"] == ["serve", "--fast"]


def test_logs_never_hold_the_service_up() -> None:
    for container in some(definitions()):
        options = container["logConfiguration"]["options"]
        assert options["mode"] == "non-blocking"
        assert options["awslogs-group"] == "/ecs/cart"
        assert options["awslogs-stream-prefix"] == container["name"]


def test_the_document_is_known_unless_a_value_is_not() -> None:
    assert isinstance(as_json(definitions()), str), "a preview shows and judges it"
    found: list[str] = []

    def program() -> None:
        later = as_json(definitions({"ENDPOINT": pulumi.Output.from_input("db.example")}))
        assert isinstance(later, pulumi.Output)
        later.apply(found.append)

    record(program)
    assert environment(json.loads(found[0])[0])["ENDPOINT"] == "db.example"
