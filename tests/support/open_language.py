"""A language layer without any policy: what the walls alone must hold against. For tests only."""

import builtins
import importlib

from latm_magic.sandbox.policy.compile import Compiled
from latm_magic.sandbox.records import Finding


class OpenLanguage:
    """Runs guest code as it stands, in an ordinary module namespace."""

    def compile(self, source, filename):
        try:
            code = compile(source, filename, "exec")
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            return Compiled(None, (Finding(1, str(error), "-"),))
        return Compiled(code, ())

    def namespace(self, printed):
        return {"__name__": "tool", "__builtins__": builtins}

    def warm_up(self):
        for name in WANTED:
            importlib.import_module(name)


WANTED = [
    "_posixsubprocess",
    "_strptime",
    "base64",
    "calendar",
    "contextlib",
    "copy",
    "ctypes",
    "dataclasses",
    "datetime",
    "decimal",
    "difflib",
    "fractions",
    "functools",
    "hashlib",
    "heapq",
    "importlib",
    "inspect",
    "io",
    "itertools",
    "multiprocessing",
    "numbers",
    "operator",
    "pathlib",
    "random",
    "re",
    "socket",
    "statistics",
    "string",
    "subprocess",
    "threading",
    "typing",
    "multiprocessing.context",
    "multiprocessing.popen_fork",
]
"""What attacks import: behind the walls nothing can be loaded any more."""
