"""Sliders on a log scale for ranges of numbers: they write and read exact ranges of the query."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from catalog.query import Query, bounds
from catalog.records import Found
from ui import safe, state, wording
from ui.i18n import _, ngettext

LOW, HIGH = "..", "…"  # the open ends; no number is written like that
STEPS: dict[str, tuple[str, ...]] = {
    "params": ("10M", "100M", "300M", "1B", "3B", "8B", "14B", "32B", "70B", "200B", "1T"),
    "size": ("100MB", "500MB", "1GB", "2GB", "4GB", "8GB", "16GB", "32GB", "64GB", "200GB"),
    "context": ("512", "2k", "4k", "8k", "16k", "32k", "64k", "128k", "256k", "1M"),
}


def draw(key: str, query: Query, found: Found, *, labelled: bool = True) -> None:
    """The slider of one number, with the count of what does not state it."""
    options, value = setting(key, query)
    widget = state.keyed(f"explore.slide.{key}", value)
    st.select_slider(
        wording.facet(key),
        options,
        value=value,
        format_func=_shown,
        label_visibility="visible" if labelled else "collapsed",
        key=widget,
        on_change=_moved,
        args=(key, widget),
    )
    _caption(key, query, found)


def setting(key: str, query: Query) -> tuple[tuple[str, ...], tuple[str, str]]:
    """The stops of the slider and where its two handles stand.

    An end that is no step becomes a stop of its own, so the query is shown as it is and never
    moved to the nearest step. Several ranges at once cannot be shown: the handles stand wide.
    """
    chosen = query.chosen(key)
    if len(chosen) != 1 or chosen[0] == "unknown":
        return (LOW, *STEPS[key], HIGH), (LOW, HIGH)
    low, dots, high = chosen[0].partition("..")
    if not dots:
        high = low
    extra = {end for end in (low, high) if end and end not in STEPS[key]}
    steps = sorted({*STEPS[key], *extra}, key=lambda end: _number(key, end))
    return (LOW, *steps, HIGH), (low or LOW, high or HIGH)


def text(low: str, high: str) -> str | None:
    """The range that two handles mean, None when both stand at the ends."""
    if low == LOW and high == HIGH:
        return None
    if low == high:
        return low
    return f"{'' if low == LOW else low}..{'' if high == HIGH else high}"


def _moved(key: str, widget: str) -> None:
    low, high = state.widget(widget)
    if low == HIGH or high == LOW:  # both handles at one end leave nothing to ask for
        state.go(state.changing().with_range(key, None))
    else:
        state.go(state.changing().with_range(key, text(low, high)))


def _shown(stop: str) -> str:
    # The two words differ, since the widget tells its stops apart by what they show.
    return {LOW: _("min"), HIGH: _("max")}.get(stop, safe.text(stop, 20))


def _number(key: str, end: str) -> float:
    ends = bounds(key, f"{end}..", datetime.now(UTC).date())
    return float(ends.low or 0)


def _caption(key: str, query: Query, found: Found) -> None:
    chosen = query.chosen(key)
    if len(chosen) > 1 or "unknown" in chosen:
        st.caption(_("Set in the query line: {ranges}").format(ranges=safe.text(", ".join(chosen))))
        return
    unknown = found.range(key).unknown
    if unknown:
        st.caption(
            ngettext(
                "{number} model does not state it",
                "{number} models do not state it",
                unknown,
            ).format(number=wording.whole(unknown))
        )
