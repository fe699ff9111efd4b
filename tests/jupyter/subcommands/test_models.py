"""`%latm models`, through a real shell."""

import pytest
from loopback import Turn, said

from latm_magic import current


@pytest.fixture
def shell(ip, capsys):
    """Return a function that runs a line in a shell with the extension, and returns what a terminal shows."""
    ip.run_line_magic("load_ext", "latm_magic")

    def run(line):
        capsys.readouterr()
        ip.run_cell(line)
        return capsys.readouterr().out

    return run


def test_models_when_listed_mark_roles_and_run_no_markup(serve, shell):
    """One row a model; unknown figures are a question mark, and a name is text."""
    document = {"data": [{"id": "<script>x</script>"}, {"id": "big", "context_length": 128_000}]}
    endpoint = serve(lambda body: Turn(body=document) if body is None else said("x"), models=None)
    current().settings.put_all([("base_url", endpoint.base_url, "keyword"), ("maker_model", "big", "keyword")])
    shown = shell("%latm models")
    row = next(line for line in shown.splitlines() if "big" in line)
    assert row.split()[:2] == ["big", "maker,"]
    assert "128,000" in row
    assert "?" in row
    current().settings.user_model = "gone"
    assert "The user model 'gone' is not among them" in shell("%latm models")
    view = current().models()
    from latm_magic.jupyter.display import view as page_of

    assert "<script>" not in page_of(view).html


def test_models_when_nothing_can_be_asked_are_one_line(shell):
    """No endpoint, no such profile: what to set."""
    assert "There is no endpoint to ask" in shell("%latm models").strip().splitlines()[-1]
    assert "There is no profile 'local'" in shell("%latm models --profile local").strip().splitlines()[-1]


def test_status_when_pinged_shows_each_role(serve, shell):
    """One table a model, with what to do; an unknown profile is one line."""
    endpoint = serve(said("yes"))
    current().settings.put_all([("base_url", endpoint.base_url, "keyword"), ("maker_model", "loopback-1", "keyword")])
    shown = shell("%latm status --ping")
    assert "maker, user, dispatcher: loopback-1" in shown
    assert "✓" in shown
    assert "✗" in shown
    assert "4 calls" in shown
    assert "There is no profile" in shell("%latm status --ping --profile nope").strip().splitlines()[-1]
