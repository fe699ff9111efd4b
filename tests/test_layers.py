"""The house: imports point down, never in a circle, files are of one idea, and the face stays light."""

import ast
import subprocess
import sys
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "latm_magic"
RANKS = {
    "latm_magic": """errors text intervals branches signature provenance bill reasons ways shown task value_columns answer project environment own_file settings sources example_rows
        example_files examples cell_text verification tool draft traces comparison events models testing
        sandbox cache tools routing making solving workflows sharing session accessor evaluation jupyter __init__
        command_line __main__""",
    "latm_magic.sandbox": "records runs wire walls policy runtime worker host sandbox __init__",
    "latm_magic.routing": "router lexical learned kinds beginnings project pending __init__",
    "latm_magic.command_line": "tables evaluating main __init__",
    "latm_magic.evaluation": "tasks task_files lines kept methods run published scores economy tables plots inspect_log card __init__",
    "latm_magic.evaluation.methods": "method direct latm_prompts latm compiled ask proxy registry __init__",
    "latm_magic.jupyter": "line options each_line display totals notebook cell screen time_left interrupts progress widgets subcommands magics completion extension __init__",
}
"""What stands in a folder, lowest first: each file or folder imports from those before it alone."""
VISITOR = "latm_magic.sandbox.policy.rules"  # one class that visits every form of syntax
PAGE = "latm_magic.session.session"  # signatures and docstrings; its methods are measured instead
HEAVY = {"IPython", "numpy", "pandas", "openai", "pydantic", "nbformat", "traitlets", "RestrictedPython", "sqlite3"}


@cache
def modules():
    """Return the syntax tree of each module of the package, by name."""
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(PACKAGE.rglob("*.py"))
    }


@cache
def imports_of(name):
    """Return the modules of ours that a module imports, those inside functions and for type checkers included."""
    found = set()
    for node in ast.walk(modules()[name]):
        if isinstance(node, ast.ImportFrom):
            assert not node.level, f"{name} imports by a relative path"
            found |= {(f"{node.module}.{alias.name}", node.module) for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {(alias.name, alias.name) for alias in node.names}
    ours = {pair for pair in found if pair[1].split(".")[0] == "latm_magic"}
    return {
        next(each for each in (whole, f"{whole}.__init__", module, f"{module}.__init__") if each in modules())
        for whole, module in ours
    }


@cache
def inside(folder):
    """Return for each file or folder that stands in a folder those beside it that it imports from, and where."""
    start = f"{folder}."
    beside = {name.removeprefix(start).split(".")[0]: {} for name in modules() if name.startswith(start)}
    for name in modules():
        for other in imports_of(name):
            if name.startswith(start) and other.startswith(start):
                here, there = (each.removeprefix(start).split(".")[0] for each in (name, other))
                if here != there:
                    beside[here][there] = f"{name} imports {other}"
    return beside


def body_of(function):
    """Return the statements of a function, its docstring aside."""
    return function.body[bool(ast.get_docstring(function)) :]


def functions_of(name):
    """Return the functions and methods of a module."""
    return [node for node in ast.walk(modules()[name]) if isinstance(node, ast.FunctionDef)]


@pytest.mark.parametrize("folder", RANKS)
def test_imports_point_down(folder):
    """Each file or folder has a rank of its own, and imports from lower ones alone."""
    ranks = RANKS[folder].split()
    assert set(inside(folder)) <= set(ranks), "give what is new a rank"
    assert not [
        said
        for name, others in inside(folder).items()
        for other, said in others.items()
        if ranks.index(other) >= ranks.index(name)
    ]


@pytest.mark.parametrize("folder", sorted({name.rpartition(".")[0] for name in modules()}))
def test_nothing_stands_in_a_circle(folder):
    """No two files or folders of a folder need each other; so no two files of the package do either."""
    assert list(TopologicalSorter(inside(folder)).static_order())


def test_the_face_loads_nothing_heavy():
    """`import latm_magic` loads no IPython, numpy, pandas or provider SDK, and prints nothing."""
    code = f"import sys, latm_magic\nprint(sorted({HEAVY} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_files_are_of_one_idea():
    """A file has at most 300 lines, one visitor and one page of signatures excepted, and says what it is for."""
    for name, tree in modules().items():
        text = ROOT.joinpath(*name.split(".")).with_suffix(".py").read_text(encoding="utf-8")
        assert text.count("\n") <= 300 or name in {VISITOR, PAGE}, name
        assert ast.get_docstring(tree), name


def test_the_session_is_a_page_of_signatures():
    """No method of `Session` but the one that makes it has more than six statements: the services do the work."""
    lengths = {
        each.name: sum(isinstance(node, ast.stmt) for statement in body_of(each) for node in ast.walk(statement))
        for each in functions_of(PAGE)
    }
    assert lengths.pop("__init__")
    assert not {name: count for name, count in lengths.items() if count > 6}


def test_magics_are_thin():
    """A magic reads its line, makes one call on the session and returns what came of it, in at most 15 lines."""
    commands = [name for name in modules() if name.startswith("latm_magic.jupyter.subcommands.")]
    lines = {
        f"{name}.{each.name}": body[-1].end_lineno - body[0].lineno + 1
        for name in ("latm_magic.jupyter.magics", *commands)
        for each in functions_of(name)
        if (body := body_of(each))
    }
    assert lines
    assert not {name: count for name, count in lines.items() if count > 15}
