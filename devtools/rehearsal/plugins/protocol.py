"""Pulumi's provider protocol, without the Pulumi SDK around it.

The engine starts this plugin once per provider of a program, and every start counts. Importing `pulumi` takes 0.2 s of
processor time, as long as its generated protocol modules and gRPC together. So in a plugin's own process, which needs
nothing else of the SDK, the packages around those modules are empty; anywhere else they are imported as they are.
"""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType
from typing import Final

_PACKAGES: Final = ("pulumi", "pulumi.runtime", "pulumi.runtime.proto")


def _is_plugin_process() -> bool:
    main = getattr(sys.modules["__main__"], "__spec__", None)
    return main is not None and main.name == "devtools.rehearsal.plugins.aws" and "pulumi" not in sys.modules


def _stand_in() -> None:
    """Put empty packages where the SDK's would run their initialisers."""
    found = importlib.util.find_spec("pulumi")
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError("pulumi is not installed in this environment: pip install -r requirements.txt")
    root = found.submodule_search_locations[0]
    for package in _PACKAGES:
        module = ModuleType(package)
        module.__path__ = ["/".join([root, *package.split(".")[1:]])]
        sys.modules[package] = module


if _is_plugin_process():
    _stand_in()

from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc  # noqa: E402

__all__ = ["plugin_pb2", "provider_pb2", "provider_pb2_grpc"]
