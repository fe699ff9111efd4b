"""The features by which a question is compared with a wording, and the wordings found among questions."""

from wordings import TEMPLATES, questions

from latm_magic.routing.lexical.clustering import cluster
from latm_magic.routing.lexical.features import Wording, extract_features, leave_one_out
from latm_magic.routing.lexical.tokens import Lexicon, TokenizedQuestion


def test_features_are_shares_and_full_for_the_wording_itself():
    """Each feature is between 0 and 1; a wording's own question has nearly all of each."""
    lexicon = Lexicon()
    for template in TEMPLATES.values():
        for question in questions(template, 6):
            lexicon.add(question)
    read = {
        tool: [TokenizedQuestion.of(lexicon.ids(q)) for q in questions(text, 6)] for tool, text in TEMPLATES.items()
    }
    for tool, own in read.items():
        wording = Wording.of(own)
        for other, readings in read.items():
            for one in readings:
                seen = extract_features(wording, one)
                assert all(0 <= share <= 1.0000001 for share in seen)
                if other == tool:
                    assert min(seen[1:]) > 0.95
        assert len(leave_one_out(own)) == len(own)
        assert cluster(own) == ([[0, 1, 2, 3, 4, 5]], [])
