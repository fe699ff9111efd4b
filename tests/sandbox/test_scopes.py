"""What the policy's walks find in a tree."""

import ast
from pathlib import Path

import pytest

from latm_magic.sandbox.policy.scopes import walk

SOURCES = [path for path in sorted((Path(__file__).parent / "constructs").rglob("*.py")) if path.stem != "syntax_error"]
OPERATORS = (ast.expr_context, ast.operator, ast.cmpop, ast.unaryop, ast.boolop)


@pytest.mark.parametrize("path", [*SOURCES, Path(__file__), Path(ast.__file__)], ids=lambda path: path.stem)
def test_walk_when_trees_are_large(path):
    """A walk finds every node that Python's own finds, in its order, but for operators and contexts."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert walk(tree) == [node for node in ast.walk(tree) if not isinstance(node, OPERATORS)]
