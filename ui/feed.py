"""What publishes changed: in all, on the first page, and in the history of one model."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from catalog.records import Change, ChangeSummary, ModelRecord
from catalog.vocabulary import SOURCES, UNKNOWN
from ui import frame, look, safe, services, tables, wording
from ui.i18n import _, ngettext

_EXAMPLES = 9  # of the newest publish; three of each of the others
_OLDER_EXAMPLES = 3
_ON_HOME = 5
_WHOLE = ("added", "removed")  # kinds without a before and an after
_BY_LINEAGE = ("It derives from", "A name says")  # a reason that outweighs the license of the row
_ICONS = {
    "added": "add_circle",
    "removed": "remove_circle",
    "license": "gavel",
    "base": "account_tree",
    "size": "straighten",
}


def latest(summaries: Sequence[ChangeSummary]) -> None:
    """The first page: what the newest publish changed, and the way to the rest."""
    summary = next((one for one in summaries if _total(one)), None)
    if summary is None:
        return
    st.markdown("#### " + _("What changed last"), anchors=False)
    st.markdown(f":gray[{_sentence(summary)}]")
    _examples(summary, "home.change", _ON_HOME)
    if st.button(
        _("All changes and the state of each source"),
        key="home.changes",
        type="tertiary",
        icon=":material/arrow_forward:",
    ):
        frame.open_page("sources")


def everything(summaries: Sequence[ChangeSummary]) -> None:
    """The sources page: the last publishes, the newest open."""
    told = [summary for summary in summaries if summary.previous is not None]
    if not told:
        st.caption(_("Nothing has been published since this catalog was made."))
        return
    newest, *older = told
    st.markdown(_sentence(newest))
    _examples(newest, "sources.change.0", _EXAMPLES)
    for index, summary in enumerate(older, 1):
        with st.expander(
            f"{wording.minute(summary.published_at)}: {counts(summary)}",
            type="compact",
            key=f"sources.publish.{index}",
        ):
            _examples(summary, f"sources.change.{index}", _OLDER_EXAMPLES)


def _total(summary: ChangeSummary) -> int:
    return summary.added + summary.removed + summary.license + summary.base + summary.size


def _sentence(summary: ChangeSummary) -> str:
    where = wording.listed(wording.source(name) for name in touched(summary))
    words = _("{when}: {counts} ({sources})") if where else _("{when}: {counts}")
    return words.format(
        when=safe.text(wording.minute(summary.published_at)),
        counts=counts(summary),
        sources=where,
    )


def touched(summary: ChangeSummary) -> tuple[str, ...]:
    """Whose rows changed. Older records name every source that was read: then by the examples."""
    names = set(summary.sources)
    if _total(summary) <= len(summary.examples):
        names &= {change.ref.partition(":")[0] for change in summary.examples}
    return tuple(name for name in SOURCES if name in names)


def counts(summary: ChangeSummary) -> str:
    """How many of each sort, the sorts without any left out."""
    parts = (
        (summary.added, ngettext("{number} new model", "{number} new models", summary.added)),
        (summary.removed, ngettext("{number} removed", "{number} removed", summary.removed)),
        (
            summary.license,
            ngettext("{number} license changed", "{number} licenses changed", summary.license),
        ),
        (summary.base, ngettext("{number} base changed", "{number} bases changed", summary.base)),
        (summary.size, ngettext("{number} size changed", "{number} sizes changed", summary.size)),
    )
    told = [words.format(number=wording.whole(number)) for number, words in parts if number]
    return wording.listed(told) if told else _("nothing that the feed tells")


def _examples(summary: ChangeSummary, key: str, most: int) -> None:
    """A few changes, each a way to its model; one that is gone is only named."""
    with st.container(gap=None):
        for index, change in enumerate(mixed(summary.examples, most)):
            _example(change, f"{key}.{index}")


def _example(change: Change, key: str) -> None:
    model = services.known(change.ref)
    label = safe.text(tables.full_name(model) if model else _named(change.ref), 80)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(_badge(change.kind), width="content")
        if model is None:
            st.markdown(f":small[{label}]", width="content")
        elif st.button(f":primary[{label}]", key=key, type="tertiary"):
            frame.open_page("model", ref=model.ref)
        st.markdown(f":gray[:small[{_difference(change, model)}]]", width="content")


def mixed(examples: Sequence[Change], most: int) -> list[Change]:
    """Some of every kind before more of one."""
    ranks: dict[str, int] = {}
    ranked = []
    for change in examples:
        ranks[change.kind] = rank = ranks.get(change.kind, -1) + 1
        ranked.append((rank, change))
    chosen = [change for _rank, change in sorted(ranked, key=lambda pair: pair[0])[:most]]
    return sorted(chosen, key=lambda change: list(_ICONS).index(change.kind))


def _badge(kind: str) -> str:
    return look.badge(wording.change(kind), _ICONS.get(kind, "edit"))


def _difference(change: Change, model: ModelRecord | None) -> str:
    """From what to what, and why where a verdict changed; for a new model what it is."""
    if change.kind in {"license", "base", "size"}:
        told = " → ".join(safe.text(side, 80) for side in sides(change))
        why = reason(change, model)
        if why:
            return _("{change}: {reason}").format(change=told, reason=safe.text(why, 300))
        return told
    source = safe.text(wording.source(change.ref.partition(":")[0]))
    if model is None or not model.pipeline_tag:
        return source
    return f"{source} · {safe.text(model.pipeline_tag)}"


def reason(change: Change, model: ModelRecord | None) -> str | None:
    """Why the verdict of a model is another one now, as the model itself tells it."""
    if change.kind != "license" or model is None:
        return None
    before, after = (
        (side or "").partition(" commercial:")[2] for side in (change.before, change.after)
    )
    if before == after or model.commercial_use != after:  # or it has changed once more since
        return None
    why = model.license_reasons
    of_a_base = (one for one in why if one.startswith(_BY_LINEAGE))
    return next(of_a_base, next(iter(why), None))


def sides(change: Change) -> tuple[str, str]:
    """Before and after as plain text; in bytes where sizes would read the same."""
    before, after = (value_words(change.kind, side) for side in (change.before, change.after))
    exact = tuple(side or "" for side in (change.before, change.after))
    if before == after and change.kind == "size" and all(map(_digits, exact)):
        return f"{int(exact[0]):,} B", f"{int(exact[1]):,} B"
    return before, after


def _digits(value: str) -> bool:
    return value.isascii() and value.isdigit()


def value_words(kind: str, value: str | None) -> str:
    """One side of a change as plain text."""
    if value is None:
        return wording.not_stated()
    if kind == "license":
        return _terms(value)
    if kind == "size" and _digits(value):
        return wording.gib(int(value))
    if kind == "base":
        return wording.listed(_named(ref) for ref in value.split(","))
    return safe.plain(value)


def _named(ref: str) -> str:
    """A model by its name; one that the catalog does not hold by its id and source."""
    model = services.known(ref)
    if model is not None:
        return safe.plain(tables.full_name(model))
    source, _colon, own = ref.partition(":")
    if source == "civitai" and own:  # a number, which says nothing alone
        return _("{source} model {number}").format(
            source=wording.source(source), number=safe.plain(own)
        )
    return safe.plain(own or ref)


def _terms(value: str) -> str:
    """`Apache-2.0 commercial:yes` in words."""
    name, _colon, verdict = value.partition(" commercial:")
    license_ = wording.not_stated() if name == UNKNOWN else wording.license_name(name)
    if not verdict:
        return license_
    return _("{license} ({verdict})").format(license=license_, verdict=look.verdict_word(verdict))


def history(changes: Sequence[Change]) -> None:
    """What publishes changed about one model, newest first."""
    if not changes:
        st.caption(_("No publish since this catalog was made has changed what it tells here."))
        return
    pairs = [(None, None) if change.kind in _WHOLE else sides(change) for change in changes]
    st.dataframe(
        pd.DataFrame(
            {
                "when": [wording.minute(change.published_at) for change in changes],
                "what": [wording.change(change.kind) for change in changes],
                "before": [before for before, _after in pairs],
                "after": [after for _before, after in pairs],
            }
        ),
        key="model.history",
        hide_index=True,
        row_height=34,
        placeholder=wording.DASH,
        column_config={
            "when": st.column_config.TextColumn(_("Published"), width=170),
            "what": st.column_config.TextColumn(_("What"), width=120),
            "before": st.column_config.TextColumn(_("Before"), width=260),
            "after": st.column_config.TextColumn(_("After"), width=260),
        },
        alt=_("What publishes changed about the model, newest first"),
    )
