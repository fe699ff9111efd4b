"""A language layer without any policy: what the walls alone must hold against. For tests only."""

import builtins
import types


class OpenLanguage:
    """Runs guest code as it stands, in an ordinary module namespace."""

    def compile(self, source, filename):
        try:
            code = compile(source, filename, "exec")
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            from latm_magic.sandbox.records import Finding

            return types.SimpleNamespace(code=None, findings=(Finding(1, str(error), "-"),), functions=(), imports=())
        return types.SimpleNamespace(code=code, findings=(), functions=(), imports=())

    def namespace(self, printed):
        return {"__name__": "tool", "__builtins__": builtins}

    def warm_up(self):
        import _posixsubprocess, _strptime, base64, calendar, contextlib, copy, ctypes, dataclasses, datetime  # noqa: E401, F401, I001
        import decimal, difflib, fractions, hashlib, heapq, importlib, inspect, io, multiprocessing, numbers, operator  # noqa: E401, F401, I001
        import pathlib, random, re, socket, statistics, string, subprocess, threading, typing  # noqa: E401, F401, I001
