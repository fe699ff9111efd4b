"""Tools with their versions: what is kept, found again, trusted and refused."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest
from sample_tool import sample_tool

from latm_magic.cache.cache import Cache
from latm_magic.cache.records import ConfirmedRoute, Correction, Refusal, StoredAnswer
from latm_magic.environment import home_folder
from latm_magic.errors import CacheError, TaskError, ToolNotFound
from latm_magic.provenance import Provenance
from latm_magic.task import Instance
from latm_magic.verification import SampleResult, Verification

ODD_TEXTS = {
    "braces": "{x} {{y}} $z %s",
    "nul": "a\0b",
    "lone surrogates": "\ud800 \udfff\ud83d\ude00",
    "right to left": "שלום \u202emirrored\u202c مرحبا",
    "emoji": "👩‍👩‍👧‍👦 🇺🇳",
    "separators": "---\n=> \\---\r\n\u2028",
    "quotes": "'\"`''' \"\"\" ; DROP TABLE tool; --",
    "a megabyte": "pear " * 200_000,
    "a megabyte of three-byte letters": "語" * 350_000,
}


def test_a_tool_is_given_back_as_it_was_kept(cache):
    """What `add` gives, `tool`, `tools` and `versions` give too, after closing and opening again."""
    kept = cache.tools.keep(sample_tool())
    cache.close()
    assert cache.tools.get("sort_words") == kept == sample_tool()
    assert cache.tools.current() == cache.tools.versions("sort_words") == (kept,)


@pytest.mark.parametrize("text", ODD_TEXTS.values(), ids=ODD_TEXTS.keys())
def test_any_text_survives(cache, folder, text):
    """Every text of a tool comes back as it was, from another process's point of view too."""
    samples = tuple(Instance(f"{text}{number}", text) for number in range(3))
    tool = sample_tool(
        samples=samples,
        earlier=(Instance(text, text),),
        description=text,
        source=text,
        doc=text,
        provenance=Provenance(text, recorded=text),
    )
    kept = cache.tools.keep(tool)
    with Cache(folder, home_folder()) as other:
        assert other.tools.get("sort_words") == kept == tool
        assert other.tools.summaries()[0].description == text
        assert other.tools.is_trusted(tool)
        assert other.tools.find(tool.task) == tool


def test_each_add_makes_the_next_version_and_makes_it_current(cache):
    """The given version and fingerprint do not matter; the older version stays."""
    cache.tools.keep(sample_tool(version=9, fingerprint="made up"))
    second = cache.tools.keep(sample_tool(description="Sort words.", version=1))
    assert [tool.version for tool in cache.tools.versions("sort_words")] == [1, 2]
    assert cache.tools.get("sort_words") == second
    assert second.fingerprint == sample_tool(description="Sort words.").fingerprint
    assert cache.tools.get("sort_words", 1) == sample_tool()


def test_going_back_makes_an_older_version_current(cache):
    """`set_current` changes which version is served, and the next one is numbered after the highest."""
    cache.tools.keep(sample_tool())
    cache.tools.keep(sample_tool(doc="Newer."))
    cache.tools.set_current("sort_words", 1)
    assert cache.tools.get("sort_words").version == 1
    assert cache.tools.summaries()[0].version == 1
    assert cache.tools.keep(sample_tool(doc="Newest.")).version == 3


def test_a_summary_tells_what_a_list_shows(cache):
    """Names and summaries come sorted, with the figures of the verification."""
    wrong = SampleResult("q", "w", "held out", "wrong", "g")
    verification = sample_tool().verification
    cache.tools.keep(sample_tool("zebra"))
    cache.tools.keep(sample_tool(verification=replace(verification, samples=(*verification.samples, wrong))))
    assert cache.tools.names() == ("sort_words", "zebra")
    summary = cache.tools.summaries()[0]
    assert (summary.name, summary.version, summary.verified) == ("sort_words", 1, "6/7")
    assert (summary.maker, summary.recorded, summary.created) == ("maker-model", "", "2026-01-02T03:04:05+00:00")
    assert summary.fingerprint == sample_tool().fingerprint


def test_a_name_that_no_tool_can_have_is_refused(cache, folder):
    """A wrong name is told before anything is written."""
    with pytest.raises(TaskError, match="cannot name a function"):
        cache.tools.keep(sample_tool("no name"))
    assert not folder.exists()


def test_a_record_that_cannot_be_read_again_is_refused(cache):
    """A value of the wrong kind is told with its place, and nothing is kept."""
    with pytest.raises(CacheError, match=r"'sort_words' cannot be kept: doc: 5 where text belongs"):
        cache.tools.keep(sample_tool(doc=5))
    assert cache.tools.names() == ()


@pytest.mark.parametrize("name", ["sort_word", "", "no\0name", "\ud800", "sørt", "sort_words; --", "SORT_WORDS"])
def test_an_unknown_name_is_not_found(cache, name):
    """Whatever the name, the error is ToolNotFound, for every method that takes one."""
    cache.tools.keep(sample_tool())
    for call in (
        lambda: cache.tools.get(name),
        lambda: cache.tools.get(name, 1),
        lambda: cache.tools.versions(name),
        lambda: cache.tools.drop(name),
        lambda: cache.tools.set_current(name, 1),
        lambda: cache.tools.trust(name, 1),
        lambda: cache.tools.replace_verification(name, 1, Verification(())),
    ):
        with pytest.raises(ToolNotFound) as caught:
            call()
        assert caught.value.name == name
    assert cache.tools.names() == ("sort_words",)
    assert not cache.tools.is_trusted(replace(sample_tool(), name=name))
    assert cache.tools.find(replace(sample_tool().task, name=name)) is None


def test_the_error_names_the_cache_and_the_closest_tool(cache):
    """The message says where was looked, and what was probably meant."""
    cache.tools.keep(sample_tool())
    with pytest.raises(ToolNotFound) as caught:
        cache.tools.get("sort_word")
    assert str(caught.value) == "No tool named 'sort_word' in cache 'reports'. Did you mean 'sort_words'?"


def test_a_cache_that_was_moved_is_named_by_its_folder(tmp_path):
    """Where cache_dir names the folder, the message does."""
    with pytest.raises(ToolNotFound, match="in cache 'elsewhere'"):
        Cache(tmp_path / "elsewhere", home_folder()).tools.get("sort_words")


@pytest.mark.parametrize("version", [2, 0, -1, 2**63, 10**30, -(10**30)])
def test_an_unknown_version_is_not_found(cache, version):
    """The message says which versions there are, and the number may be anything."""
    cache.tools.keep(sample_tool())
    with pytest.raises(
        ToolNotFound, match=rf"No version {version} of tool 'sort_words' in cache 'reports': it has 1\."
    ):
        cache.tools.get("sort_words", version)
    with pytest.raises(ToolNotFound):
        cache.tools.set_current("sort_words", version)
    assert cache.tools.get("sort_words").version == 1


def test_dropping_takes_all_versions_and_what_belongs_to_them(cache, edit):
    """After a drop nothing of the tool is left in any table; the other tools stay, and numbering begins anew."""
    for name in ("sort_words", "zebra"):
        tool = cache.tools.keep(sample_tool(name))
        cache.answers.keep([StoredAnswer(name, name, 1, tool.fingerprint, "text", "user", confirmed=False, created="")])
        cache.feedback.keep_refusals([Refusal(name, 1, name)])
        cache.feedback.keep_corrections([Correction(name, 1, name, "wanted", "got")])
        cache.routes.keep([ConfirmedRoute(tool=name, question=name, by="you")])
        cache.tools.mark_suspect(name, 1, "reason")
    cache.tools.keep(sample_tool())
    cache.tools.drop("sort_words")
    tables = ("tool", "tool_version", "tool_body", "answer", "refusal", "correction", "decision", "mark")
    assert {edit(f"SELECT COUNT(*) FROM {table}")[0][0] for table in tables} == {1}
    assert cache.tools.names() == ("zebra",)
    assert cache.tools.keep(sample_tool()).version == 1


def test_a_task_made_before_is_found(cache):
    """The same name, description, kind and samples give the tool; any change gives none."""
    tool = cache.tools.keep(sample_tool())
    task = tool.task
    assert cache.tools.find(task) == tool
    assert cache.tools.find(replace(task, earlier=(Instance("old", "old"),))) == tool
    assert cache.tools.find(replace(task, name="other")) is None
    assert cache.tools.find(replace(task, description="Other.")) is None
    assert cache.tools.find(replace(task, kind="int")) is None
    assert cache.tools.find(replace(task, samples=task.samples[:-1])) is None
    assert cache.tools.find(replace(task, samples=task.samples[::-1])) is None


def test_a_tool_that_grew_is_found_by_the_task_that_first_made_it(cache):
    """A later version that was verified on all the samples of an older one serves the older one's cell."""
    first = cache.tools.keep(sample_tool())
    grown = cache.tools.keep(sample_tool(samples=(*first.samples, Instance("new", "new"))))
    assert cache.tools.find(first.task) == grown
    rest = cache.tools.keep(sample_tool(samples=grown.samples[3:], earlier=grown.samples[:3]))
    assert cache.tools.find(first.task) == rest


def test_a_tool_that_went_back_is_not_found_by_a_task_it_was_not_verified_on(cache):
    """After going back to a version without some samples, their cell makes a tool again."""
    first = cache.tools.keep(sample_tool())
    grown = cache.tools.keep(sample_tool(samples=(*first.samples, Instance("new", "new"))))
    cache.tools.set_current("sort_words", 1)
    assert cache.tools.find(grown.task) is None
    assert cache.tools.find(first.task) == first


def test_a_tool_with_another_description_is_not_found_by_an_old_task(cache):
    """A newer version that was made for another description does not serve the old one's cell."""
    first = cache.tools.keep(sample_tool())
    cache.tools.keep(sample_tool(description="Sort them backwards."))
    assert cache.tools.find(first.task) is None


def test_a_newer_verification_replaces_the_older(cache):
    """The record, the list entry and the trust follow; the fingerprint and the answers stay."""
    tool = cache.tools.keep(sample_tool())
    cache.answers.keep(
        [StoredAnswer("q", "sort_words", 1, tool.fingerprint, "text", "user", confirmed=False, created="")]
    )
    verification = Verification(tool.verification.samples[:4], policy="2", python="3.13")
    renewed = cache.tools.replace_verification("sort_words", 1, verification)
    assert renewed == cache.tools.get("sort_words") == replace(tool, verification=verification)
    assert cache.tools.summaries()[0].verified == "4/4"
    assert cache.tools.is_trusted(renewed)
    assert not cache.tools.is_trusted(tool)
    assert cache.answers.find_one("q")


def test_a_verification_that_cannot_be_kept_changes_nothing(cache):
    """A wrong record is refused whole."""
    tool = cache.tools.keep(sample_tool())
    with pytest.raises(CacheError, match="cannot be kept"):
        cache.tools.replace_verification("sort_words", 1, Verification((), policy=5))
    assert cache.tools.get("sort_words") == tool


# Trust


def test_what_was_kept_here_is_trusted(cache, folder):
    """Every version that was added on this machine is trusted, by later processes too."""
    first, second = cache.tools.keep(sample_tool()), cache.tools.keep(sample_tool(doc="Newer."))
    with Cache(folder, home_folder()) as other:
        assert other.tools.is_trusted(first)
        assert other.tools.is_trusted(second)


def test_only_exactly_what_was_kept_is_trusted(cache):
    """A record that differs in any field from what is in the cache is not trusted; nor is one that is not in it."""
    tool = cache.tools.keep(sample_tool())
    for changed in (
        replace(tool, source=f"{tool.source}\n"),
        replace(tool, doc="Other."),
        replace(tool, version=2),
        replace(tool, calling="arguments"),
        replace(tool, use_cases=()),
    ):
        assert not cache.tools.is_trusted(changed)
    cache.tools.drop("sort_words")
    assert not cache.tools.is_trusted(tool)


def test_a_cache_of_another_machine_is_not_trusted(cache, folder, tmp_path):
    """A copied cache can be read, but nothing in it is trusted, and renewing a verification does not change that."""
    tool = cache.tools.keep(sample_tool())
    cache.close()
    shutil.copytree(folder, tmp_path / "clone" / ".latm")
    with Cache(tmp_path / "clone" / ".latm", tmp_path / "other home") as clone:
        assert clone.tools.get("sort_words") == tool
        assert not clone.tools.is_trusted(tool)
        renewed = clone.tools.replace_verification("sort_words", 1, Verification((), policy="2"))
        assert not clone.tools.is_trusted(renewed)
        clone.tools.trust("sort_words", 1)
        assert clone.tools.is_trusted(renewed)


def test_a_seal_of_another_tool_does_not_fit(cache, edit):
    """A seal that was copied from a tool of yours to another one's row is worth nothing."""
    cache.tools.keep(sample_tool())
    zebra = cache.tools.keep(sample_tool("zebra"))
    edit("UPDATE tool_body SET seal = (SELECT seal FROM tool_body WHERE name = 'sort_words')")
    assert not cache.tools.is_trusted(zebra)


def test_a_source_that_was_edited_with_its_fingerprint_is_read_and_not_trusted(cache, edit):
    """Whoever can compute the fingerprint can make a whole tool, but not its seal."""
    evil = sample_tool(source=sample_tool().source + "# evil")
    cache.tools.keep(sample_tool())
    cache.tools.keep(evil)
    edit("UPDATE tool_body SET seal = (SELECT seal FROM tool_body WHERE version = 1)")
    assert cache.tools.get("sort_words").source == evil.source
    assert not cache.tools.is_trusted(cache.tools.get("sort_words"))


def test_a_tool_made_without_a_home_is_not_trusted_next_time(folder, tmp_path):
    """Where the key cannot be written the tool is trusted in this process alone, and the note says why."""
    (tmp_path / "file").write_text("in the way")
    with Cache(folder, tmp_path / "file") as cache:
        tool = cache.tools.keep(sample_tool())
        assert cache.tools.is_trusted(tool)
        assert "LATM_HOME" in cache.trust_note
    with Cache(folder, tmp_path / "file") as again:
        assert not again.tools.is_trusted(tool)


def test_a_home_that_works_leaves_no_note(cache):
    """Nothing is told where the key lasts."""
    cache.tools.keep(sample_tool())
    assert cache.trust_note == ""


# Damage


DAMAGE = {
    "source": "UPDATE tool_body SET body = replace(CAST(body AS TEXT), 'sorted', 'sabotage')",
    "no JSON": "UPDATE tool_body SET body = 'x'",
    "wrong kind": "UPDATE tool_body SET body = 5",
    "null": "UPDATE tool_body SET body = x''",
    "version": "UPDATE tool_body SET body = replace(CAST(body AS TEXT), '\"version\":1', '\"version\":2')",
    "list entry": "UPDATE tool_version SET right = 5",
    "list description": "UPDATE tool_version SET description = 'Safe.'",
    "list fingerprint": "UPDATE tool_version SET fingerprint = 'x'",
}


@pytest.mark.parametrize("statement", DAMAGE.values(), ids=DAMAGE.keys())
def test_a_tool_whose_content_does_not_fit_is_named_as_damaged(cache, edit, statement):
    """An edited tool is a CacheError that names it and says what to do; the others stay, and it can be dropped."""
    tool = cache.tools.keep(sample_tool())
    edit(statement)
    cache.tools.keep(sample_tool("zebra"))
    for read in (lambda: cache.tools.get("sort_words"), cache.tools.current, lambda: cache.tools.find(tool.task)):
        with pytest.raises(CacheError, match=r"Tool 'sort_words' in .* is damaged .*%latm drop sort_words") as caught:
            read()
        assert "\n" not in str(caught.value)
    assert cache.tools.names() == ("sort_words", "zebra")
    assert cache.tools.get("zebra")
    cache.tools.drop("sort_words")
    assert len(cache.tools.current()) == 1


@pytest.mark.parametrize("column", ["description", "right", "created", "samples"])
def test_a_damaged_list_entry_is_named(cache, edit, column):
    """A list entry of the wrong kind is told, not shown."""
    cache.tools.keep(sample_tool())
    edit(f"UPDATE tool_version SET {column} = 1.5")
    with pytest.raises(CacheError, match=r"Tool 'sort_words' in .* is damaged"):
        cache.tools.summaries()


# Other versions


def _put_body(cache, edit, body, *, is_sealed=True):
    edit("UPDATE tool_body SET body = ?, seal = ?", body, cache._seal.sign("tool", body) if is_sealed else b"")


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (b'"function"', b'"colour":"red","function"', "unknown key 'colour'"),
        (b'"calling":"parser"', b'"calling":"a flow"', "calling: 'a flow' is none of arguments, parser, snippet"),
        (
            b'"question":"pear apple 0",',
            b'"question":"pear apple 0","mood":[],',
            "samples: in a list: unknown key 'mood'",
        ),
    ],
)
def test_a_tool_of_a_newer_version_is_told_as_that(cache, edit, old, new, why):
    """A sealed tool with a key or a word that this version does not know is not told as damaged."""
    cache.tools.keep(sample_tool())
    ((body,),) = edit("SELECT body FROM tool_body")
    assert old in body
    _put_body(cache, edit, body.replace(old, new))
    with pytest.raises(CacheError) as caught:
        cache.tools.get("sort_words")
    assert f"was made by a newer latm_magic ({why}" in str(caught.value)
    assert "upgrade it (pip install -U latm_magic)" in str(caught.value)
    assert "\n" not in str(caught.value)
    _put_body(cache, edit, body.replace(old, new), is_sealed=False)
    with pytest.raises(CacheError, match=r"is damaged .*%latm drop sort_words"):
        cache.tools.get("sort_words")


@pytest.mark.parametrize(
    ("calling", "had", "by"),
    [("parser", b"true", b"false"), ("arguments", b"false", b"false"), ("snippet", b"false", b"true")],
)
def test_a_tool_of_an_older_format_says_how_it_is_called(cache, edit, calling, had, by):
    """The two flags that formats 1 and 2 kept are read as one field, and the tool stays trusted."""
    kept = cache.tools.keep(sample_tool(calling=calling))
    ((body,),) = edit("SELECT body FROM tool_body")
    now = b'"calling":"%b"' % calling.encode()
    assert now in body
    _put_body(cache, edit, body.replace(now, b'"has_parser":%b,"by_snippet":%b' % (had, by)))
    assert cache.tools.get("sort_words") == kept
    assert cache.tools.is_trusted(kept)
    for damaged in (b'"by_snippet":%b' % by, b'"has_parser":1,"by_snippet":false'):
        _put_body(cache, edit, body.replace(now, damaged))
        with pytest.raises(CacheError, match="is damaged"):
            cache.tools.get("sort_words")


def test_what_a_sample_expects_changes_the_fingerprint_where_it_is_not_an_answer(cache):
    """Fingerprints and tasks of plain samples are as they were before samples could expect anything else."""
    plain = cache.tools.keep(sample_tool())
    odd = replace(plain, samples=(replace(plain.samples[0], expects="missing"), *plain.samples[1:]), fingerprint="")
    assert plain.fingerprint == "4ad3b16134f580a0f4f861bcb482832212817cdf3819c13513b10ac7ef89b470"
    assert odd.fingerprint != plain.fingerprint
    assert cache.tools.find(odd.task) is None
    assert repr(plain.samples[0]) == "Instance(question='pear apple 0', answer='0 apple pear')"
    assert repr(odd.samples[0]).endswith(", expects='missing')")
