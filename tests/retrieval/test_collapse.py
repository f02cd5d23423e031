"""Which hits are records of one paper: those that share a title or an identifier, and that the rule or people join."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

from semsearch.model.paper import Paper
from semsearch.retrieval.collapse import collapsed
from tests.conftest import ROOT

ARTICLE = Paper(
    id="a", title="Moss growth on slate roofs", authors=("Quillmont, Dario", "Tobu, A."), year=2031, doi="10.5555/m"
)
PREPRINT = replace(ARTICLE, id="p", doi="10.48550/m", year=2030)
OTHER_AUTHORS = replace(ARTICLE, id="o", authors=("Marrick, T.",), doi="10.5555/o")


def _groups(papers: list[Paper], decided: Callable[[Paper, Paper], str | None] | None = None) -> list[str]:
    return [" ".join((found.paper.id, *found.also)) for found in collapsed(papers, decided)]


def test_the_first_record_stands_for_all_in_any_order() -> None:
    other = Paper(id="x", title="Lichens upon tiles")
    assert _groups([ARTICLE, other, PREPRINT, OTHER_AUTHORS]) == ["a p", "x", "o"]
    assert _groups([OTHER_AUTHORS, PREPRINT, other, ARTICLE]) == ["o", "p a", "x"]
    assert [found.position for found in collapsed([other, ARTICLE, PREPRINT])] == [0, 1]


def test_an_identifier_in_common_is_enough_to_be_compared() -> None:
    retitled = replace(ARTICLE, id="r", title="Moss growth on slate roofs: a study of three winters")
    assert _groups([ARTICLE, retitled]) == ["a r"]
    assert _groups([ARTICLE, replace(retitled, doi="10.5555/r")]) == ["a", "r"]  # not compared, and so apart
    chapter = Paper(id="c", title="Lichens upon tiles", authors=("Marrick, T.",), doi="10.5555/m")
    assert _groups([ARTICLE, chapter]) == ["a", "c"]


def test_a_record_joins_a_group_only_if_it_is_the_same_as_each_record_of_it() -> None:
    signed = replace(ARTICLE, title="Moss growth on slate roofs of the northern valleys", doi=None)
    unsigned, others = replace(signed, id="u", authors=()), replace(signed, id="o", authors=("Marrick, T.",))
    assert _groups([unsigned, others]) == ["u o"]
    assert _groups([signed, unsigned, others]) == ["a u", "o"]


def test_titles_that_many_papers_have() -> None:
    editorial = replace(ARTICLE, title="Editorial", venue="Roofs", volume="3")
    assert _groups([editorial, replace(editorial, id="e", doi="10.5555/e")]) == ["a", "e"]
    assert _groups([Paper(id=str(n), doi=f"10.5555/{n}") for n in range(3)]) == ["0", "1", "2"]  # no title at all


def test_people_come_before_the_rule() -> None:
    def said(kind: str) -> Callable[[Paper, Paper], str | None]:
        return lambda one, other: kind if {one.id, other.id} == {"a", "p"} else None

    assert _groups([ARTICLE, PREPRINT], said("different")) == ["a", "p"]
    assert _groups([ARTICLE, PREPRINT], said("part")) == ["a", "p"]
    assert _groups([ARTICLE, replace(PREPRINT, title="Under another title")], said("version")) == ["a p"]
    assert _groups([ARTICLE, replace(PREPRINT, title="Under another title")], said("notice")) == ["a", "p"]


def test_hits_without_a_pair_load_no_string_comparisons() -> None:
    script = (
        "import sys; from semsearch.model.paper import Paper; from semsearch.retrieval.collapse import collapsed\n"
        "a, b = (Paper(id=x, title='Moss growth on slate roofs ' + x, doi='10.5555/' + x) for x in 'ab')\n"
        "collapsed([a, b]); print('rapidfuzz' in sys.modules)\n"
        "collapsed([a, a]); print('semsearch.identity.rule' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.split() == ["False", "True"]


def test_a_hit_of_several_records_shows_the_best_of_all() -> None:
    poor = replace(
        ARTICLE, authors=("Quillmont, D.", "et al."), abstract="Moss grows … [TRUNCATED]", venue="J Imag Bot"
    )
    rich = replace(PREPRINT, abstract="Moss grows on slate roofs after rain.", venue="Journal of Imagined Botany")
    (found,) = collapsed([poor, rich])
    assert (found.paper.id, found.paper.doi, found.also) == ("a", ARTICLE.doi, ("p",)), (
        "the identity is that of the first"
    )
    assert (found.paper.abstract, found.paper.venue, found.paper.authors) == (rich.abstract, rich.venue, rich.authors)
    (alone,) = collapsed([poor])
    assert alone.paper is poor
