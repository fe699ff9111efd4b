"""The sandbox's own layers: imports point down, those for type checkers included, and no two files need each other."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "latm_magic.sandbox"
RANKS = ("records", "wire", "walls", "policy", "runtime", "worker", "host", "sandbox")
"""Files and folders of the sandbox, lowest first."""


def imports():
    """Return for each file of the sandbox the files of the sandbox that it imports."""
    folder = ROOT.joinpath(*PACKAGE.split("."))
    known = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in folder.rglob("*.py")}
    found = {}
    for name, path in known.items():
        named = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                named |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        found[name] = (named & set(known)) - {name}
    # The package's own file loads names as they are asked for.
    return {name: others for name, others in found.items() if not name.endswith("__init__")}


def rank(name):
    """Return the rank of a file."""
    return RANKS.index(name.split(".")[2])


def test_imports_inside_the_sandbox_point_down():
    """A file of the sandbox imports from its own folder or from those of a lower rank."""
    upwards = {(name, other) for name, others in imports().items() for other in others if rank(other) > rank(name)}
    assert upwards <= {(f"{PACKAGE}.policy.rules", f"{PACKAGE}.runtime.formatting")}


def test_files_of_the_sandbox_close_no_circle():
    """No file of the sandbox reaches itself through its imports."""
    assert list(TopologicalSorter(imports()).static_order())
