"""One list of what is safe: the modules that are handed out, what the maker is told and the policy's version follow it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from latm_magic.sandbox.policy import allowlist
from latm_magic.sandbox.policy.allowlist import ALLOWLIST, POLICY_VERSION, SAFE_MODULES

LIST = Path(allowlist.__file__)

# Puts a changed list in the place of the real one before anything else of the sandbox is imported.
REPORT = """
import json, sys, types
from latm_magic.sandbox import policy
allowlist = types.ModuleType("latm_magic.sandbox.policy.allowlist")
sys.modules[allowlist.__name__] = policy.allowlist = allowlist
exec(sys.stdin.read(), vars(allowlist))
heavy = "RestrictedPython" in sys.modules
from guest_code import findings_of, load
from latm_magic.sandbox.sandbox import Sandbox
module = "import colorsys\\ndef f():\\n    return colorsys.hls_to_rgb(0, 1, 0)\\n"
refused = findings_of(module)
print(json.dumps({
    "told": allowlist.SAFE_MODULES, "version": Sandbox.policy_version.fget(None), "heavy": heavy,
    "findings": refused, "value": None if refused else load(module)["f"](), "others": findings_of("import maths"),
}))
"""


def report(source):
    """Return what the sandbox does in a process of its own whose allowlist is `source`."""
    support = Path(__file__).resolve().parents[1] / "support"
    code = f"import sys; sys.path[:0] = {[str(LIST.parents[3]), str(support)]!r}\n{REPORT}"
    done = subprocess.run([sys.executable, "-c", code], input=source, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_a_module_is_added_by_one_line():
    """With one line more the module can be imported, the maker is told of it, advice names it and the version changes."""
    source = LIST.read_text()
    before = report(source)
    after = report(source.replace("_MODULES = {\n", '_MODULES = {\n    "colorsys": "hls_to_rgb",\n', 1))
    assert "import of 'colorsys' is not allowed" in before["findings"][0]
    assert (after["findings"], after["value"]) == ([], [1, 1, 1])
    assert after["told"] == ["colorsys", *before["told"]] == ["colorsys", *SAFE_MODULES]
    assert " colorsys," in after["others"][0]
    assert " colorsys," not in before["others"][0]
    assert before["version"] == POLICY_VERSION != after["version"]
    assert not before["heavy"]


@pytest.mark.parametrize(
    ("line", "changed"),
    [
        ('"html": "escape unescape"', '"html": "escape"'),
        ('"html": "escape unescape"', '"html": "escape  unescape"'),
        ("abs all any", "all any"),
        ("Module Expression", "Module Await Expression"),
    ],
)
def test_version_follows_what_is_listed(line, changed):
    """A name, a builtin or a form of syntax more or less is another version; how the list is written is not."""
    source = LIST.read_text()
    assert source.count(line) == 1
    namespace = {"__name__": "changed"}
    exec(source.replace(line, changed), namespace)
    assert (namespace["POLICY_VERSION"] != POLICY_VERSION) == (line.split() != changed.split())


def test_version_names_rules_and_list():
    """The version, which is recorded with each verification, is the number of the rules and a digest of the list."""
    assert re.fullmatch(r"\d+\.[0-9a-f]{8}", POLICY_VERSION)


def test_modules_that_the_maker_is_told_of_exist():
    """Every listed module can be imported, and the maker is told only of those at the top level."""
    for module in ALLOWLIST:
        import_module(module)
    assert set(SAFE_MODULES) <= {module for module in ALLOWLIST if "." not in module}
    assert len(SAFE_MODULES) == len(set(SAFE_MODULES)) > 20
