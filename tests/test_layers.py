"""The house: imports point down, never in a circle, and the face stays light."""

import ast
import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1] / "latm_magic"
LEVELS = [
    {"errors", "text"},
    {"task", "tool", "examples", "cell_text", "answer", "settings", "project"},
    {"comparison"},
    {"events", "models", "sandbox"},
    {"cache", "tools", "routing", "testing"},
    {"making"},
    {"solving"},
    {"workflows"},
    {"sharing"},
    {"session"},
    {"evaluation", "jupyter"},
    {"__init__"},
]
VISITOR = PACKAGE / "sandbox" / "policy" / "rules.py"  # one class that visits every form of syntax
SANDBOX = ["records", "wire", "walls", "policy", "runtime", "worker", "host", "sandbox"]
RANK = {name: level for level, names in enumerate(LEVELS) for name in names}


def modules():
    return {
        ".".join(("latm_magic", *path.relative_to(PACKAGE).with_suffix("").parts)): path
        for path in sorted(PACKAGE.rglob("*.py"))
    }


def imports_of(path):
    """Give the modules of ours that a file imports at its top level or inside functions, typing aside."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("latm_magic"):
            for alias in node.names:
                yield f"{node.module}.{alias.name}", node.module
        elif isinstance(node, ast.Import):
            yield from ((alias.name, alias.name) for alias in node.names if alias.name.startswith("latm_magic"))


def resolved(known, path):
    return {
        name if name in known else f"{name}.__init__" if f"{name}.__init__" in known else module
        for name, module in imports_of(path)
    }


def room(name):
    return name.split(".")[1] if name.count(".") else "__init__"


def test_imports_when_followed_point_down():
    """A file imports from its own level or below."""
    upwards = [
        f"{name} imports {other}"
        for name, path in modules().items()
        for other in resolved(modules(), path)
        if RANK[room(other)] > RANK[room(name)] and not name.endswith("latm_magic.__init__")
    ]
    assert not upwards


def test_imports_inside_the_sandbox_point_down():
    """Inside the sandbox a folder imports only from those that stand before it in the list."""
    inside = {name: path for name, path in modules().items() if name.startswith("latm_magic.sandbox.")}
    upwards = [
        f"{name} imports {other}"
        for name, path in inside.items()
        for other in resolved(modules(), path)
        if other.startswith("latm_magic.sandbox.") and not name.endswith("sandbox.__init__")
        if SANDBOX.index(other.split(".")[2]) > SANDBOX.index(name.split(".")[2])
    ]
    assert not upwards


def test_imports_when_followed_never_close_a_circle():
    """No file reaches itself through its imports, those inside functions included."""
    known = modules()
    edges = {name: resolved(known, path) & set(known) for name, path in known.items()}

    def reachable(start):
        seen, waiting = set(), list(edges[start])
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                waiting.extend(edges[name])
        return seen

    assert not [name for name in edges if name in reachable(name)]


def test_the_face_when_imported_loads_nothing_heavy():
    """`import latm_magic` loads no IPython, numpy, pandas or provider SDK, and prints nothing."""
    code = (
        "import sys, latm_magic\n"
        "heavy = {'IPython', 'numpy', 'pandas', 'openai', 'pydantic', 'nbformat', 'traitlets', 'RestrictedPython', 'sqlite3'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_files_when_measured_are_of_one_idea():
    """No file of the package passes 300 lines, one visitor excepted, and each says what it is for."""
    for path in modules().values():
        text = path.read_text(encoding="utf-8")
        assert text.count("\n") <= 300 or path == VISITOR, path
        assert ast.get_docstring(ast.parse(text)), path
