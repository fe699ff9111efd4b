"""Caches that older versions wrote must load for ever; tests/data keeps one of each format."""

from __future__ import annotations

import json
import re
import runpy
import shutil
from pathlib import Path

import pytest

from latm_magic.cache import schema
from latm_magic.cache.cache import Cache
from latm_magic.environment import home_folder

DATA = Path(__file__).resolve().parents[1] / "data"
FORMATS = sorted(DATA.glob("cache_format_*"))


def read_all(format_folder, place):
    """Return what a copy of a kept cache holds, by the key that sealed it."""
    writer = runpy.run_path(str(format_folder / "write.py"))
    for name in ("cache.sqlite", "seal.key"):
        shutil.copyfile(format_folder / name, place / name)
    (place / "seal.key").chmod(0o600)
    with Cache(place, place) as cache:
        return json.loads(json.dumps(writer["content_of"](cache)))


def agrees(wanted, got):
    """Whether everything wanted is there; records may have gained fields since."""
    if isinstance(wanted, dict):
        return isinstance(got, dict) and all(name in got and agrees(wanted[name], got[name]) for name in wanted)
    if isinstance(wanted, list):
        return len(wanted) == len(got) and all(map(agrees, wanted, got))
    return wanted == got


@pytest.mark.parametrize("format_folder", FORMATS, ids=lambda path: path.name)
def test_a_cache_of_an_older_version_loads(format_folder, tmp_path):
    """Every tool, answer, entry and lesson of a kept cache is read, trusted where it was, by this version."""
    wanted = json.loads((format_folder / "content.json").read_text(encoding="ascii"))
    got = read_all(format_folder, tmp_path)
    assert all(wanted.values())
    for part, value in wanted.items():
        assert agrees(value, got[part]), part


def test_there_is_a_kept_cache_of_every_format():
    """Whoever makes a new format keeps a cache written in it."""
    assert [path.name for path in FORMATS] == [f"cache_format_{number + 1}" for number in range(schema.FORMAT)]


def is_grown(old, new):
    """Whether every field of a record is still what it was; it may have more fields, and a literal more words."""
    if isinstance(old, dict):
        return isinstance(new, dict) and all(name in new and is_grown(old[name], new[name]) for name in old)
    if isinstance(old, list):
        return isinstance(new, list) and is_grown(old[0], new[0])
    words = [set(re.findall(r"'[^']*'", shape)) if shape.startswith("Literal[") else {shape} for shape in (old, new)]
    return words[0] <= words[1]


def test_the_records_are_those_of_the_format_or_have_grown():
    """Who changes or takes a field of a stored record makes a new format; who adds one gives it a default."""
    newest = FORMATS[-1]
    records = runpy.run_path(str(newest / "write.py"))["records"]()
    assert is_grown(json.loads((newest / "records.json").read_text(encoding="ascii")), records)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"a": "int"}, {"a": "int", "b": "str"}, True),
        ({"a": [{"b": "Literal['x', 'y']"}]}, {"a": [{"b": "Literal['y', 'z', 'x']"}]}, True),
        ({"a": "int", "b": "str"}, {"a": "int"}, False),
        ({"a": "int"}, {"a": "float"}, False),
        ({"a": "Literal['x', 'y']"}, {"a": "Literal['x']"}, False),
        ({"a": ["int"]}, {"a": "int"}, False),
    ],
)
def test_a_record_has_grown_where_nothing_was_taken(old, new, expected):
    """A field or a word more is growth; one less, or another type, is not."""
    assert is_grown(old, new) is expected


def test_the_tables_are_those_of_the_format(tmp_path):
    """Who changes a table makes a new format, whose migration leads to the same tables as starting afresh."""
    old, fresh = tmp_path / "old", tmp_path / "fresh"
    for place in (old, fresh):
        place.mkdir()
    shutil.copyfile(FORMATS[-1] / "cache.sqlite", old / "cache.sqlite")
    with Cache(fresh, home_folder()) as cache:
        cache.routes.keep_router_state(b"")
    statement = "SELECT name, sql FROM sqlite_master ORDER BY name"
    with Cache(old, home_folder()) as one, Cache(fresh, home_folder()) as two:
        assert one._database.rows(statement) == two._database.rows(statement)
