"""Showing what each `%latm` line of a cell says, where Python shows the last line alone; a `;` keeps one quiet."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any

from IPython.display import display

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

_WITH_SEMICOLON = re.compile(r"""(get_ipython\(\)\.run_line_magic\('latm(?:_solve)?', .*;\s*['"]\))(?=\s*$)""")
_LATM_LINE = ast.dump(ast.parse("get_ipython().run_line_magic('latm', '')", mode="eval").body)


def register(shell: InteractiveShell) -> None:
    """Have the shell show them from now on."""
    shell.input_transformers_post.append(_stay_quiet)
    shell.ast_transformers.append(_SHOWING)


def unregister(shell: InteractiveShell) -> None:
    """Leave it to Python again."""
    shell.input_transformers_post[:] = [known for known in shell.input_transformers_post if known is not _stay_quiet]
    shell.ast_transformers[:] = [known for known in shell.ast_transformers if known is not _SHOWING]


def show(value: Any) -> None:
    """Show what a line of a cell gave, if anything."""
    if value is not None:
        display(value)


def _stay_quiet(lines: list[str]) -> list[str]:
    """Put the `;` at the end of the last line behind the call that IPython makes of it: nothing is shown then."""
    last = max((number for number, line in enumerate(lines) if line.strip()), default=-1)
    return [_WITH_SEMICOLON.sub(r"\1;", line) if number == last else line for number, line in enumerate(lines)]


class _Showing(ast.NodeTransformer):
    """Wraps the `%latm` lines of a cell in `show`, save the last one, which the shell shows itself."""

    def visit_Module(self, node: ast.Module) -> ast.Module:
        node.body[:-1] = [_shown(line) if _is_ours(line) else line for line in node.body[:-1]]
        return node


def _is_ours(line: ast.stmt) -> bool:
    match line:
        case ast.Expr(ast.Call(_, [_, ast.Constant(str(typed)) as said], [])):
            if typed.rstrip().endswith(";"):
                return False
            said.value = ""
            is_ours = ast.dump(line.value) == _LATM_LINE
            said.value = typed
            return is_ours
    return False


def _shown(line: Any) -> ast.stmt:
    wrapped = ast.parse(f"__import__({__name__!r}, fromlist=['show']).show(0)").body[0]
    ast.copy_location(wrapped, line)
    for node in ast.walk(wrapped):
        ast.copy_location(node, line)
    wrapped.value.args[0] = line.value  # type: ignore[attr-defined]
    return wrapped


_SHOWING = _Showing()
