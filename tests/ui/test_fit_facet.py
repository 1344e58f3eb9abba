"""The block of the sidebar writes one `fits:` term and reads it back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.query import FitsTerm, fits_term, parse
from ui import fit_facet


@pytest.mark.parametrize(
    ("term", "text"),
    [
        (FitsTerm("rtx-4090"), "rtx-4090"),
        (FitsTerm("rtx-4090", 8192), "rtx-4090"),
        (FitsTerm("rtx-4090", 32768, 5), "rtx-4090@32kx5"),
        (FitsTerm("rtx-4090", 8192, 5), "rtx-4090@8kx5"),
        (FitsTerm("rtx-4090", None, 5), "rtx-4090@8kx5"),
        (FitsTerm("24gib", 10_000), "24gib@10000"),
        (FitsTerm("24gib", 131_072, 1, "Q4_K_M"), "24gib@128k/Q4_K_M"),
        (FitsTerm("2x-rtx-4090", None, 1, "Q8_0"), "2x-rtx-4090/Q8_0"),
    ],
)
def test_a_term_is_written_without_what_is_usual(term: FitsTerm, text: str) -> None:
    assert fit_facet.text(term) == text


@given(
    st.sampled_from(["rtx-4090", "2x-rtx-4090", "24gib", "this-machine", "lab-server"]),
    st.integers(1, 1 << 22),
    st.integers(1, 10_000),
    st.sampled_from([None, "Q4_K_M", "BF16"]),
)
def test_what_the_block_writes_the_language_reads_as_it_was(
    device: str, context: int, users: int, quant: str | None
) -> None:
    query = fit_facet.rewritten(parse("qwen"), FitsTerm(device, context, users, quant))
    read = fit_facet.asked(parse(str(query)))
    assert read is not None
    assert (read.device, read.context or 8192, read.users, read.quant) == (
        device, context, users, quant,
    )  # fmt: skip


def test_another_machine_takes_the_place_of_the_one_before_and_leaves_the_rest() -> None:
    query = parse("qwen fits:rtx-4090 license:mit -fits:24GiB")
    changed = fit_facet.rewritten(query, FitsTerm("rtx-3060-12gb", 32768, 2))
    assert str(changed) == "qwen license:mit fits:rtx-3060-12gb@32kx2 -fits:24gib"
    assert str(fit_facet.rewritten(changed, None)) == "qwen license:mit -fits:24gib"


@pytest.mark.parametrize("q", ["", "qwen", "fits:rtx-4090,a100-80gb", "-fits:rtx-4090"])
def test_without_one_term_the_block_has_no_machine(q: str) -> None:
    assert fit_facet.asked(parse(q)) is None


def test_the_best_that_one_can_run_is_a_query_that_one_could_type() -> None:
    term = fits_term("rtx-4090@32kx5")
    assert term is not None
    query = fit_facet.best(term)
    assert parse(str(query)) == query
    assert query.chosen("fits") == ("rtx-4090@32kx5",)
    assert query.chosen("task") == ("text-generation",)
    assert query.variants == "collapsed"
