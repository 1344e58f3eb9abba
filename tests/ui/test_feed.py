"""Changes in words: counts without the empty sorts, sides of a change, a mix of examples."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from catalog.records import Change, ChangeSummary
from ui import feed
from ui.i18n import speaking

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def a_summary(**changes: Any) -> ChangeSummary:
    facts: dict[str, Any] = {"generation": "g2", "previous": "g1", "published_at": NOW}
    return ChangeSummary(**{**facts, **changes})


def test_only_what_happened_is_counted() -> None:
    assert feed.counts(a_summary(added=1, license=2)) == "1 new model, 2 licenses changed"
    assert feed.counts(a_summary()) == "nothing that the feed tells"
    with speaking("zh"):
        assert feed.counts(a_summary(added=3, removed=1)) == "新增 3 个模型、移除 1 个"


def test_a_source_that_changed_nothing_is_not_named() -> None:
    one = Change(ref="ollama:a:1b", kind="added")
    both = ("huggingface", "ollama")
    assert feed.touched(a_summary(sources=both)) == ()
    assert feed.touched(a_summary(sources=both, added=1, examples=(one,))) == ("ollama",)
    assert feed.touched(a_summary(sources=both, added=9, examples=(one,))) == both


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("license", "Apache-2.0 commercial:yes", "Apache-2.0 (Commercial OK)"),
        ("license", "unknown commercial:no", "not stated (Non-commercial)"),
        ("license", "LicenseRef-gemma", "gemma"),
        ("size", "5027783488", "4.68 GiB"),
        ("size", "many", "many"),
        ("base", None, "not stated"),
    ],
)
def test_a_side_of_a_change_in_words(kind: str, value: str | None, words: str) -> None:
    assert feed.value_words(kind, value) == words


@pytest.mark.parametrize(
    ("before", "after", "reasons", "why"),
    [
        (
            "MIT commercial:yes",
            "MIT commercial:no",
            ("MIT allows it.", "It derives from a/b: not for trade.", "c/d states no license."),
            "It derives from a/b: not for trade.",
        ),
        ("MIT commercial:yes", "X commercial:no", ("X forbids it.",), "X forbids it."),
        ("MIT commercial:yes", "MIT commercial:no", (), None),
        ("MIT commercial:yes", "BSD commercial:yes", ("BSD allows it.",), None),
        ("MIT commercial:no", "MIT commercial:yes", ("MIT allows it.",), None),
    ],
)
def test_a_verdict_that_changed_says_why(
    a_model: Any, before: str, after: str, reasons: tuple[str, ...], why: str | None
) -> None:
    model = a_model(commercial_use="no", license_reasons=reasons)
    change = Change(ref=model.ref, kind="license", before=before, after=after)
    assert feed.reason(change, model) == why
    assert feed.reason(change, None) is None


def test_examples_are_some_of_every_kind_before_more_of_one() -> None:
    changes = [Change(ref=f"huggingface:a/{n}", kind="added") for n in range(5)]
    changes += [Change(ref="huggingface:a/l", kind="license")]
    kinds = [change.kind for change in feed.mixed(changes, 3)]
    assert kinds == ["added", "added", "license"]


def test_sizes_that_read_the_same_are_told_in_bytes() -> None:
    nearly = Change(ref="ollama:a:b", kind="size", before="4920000000", after="4920753328")
    assert feed.sides(nearly) == ("4,920,000,000 B", "4,920,753,328 B")
    larger = Change(ref="ollama:a:b", kind="size", before=str(2**30), after=str(2**31))
    assert feed.sides(larger) == ("1 GiB", "2 GiB")
    odd = Change(ref="ollama:a:b", kind="size", before="many", after="more")
    assert feed.sides(odd) == ("many", "more")
