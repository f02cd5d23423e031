"""The tokenizer against FTS5 on whole texts."""

from __future__ import annotations

import os
import sqlite3
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semsearch.lexical.tokens import TOKENIZER, Tokenizer

_ODD = "abcXYZ019 -_.,'’–—βγΔéüñÅß²½€中文字かな한국İıǅⅣ\u0301\u0308\u200b\u00ad\n\t/\x7f\x00ﬁ😀𝔸"


def _by_fts5(text: str) -> list[str]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(f"CREATE VIRTUAL TABLE t USING fts5 (text, content='', tokenize='{TOKENIZER}')")
        connection.execute("CREATE VIRTUAL TABLE v USING fts5vocab (t, instance)")
        connection.execute("INSERT INTO t (rowid, text) VALUES (1, ?)", (text,))
        return [term for _, term in sorted(connection.execute("SELECT offset, term FROM v"))]


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from(_ODD), max_size=40) | st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_terms_are_those_of_fts5(text: str) -> None:
    assert Tokenizer().terms(text) == _by_fts5(text)


def test_words_are_folded_and_stemmed() -> None:
    assert Tokenizer().terms("Mossy roofs, NAÏVE studies of β-glucan") == [
        "mossi",
        "roof",
        "naiv",
        "studi",
        "of",
        "β",
        "glucan",
    ]


def test_many_texts_give_what_each_gives() -> None:
    texts = [f"roofs{n} moss {n % 7} kelp-{n}" for n in range(300)]
    each = [Tokenizer().terms(text) for text in texts]
    assert Tokenizer().each(iter(texts)) == each
    few = Tokenizer(kept=50)
    assert [few.terms(text) for text in texts] == each
    assert len(few._known) <= 50
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(few.terms, texts * 5)) == each * 5


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
def test_a_child_process_can_go_on() -> None:
    tokenizer = Tokenizer()
    tokenizer.terms("moss")
    tokenizer._lock.acquire()  # as if another thread were in the middle
    child = os.fork()
    if not child:
        os._exit(0 if tokenizer.terms("new roofs") == ["new", "roof"] else 1)
    assert os.waitpid(child, 0)[1] == 0
