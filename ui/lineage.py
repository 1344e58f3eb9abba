"""Where a model comes from and what was made of it, as a tree; and where else it is."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from catalog.query import quote
from catalog.records import ModelRecord
from catalog.reports import LineageBranch, LineageNode, LineageReport, Twin
from catalog.vocabulary import COMMERCIAL_USE
from ui import frame, look, safe, state, tables, terms, wording
from ui.i18n import _, ngettext

_INDENT = "\N{EM SPACE}\N{EM SPACE}"
_PHONE = 34  # characters of a name that leave a phone one line
_TURN = ":material/subdirectory_arrow_right:"


def lineage(model: ModelRecord, report: LineageReport) -> None:
    """Ancestors above, the model, its children by relation, copies and twins below."""
    st.markdown(f"### {_finding(model, report)}", anchors=False)
    above = len(report.ancestors)
    with st.container(gap="xxsmall", key="model.tree"):
        if not report.ancestors and model.base_label:
            words = _("made for {base}").format(base=safe.text(model.base_label))
            st.markdown(f":gray[{words}]")
        for depth, generation in enumerate(reversed(report.ancestors)):
            for index, node in enumerate(generation):
                _node(node, depth, f"model.ancestor.{depth}.{index}")
        st.markdown(f"{_pad(above)}**{safe.text(tables.full_name(model))}** {_how(model, report)}")
        for number, branch in enumerate(report.children):
            _branch(branch, above + 1, f"model.child.{number}")
    if state.phone():
        st.caption(wording.listed(map(look.verdict_chip, (*COMMERCIAL_USE, look.UNREAD))))
    _all_children(model, report.children)
    _siblings(report)
    _twins(report.twins)


def _finding(model: ModelRecord, report: LineageReport) -> str:
    made = sum(branch.total for branch in report.children)
    words = ngettext(
        "{number} model was made from it", "{number} models were made from it", made
    ).format(number=wording.whole(made))
    if report.ancestors:
        return words
    if made:
        return _("Stands at the top: {words}").format(words=words)
    return _("No model here was made from it") if model.base_label else _("It stands alone")


def _how(model: ModelRecord, report: LineageReport) -> str:
    """How the model derives from the generation above it."""
    if not report.ancestors:
        return ""
    return f":gray[:small[{safe.text(wording.relation(model.base_model_relation))} ↑]]"


def _pad(depth: int) -> str:
    return f":gray[{_INDENT * (depth - 1)}{_TURN}] " if depth else ""


def _node(node: LineageNode, depth: int, key: str, *, how: str = "") -> None:
    """One line: the name, a way to it where the catalog holds it, and its verdict."""
    most = _PHONE if state.phone() else 80
    name = safe.text(node.name if node.model is None else tables.full_name(node.model), most)
    if node.model is None:
        missing = _("not in this catalog")
        st.markdown(f"{_pad(depth)}{name} :gray[:small[{missing}]]")
        return
    label = " ".join(filter(None, (f":primary[{name}]", _about(node.model), how)))
    if st.button(_pad(depth) + label, key=key, type="tertiary"):
        frame.open_page("model", ref=node.model.ref)


def _about(model: ModelRecord) -> str:
    verdict = look.verdict_of(model)
    # One line each on a phone: the caption under the tree has the words.
    parts = [look.glyph(verdict) if state.phone() else look.verdict_chip(verdict)]
    if model.parameter_count is not None:
        parts.append(wording.short(model.parameter_count))
    if state.phone():
        pass  # one line each
    elif model.downloads_30d is not None:
        parts.append(wording.short(model.downloads_30d) + " " + _("in 30 d"))
    elif model.downloads_total is not None:
        parts.append(wording.short(model.downloads_total) + " " + _("in all"))
    return f":gray[:small[{' · '.join(parts)}]]"


def _branch(branch: LineageBranch, depth: int, key: str) -> None:
    """The children by one relation: how many, and the most popular of them."""
    title = _children(branch.relation)
    count = wording.whole(branch.total)
    st.markdown(f"{_pad(depth)}**{title}** :gray[{count}]")
    for index, node in enumerate(branch.nodes):
        _node(node, depth + 1, f"{key}.{index}")
    rest = branch.total - len(branch.nodes)
    if rest > 0:
        more = ngettext("and {number} more", "and {number} more", rest)
        st.markdown(f":gray[:small[{_pad(depth + 1)}{more.format(number=wording.whole(rest))}]]")


def _children(relation: str | None) -> str:
    words = {
        "finetune": _("Fine-tunes"),
        "adapter": _("Adapters"),
        "quantized": _("Quantized copies"),
        "merge": _("Merges"),
    }
    return words.get(relation or "", _("Derived, without saying how"))


def _all_children(model: ModelRecord, branches: Sequence[LineageBranch]) -> None:
    if any(branch.total > len(branch.nodes) for branch in branches) and st.button(
        _("List all of them"), key="model.all_children", icon=":material/list:"
    ):
        state.type_in(f"base:{quote(model.ref)}")
        frame.open_page("explore")


def _siblings(report: LineageReport) -> None:
    if not report.siblings:
        return
    words = ngettext(
        "{number} other copy of its base", "{number} other copies of its base",
        report.siblings_total,
    ).format(number=wording.whole(report.siblings_total))  # fmt: skip
    st.markdown(f"#### {words}", anchors=False)
    with st.container(gap="xxsmall"):
        for index, node in enumerate(report.siblings):
            _node(node, 0, f"model.sibling.{index}")


def _twins(twins: Sequence[Twin]) -> None:
    if not twins:
        return
    st.markdown("#### " + _("The same model elsewhere"), anchors=False)
    with st.container(gap="xxsmall"):
        for index, twin in enumerate(twins):
            node = LineageNode(model=twin.model, ref=twin.model.ref, name=twin.model.name)
            source = look.badge(wording.source(twin.model.source))
            why = source if state.phone() else f"{source} :gray[:small[{terms.twin(twin.why)}]]"
            _node(node, 0, f"model.twin.{index}", how=why)
