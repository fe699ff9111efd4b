"""What a worker can still do behind its walls, under versions of Python that import late."""

import os
import subprocess
import sys
from pathlib import Path

from latm_magic.sandbox import Sandbox

ROOT = Path(__file__).resolve().parents[3]


def test_check_when_the_interpreter_imports_late():
    """What Python imports only when it reads or runs a tool is there before the walls go up, as 3.14 needs it."""

    class Late(Sandbox):
        _program = (
            "import ast\nunparse = ast.unparse\ndef late(tree):\n    import colorsys\n    return unparse(tree)\n"
            "ast.unparse = late\nfrom latm_magic.sandbox.worker.zygote import main; main()"
            if hasattr(os, "fork")
            else Sandbox._program
        )

    with Late() as sandbox:
        (function,) = sandbox.check("def f(n: int) -> list[int]:\n    return [n]").functions
        assert (function.parameters[0].annotation, function.returns) == ("int", "list[int]")
        assert sandbox.run("def f(n: int) -> list[int]:\n    return [n]", "f", args=[1]).value == [1]


def test_template_when_its_flags_are_none():
    """`string.Template` of Python 3.14 says None where the earlier ones name a flag."""
    program = """
import string
string.Template.flags = None
from latm_magic.sandbox.runtime.stdlib import Template
class Mine(Template):
    delimiter = "%"
class Later(Template):
    flags = None
assert Template("$A").substitute(A=1) == Mine("%a").substitute(a=1) == Later("$a").substitute(a=1) == "1"
"""
    subprocess.run([sys.executable, "-c", program], env=os.environ | {"PYTHONPATH": str(ROOT)}, timeout=60, check=True)
