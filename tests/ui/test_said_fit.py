"""What the arithmetic of fit says, in the language of the visitor; the rest stays as it is."""

from __future__ import annotations

import pytest

from catalog.fit import estimate, memory
from catalog.fit.memory import Need
from ui import said_fit
from ui.i18n import speaking


@pytest.mark.parametrize("kind", estimate.KINDS)
def test_every_doubt_about_an_unknown_model_has_its_chinese(kind: str) -> None:
    found = memory.memory(estimate.architecture(kind, None), Need())
    assert found.doubt is not None
    with speaking("zh"):
        said = said_fit.doubt(found.doubt)
    assert said.startswith("未知：权重")
    assert not any(letter.isascii() and letter.isalpha() for letter in said)


def test_a_doubt_of_another_form_stays_as_it_is() -> None:
    assert said_fit.doubt("It is raining.") == "It is raining."
    with speaking("zh"):
        assert said_fit.doubt("Not known: weights; it rains.") == "未知：权重；it rains。"


@pytest.mark.parametrize(
    ("formula", "english", "chinese"),
    [
        ("at most: 4 x words x users", "at most: 4 × words × users", "至多：4 × 词表大小 × 用户数"),
        ("cards x (what the runtime itself takes)", "cards × (what the runtime itself takes)",
         "显卡数 × （运行时自身的占用）"),
        ("a x b", "a × b", "a × b"),
    ],
)  # fmt: skip
def test_a_formula_is_told_with_its_frame(formula: str, english: str, chinese: str) -> None:
    assert said_fit.formula(formula) == english
    with speaking("zh"):
        assert said_fit.formula(formula) == chinese


def test_values_names_and_sources_are_told_where_they_are_known() -> None:
    with speaking("zh"):
        assert said_fit.value("sliding window, shared by layers") == "滑动窗口、层间共享"
        assert said_fit.input_name("cells_of_window") == "窗口单元"
        assert said_fit.source("the file, or its size in the catalog") == "文件本身，或目录中的大小"
    assert said_fit.value("odd thing") == "odd thing"
    assert said_fit.input_name("FF_expert") == "FF expert"
    assert said_fit.source("a book") == "a book"


@pytest.mark.parametrize(
    "why",
    [
        "llama.cpp has no q8_0 cache for heads of 80 values",
        "versions differ in whether they keep every token of a layer with a window",
    ],
)
def test_why_a_cache_is_no_point_has_its_chinese(why: str) -> None:
    with speaking("zh"):
        said = said_fit.doubt(f"Not known: kv_cache; {why}.")
    assert said.startswith("未知") and why not in said and "for" not in said
