"""What one may do with a model: a verdict for each use, what is asked, and the chain behind it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import streamlit as st

from catalog.records import ModelRecord
from catalog.reports import Clause, LicenseLink, LicenseReport, UseVerdict
from catalog.vocabulary import UNKNOWN
from ui import frame, look, safe, said_license, terms, wording
from ui.i18n import _

_WORDS = 400  # characters of a reason


def license_(model: ModelRecord, report: LicenseReport) -> None:
    """The finding, the uses, the clauses, the chain."""
    license_name = wording.license_name(model.license) if model.license else None
    shown = look.verdict_of(model)
    st.markdown(
        f"### {look.verdict_badge(shown, license_name)}", anchors=False, help=terms.unread(shown)
    )
    st.markdown(
        look.gray(_("Our reading, not legal advice. Read the license before you rely on it."))
    )
    if report.conflict:
        st.markdown(f":orange[:material/flag:] {_said(report.conflict)}")
    if model.license_raw:
        st.markdown(
            look.gray(_("In the words of the source:")) + " " + safe.text(model.license_raw)
        )
    if model.license_reasons:
        st.markdown("\n".join(f"- {_said(reason)}" for reason in model.license_reasons))
    _uses(model, report)
    _clauses(report.clauses)
    _chain(report, unread=shown == look.UNREAD)


def _said(words: str) -> str:
    return safe.text(said_license.sentences(words), _WORDS)


def _uses(model: ModelRecord, report: LicenseReport) -> None:
    """A row for each use: its verdict and what is asked; what holds for all is told before."""
    if not report.uses:
        return
    st.markdown("#### " + _("What you want to do"), anchors=False)
    told = {clause.words for clause in report.clauses} | set(model.license_reasons)
    for reason in report.uses[0].reasons:
        if reason not in told and all(reason in use.reasons for use in report.uses):
            st.markdown(_said(reason))
            told.add(reason)
    unread = look.verdict_of(model) == look.UNREAD
    rows = [_use(use, told, unread=unread) for use in report.uses]
    heads = (_("Use"), _("License verdict"), _("What is asked"))
    lines = [_row(heads), "|---|---|---|", *(_row(row) for row in rows)]
    st.markdown("\n".join(lines), width="content")


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _use(use: UseVerdict, told: Collection[str], *, unread: bool) -> tuple[str, str, str]:
    """The cells of one use; what is `told` once for all is left out."""
    verdict = look.UNREAD if unread and use.verdict == UNKNOWN else use.verdict
    asked = wording.listed(terms.clause(key) for key in use.clauses)
    own = [_said(reason) for reason in use.reasons if reason not in told]
    words = " ".join([*own, asked]).strip() or wording.DASH
    return f"**{terms.use(use.use)}**", look.verdict_badge(verdict), words


def _clauses(clauses: Sequence[Clause]) -> None:
    if not clauses:
        return
    st.markdown("#### " + _("What the license asks"), anchors=False)
    st.markdown(
        "\n".join(f"- **{terms.clause(clause.key)}:** {_said(clause.words)}" for clause in clauses)
    )


def _chain(report: LicenseReport, *, unread: bool) -> None:
    """Every model whose terms come along, the model itself first."""
    if report.chain:
        st.markdown("#### " + _("Whose terms come along"), anchors=False)
    for index, link in enumerate(report.chain):
        with st.container(gap="xxsmall"):
            _link(link, f"model.chain.{index}", unread=unread and link.depth == 0)
    if report.cut:
        st.caption(_("The chain goes on; only its first part is shown."))


def _link(link: LicenseLink, key: str, *, unread: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        how = _("this model") if link.depth == 0 else wording.relation(link.relation)
        st.markdown(f":gray[:small[{'→ ' * link.depth}{how}]]", width="content")
        name = safe.text(link.name, 80)
        if link.depth == 0 or not link.in_catalog:
            st.markdown(f"**{name}**" if link.depth == 0 else name, width="content")
        elif st.button(f":primary[{name}]", key=key, type="tertiary"):
            frame.open_page("model", ref=link.ref)
        st.markdown(
            look.verdict_badge(look.UNREAD if unread else link.commercial_use), width="content"
        )
    words = _("its license text has not been read") if unread else _terms(link)
    st.markdown(f":gray[:small[{words}]]")


def _terms(link: LicenseLink) -> str:
    """License, link to its text, and which version of it was read."""
    stated = link.license_name or link.license_raw
    if not link.in_catalog and not stated:
        return _("not in this catalog")
    parts = [safe.text(stated) if stated else _("states no license")]
    url = safe.address(link.license_url)
    if url is not None:
        parts[0] = f"[{parts[0]}]({url})"
    if link.version_read:
        parts.append(_("text read: {version}").format(version=safe.text(link.version_read)))
    elif link.commercial_use == "ask":
        parts.append(_("nobody here has read its text"))
    if not link.in_catalog:
        parts.append(_("not in this catalog"))
    return " · ".join(parts)
