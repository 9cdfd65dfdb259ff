"""Paths of the tree. Standard library only: the set-up uses it before anything is installed."""

from __future__ import annotations

from pathlib import Path

REPO_ROOT = Path(__file__).resolve().parents[1]
STATE_DIR = REPO_ROOT / ".rehearsal"
"""Everything that is made and kept under the tree, git-ignored."""
VENV = REPO_ROOT / ".venv"
EXAMPLE_STACKS = REPO_ROOT / "tests" / "stacks"
"""Stacks of tests, variants and benchmarks, independent of those at the root."""
