"""A copy of the AWS provider's Go module with only the services that a shop uses.

The whole provider takes about 21 minutes of two cores and 920 MB; the trimmed one a third of both. Two generated files
register every service: `internal/provider/sdkv2/service_packages_gen.go` (resources) and
`internal/conns/awsclient_gen.go` (API clients). Filtering those two is enough for the compiler to leave the rest out;
nothing hand-written is changed.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

SERVICES_FILE = Path(__file__).parent / "services.txt"

_REGISTRATIONS = Path("internal/provider/sdkv2/service_packages_gen.go")
_CLIENTS = Path("internal/conns/awsclient_gen.go")
_SERVICES = Path("internal/service")
# Everything the provider's own packages import; documentation, examples, generators and test helpers stay behind.
_COPIED = ("go.mod", "go.sum", "internal", "names", "version", "xpprovider")
_LEFT_OUT = {"generate", "acctest", "testdata", "test-fixtures", "sweep_test"}

_IMPORTED_SERVICE = re.compile(r'"github\.com/hashicorp/terraform-provider-aws/internal/service/(\w+)["/]')
_IMPORTED_SDK = re.compile(r'"github\.com/aws/aws-sdk-go-v2/service/(\w+)')
_CLIENT_CALL = re.compile(r"\.(\w+Client)\(ctx\)")
_CLIENT_METHOD = re.compile(r"func \(c \*AWSClient\) (\w+)\(ctx context\.Context\) \*(\w+)\.Client")


class TrimError(Exception):
    """The module does not have the shape this trimming knows: file, expectation and remedy in one line."""


@dataclass(frozen=True, kw_only=True)
class Trimmed:
    """Remaining parts of the module. `services` includes those that the wanted ones import."""

    services: frozenset[str]
    sdk_clients: frozenset[str]


def wanted_services(path: Path = SERVICES_FILE) -> frozenset[str]:
    """The services listed in `path`, one a line, `#` starting a comment."""
    lines = (line.split("#", 1)[0].strip() for line in path.read_text().splitlines())
    return frozenset(line for line in lines if line)


def trim(module: Path, target: Path, wanted: frozenset[str]) -> Trimmed:
    """Write to `target` a copy of `module` with the `wanted` services alone.

    `target` is replaced if it exists. Raises TrimError for a service the module does not have, or when a registration
    file cannot be read as expected.
    """
    missing = sorted(service for service in wanted if not (module / _SERVICES / service).is_dir())
    if missing:
        raise TrimError(
            f"services.txt names {', '.join(missing)}, unknown to the provider module: remove or correct it"
        )
    services = _closure(module, wanted)
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for name in _COPIED:
        source = module / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=_left_out(module, services), copy_function=shutil.copyfile)
        else:
            shutil.copyfile(source, target / name)
    registrations = target / _REGISTRATIONS
    registrations.write_text(filter_registrations(registrations.read_text(), services))
    clients = target / _CLIENTS
    text, sdks = filter_clients(clients.read_text(), *_used_clients(target))
    clients.write_text(text)
    return Trimmed(services=services, sdk_clients=sdks)


def filter_registrations(text: str, services: frozenset[str]) -> str:
    """The generated list of service packages without those not in `services`."""

    def keep(match: re.Match[str]) -> str:
        return match[0] if match[1] in services else ""

    text = re.sub(
        r'^\t"github\.com/hashicorp/terraform-provider-aws/internal/service/(\w+)"\n', keep, text, flags=re.MULTILINE
    )
    text = re.sub(r"^\t\t(\w+)\.ServicePackage\(ctx\),\n", keep, text, flags=re.MULTILINE)
    left = len(re.findall(r"\.ServicePackage\(ctx\),", text))
    if left != len(services):
        raise TrimError(
            f"{_REGISTRATIONS}: {left} of {len(services)} services registered: its layout has changed, mend trim.py"
        )
    return text


def filter_clients(text: str, sdks: frozenset[str], methods: frozenset[str]) -> tuple[str, frozenset[str]]:
    """The generated API clients whose SDK package or accessor method is used, and the SDK packages that stay."""
    head, *functions = re.split(r"(?=^func )", text, flags=re.MULTILINE)
    kept: list[str] = []
    used: set[str] = set()
    for function in functions:
        match = _CLIENT_METHOD.match(function)
        if match and match[2] not in sdks and match[1] not in methods:
            continue
        kept.append(function)
        if match:
            used.add(match[2])
    if not used:
        raise TrimError(f"{_CLIENTS}: no API client recognised: its layout has changed, mend trim.py")

    def keep(match: re.Match[str]) -> str:
        return match[0] if (match[1] or match[2]) in used else ""

    head = re.sub(r'^\t(?:(\w+) )?"github\.com/aws/aws-sdk-go-v2/service/(\w+)"\n', keep, head, flags=re.MULTILINE)
    return head + "".join(kept), frozenset(used)


def _go_files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*.go") if not path.name.endswith("_test.go")]


def _closure(module: Path, wanted: frozenset[str]) -> frozenset[str]:
    """`wanted` and every service package that one of them imports, directly or not."""
    seen: set[str] = set()
    todo = sorted(wanted)
    while todo:
        service = todo.pop()
        if service in seen:
            continue
        seen.add(service)
        for path in _go_files(module / _SERVICES / service):
            todo += _IMPORTED_SERVICE.findall(path.read_text())
    return frozenset(seen)


def _used_clients(target: Path) -> tuple[frozenset[str], frozenset[str]]:
    """SDK packages imported and client accessors called by the copied code, the two generated files aside."""
    texts = [path.read_text() for path in _go_files(target / "internal") if path != target / _CLIENTS]
    sdks = {name for text in texts for name in _IMPORTED_SDK.findall(text)}
    methods = {name for text in texts for name in _CLIENT_CALL.findall(text)}
    return frozenset(sdks), frozenset(methods)


def _left_out(module: Path, services: frozenset[str]):  # noqa: ANN202 (shutil's own callback type)
    def ignore(folder: str, names: list[str]) -> set[str]:
        inside = Path(folder).relative_to(module)
        out = {name for name in names if name in _LEFT_OUT or name.endswith(("_test.go", ".md"))}
        if inside == _SERVICES:
            out |= {name for name in names if (module / _SERVICES / name).is_dir() and name not in services}
        return out

    return ignore
