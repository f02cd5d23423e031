from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.model.printable import safe
from semsearch.text.cleaning import embedded_text, plain
from semsearch.text.folding import fold

UNTOUCHED = [
    "p < 0.05, x<y", "50% of", "$5 and $10", "O(n log n)", "a<b and c>d", "R&D", "AT&T; more", "x_1 and y^2", "costs $5-$10",
    "about ~5 items", "https://example.org/~user/a_b?x=1&y=2", "<0.5 or >0.7", "C++ & C#", "10--20", "'quoted'", "5' and 6''",
    "[0, 1) (a, b]", "see [1](no link)", "κ = 0.7, naïve", "日本語の要旨", "100 % {braces}", "a | b", "tag <unknown> stays",
]  # fmt: skip

CHANGED = [
    ("hard\nwrapped  text", "hard wrapped text"),
    ("we \\textsc{SafePatch} it", "we SafePatch it"),
    ("\\mytoolkit{} also", "mytoolkit also"),
    ("see \\url{https://a.b/~c_d}.", "see https://a.b/~c_d."),
    ("\\href{http://x.y/~z}{our page}", "our page (http://x.y/~z)"),
    ("interactions~(DDIs)", "interactions (DDIs)"),
    ("5~kpc", "5 kpc"),
    ("``drift'' here", "“drift” here"),
    ("50\\% of A\\&B", "50% of A&B"),
    ("G\\\"odel, Erd\\H{o}s, na\\\"{\\i}ve", "Gödel, Erdős, naïve"),
    ("$\\beta$-VAE", "β-VAE"),
    ("$O(n \\log n)$", "O(n log n)"),
    ("mass $M_\\text{star}=10^{11}$", "mass M_star=10^11"),
    ("\\mathbf{W} and $\\mathcal{O}(1)$", "W and O(1)"),
    ("$\\sim$5%", "∼5%"),
    ("{\\it Drosophila} flies", "Drosophila flies"),
    ("80\\,pc", "80 pc"),
    ("a <i>b</i> &lt; c &amp;amp; d", "a b < c & d"),
    ("H<sub>2</sub>O<jats:p>New</jats:p>", "H2O New"),
    ("[https://x.io](https://x.io).", "https://x.io."),
    ("[code](https://x.io)", "code (https://x.io)"),
    ("e\u0301t\u00e9", "été"),
    ("a\u202eb\u200bc\x00d\x1b[31me\ud800", "abcd[31me"),
    ("\\textbf{50% better}", "50% better"),
]  # fmt: skip


@pytest.mark.parametrize("text", UNTOUCHED)
def test_plain_leaves_alone(text: str) -> None:
    assert plain(text) == text


@pytest.mark.parametrize(("text", "expected"), CHANGED)
def test_plain_resolves(text: str, expected: str) -> None:
    assert plain(text).replace("\ufffd", "") == expected


@given(st.lists(st.text(st.characters(categories=("L", "N")), min_size=1, max_size=8), max_size=20))
def test_no_word_is_ever_lost(words: list[str]) -> None:
    """Words between signs that look like markup are kept, in order."""
    marks = [" ", " $", "$ ", " % ", " < ", "> ", " & ", " ~", " {", "} ", " \\ ", "\n", " `` ", "''", " ^ ", "_ "]
    text = "".join(w + marks[(7 * len(w) + n) % len(marks)] for n, w in enumerate(words))
    squeezed = re.sub(r"[\W_]+", "", plain(text))
    for word in words:
        assert re.sub(r"[\W_]+", "", plain(word)) in squeezed


@given(st.text(max_size=300))
def test_any_text_becomes_one_clean_line(text: str) -> None:
    once = plain(text)
    assert safe(once) == once
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", once)


@pytest.mark.parametrize(
    "bomb",
    ["{" * 5000, "$" * 5000, "\\a{" * 2000, "``" * 3000, "<i>" * 5000, "&amp;" * 5000, "\\'" * 3000, "[a](" * 3000],
)
@pytest.mark.timeout(60)  # a second if it is well, hours if it is not
def test_repeated_marks_take_no_time(bomb: str) -> None:
    once = plain(bomb)
    assert safe(once) == once
    assert len(once) <= len(bomb)


def test_fold_sees_through_case_accents_and_punctuation() -> None:
    assert fold("Naïve  BAYES: a re-view.") == fold("naive bayes, a re view")
    assert fold("ﬁne") == "fine"


def test_what_is_embedded() -> None:
    assert embedded_text("Title", "Abstract.") == "Title Abstract."
    assert embedded_text("", "Abstract.") == "Abstract."
    assert embedded_text("Title", "") == "Title"


@pytest.mark.parametrize("tex", [r"Garc{\'\i}a", r"Garc\'{\i}a", r"Garc{\'{\i}}a", r"Garc\'\i a", r"Garc{\'i}a"])
def test_an_accent_on_an_i_in_every_notation(tex: str) -> None:
    assert plain(tex).replace(" ", "") == "García"


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"{\textless}i{\textgreater}Bryum{\textless}/i{\textgreater} (p {\textless} 0.05)", "Bryum (p < 0.05)"),
        (r"a {\textbackslash}emph\{new\} roof of \$64{\textbackslash}times64\$ tiles", "a new roof of 64×64 tiles"),
        (r"\{\vphantom{\}}1, 2\vphantom{\{}\}", "{1, 2}"),
        (r"\$5 and \$10, 50\%", "$5 and $10, 50%"),
        (r"C:{\textbackslash}9 and 7 {\textbackslash} 8", r"C:\9 and 7 \ 8"),
        (r"a \foo bar, x\MossNet{} y, \foo{one}{two}three", "a foo bar, x MossNet y, one two three"),
        (r"hy\-phen \enquote{said} H\textsubscript{2}O x\textsuperscript{2}", "hyphen “said” H2O x2"),
        (r"in {\rm km}, ${\rm H}_2$O and $\rm km\,s^{-1}$", "in km, H_2O and km s^-1"),
        (r"\SI{5}{\micro\meter} of \ce{H2O}", "5 µmeter of H2O"),
        (r"{\textbar}x{\textbar} {\textasciitilde}5 {\textquotedblleft}a{\textquotedblright}", "|x| ~5 “a”"),
        (r"$\left( x \right)$ and \(a_1\) and \[b\]", "( x ) and a_1 and b"),
        (r"10$^{\circ}$C, $\mu$m", "10°C, μm"),
        ("nine \\ nine", "nine \\ nine"),
    ],
)  # fmt: skip
def test_tex_as_reference_managers_write_it(tex: str, text: str) -> None:
    assert plain(tex) == text


@given(st.text(st.sampled_from("ab \t\n\x07\x1c\x7f\u00a0\u200b\ud800é")))
def test_most_texts_take_a_short_way_to_the_same_result(text: str) -> None:
    assert safe(f"{text} é") == f"{safe(text)} é".strip()  # with a letter that is not ASCII, the long way is taken
    assert plain(f"{text} \n") == plain(f"  {text}") == plain(text)
