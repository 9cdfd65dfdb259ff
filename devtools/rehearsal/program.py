"""The tree's own program, run in this process as `pulumi` would run it in one of its own."""

from __future__ import annotations

import gc
import importlib
import re
import runpy
import sys
import threading
from contextlib import suppress
from pathlib import Path

SDK = "pulumi_aws"
USE = re.compile(r"\baws\.([a-z0-9_]+)\.")
"""Reference to a service of the SDK in a program: `aws.ecs.Service`."""


class Program:
    """The program of the project in `tree`: called once for each operation of the engine.

    pulumi-aws loads each AWS service's module when it is first used, and those that a shop uses take longer to load
    than the engine takes to start its plugins: `preload` has them loaded in the meantime.
    """

    def __init__(self, tree: Path) -> None:
        self.tree = tree
        self._loading: threading.Thread | None = None

    def preload(self) -> None:
        """Begin to load what the program will need of the SDK."""
        self._loading = threading.Thread(target=self.load, name="load the SDK", daemon=True)
        self._loading.start()

    def __call__(self) -> None:
        """Run the program, all modules of its own imported afresh."""
        if self._loading is not None:
            self._loading.join()  # loading a module twice at once is not safe
        for name, module in list(sys.modules.items()):
            if self._owns(name, getattr(module, "__file__", None)):
                del sys.modules[name]
        # Neither the program's resources nor what the SDK knows of them become garbage before it ends: looking for some
        # takes twice as long as the program itself.
        gc.disable()
        runpy.run_path(str(self.tree / "__main__.py"), run_name="__main__")

    def services(self) -> set[str]:
        """The AWS services that the program's source names, by their modules in the SDK."""
        sources = [*self.tree.glob("*.py"), *(self.tree / "components").rglob("*.py")]
        return {name for source in sources for name in USE.findall(source.read_text(encoding="utf-8"))}

    def _owns(self, name: str, file: str | None) -> bool:
        if file is None or name.partition(".")[0] in ("__main__", "devtools", "saleday"):
            return False
        path = Path(file)
        return path.is_relative_to(self.tree) and not path.is_relative_to(self.tree / ".venv")

    def load(self) -> None:
        """Load what the program will need of the SDK."""
        # Loaded modules stay: repeated garbage collection over them would take a quarter of the time.
        gc.disable()
        try:
            for service in sorted(self.services()):
                with suppress(ImportError):  # the program will say so itself
                    hasattr(importlib.import_module(f"{SDK}.{service}"), "__all__")  # the first access loads it
        finally:
            gc.freeze()
            gc.enable()
