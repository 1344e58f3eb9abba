"""The sources page: how old the facts are, and one panel a source with how its last sync went."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import streamlit as st

from catalog.records import CatalogStatus, Quota, Reason, Runtime, SourceRun, SourceStatus
from ui import freshness, installed, look, safe, said, services, wording
from ui.i18n import _, ngettext

_REASONS = 8  # the most frequent ones
_JOIN = " · "


def finding(status: CatalogStatus) -> None:
    """The headline: how old the facts are, of most models and not of the newest alone."""
    age = freshness.age(status.sources, datetime.now(UTC))
    if age is None:
        st.header(_("The catalog is empty"), anchor=False)
        return
    st.header(_headline(age), anchor=False)
    spread = " ".join(_spread(status, age))
    if spread:
        st.markdown(f":gray[{spread}]")
    st.markdown(
        ":gray["
        + _("Generation {id}, published {when}; {models} and {files} files.").format(
            id=safe.text(status.generation),
            when=safe.text(wording.minute(status.published_at)),
            models=wording.repositories(status.models),
            files=wording.whole(status.files),
        )
        + "]"
    )


def _of_newest(age: freshness.Age) -> bool:
    """Whether the newest facts stand for them all."""
    return age.color == "gray" or age.days == age.oldest_days


def _headline(age: freshness.Age) -> str:
    if _of_newest(age):
        return _("The newest facts are from {day}, {age}").format(
            day=wording.day(age.newest), age=wording.days_ago(age.days)
        )
    number, days = age.limit
    return ngettext(
        "{number} of {all} repositories has facts older than {days} days",
        "{number} of {all} repositories have facts older than {days} days",
        number,
    ).format(number=wording.whole(number), all=wording.whole(age.models), days=days)


def _spread(status: CatalogStatus, age: freshness.Age) -> Iterator[str]:
    """The newest where the headline is of others, the oldest, and how many no sync has fetched."""
    if age.days != age.oldest_days and _of_newest(age):
        yield _("The oldest facts are from {day}.").format(day=wording.day(age.oldest))
    elif age.days != age.oldest_days:
        yield _("The newest facts are from {newest} ({age}), the oldest from {oldest}.").format(
            newest=wording.day(age.newest),
            age=wording.days_ago(age.days),
            oldest=wording.day(age.oldest),
        )
    bundled = sum(source.starter_models for source in status.sources)
    if bundled:
        yield ngettext(
            "{number} is as it was bundled: no sync has fetched it.",
            "{number} are as they were bundled: no sync has fetched them.",
            bundled,
        ).format(number=wording.whole(bundled))


def notice(words: str) -> None:
    """What is wrong with the current generation."""
    st.warning(safe.text(words, 400), icon=":material/warning:")


def source(status: SourceStatus, runtimes: Sequence[Runtime] = ()) -> None:
    """One source: rows and their age, the last sync, what it put aside, where it was read from."""
    now = datetime.now(UTC)
    with st.container(border=True, gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(
                f"#### {safe.text(wording.source(status.source))}", width="content", anchors=False
            )
            st.markdown(_state(status, freshness.age([status], now)), width="content")
        if status.models:
            _numbers(status)
        else:
            _nothing(status)
        _failure(status)
        _aside(status.last_run)
        st.markdown(f":gray[:small[{_JOIN.join(_ways(status, now))}]]")
        if status.source == "ollama":
            installed.places(runtimes)


def _state(status: SourceStatus, age: freshness.Age | None) -> str:
    shown = [look.badge(_("not fetched yet"), "hourglass_empty")] if status.models == 0 else []
    if status.models and age is not None:
        shown.append(age.badge())
    run = status.last_run
    if run is not None and run.stopped:
        shown.append(look.badge(_("Last sync stopped"), "stop_circle"))
    elif run is not None and not run.ok:
        failed = _("Last sync failed")
        shown.append(f":red-badge[:material/error: {failed}]")
    return " ".join(shown)


def _numbers(status: SourceStatus) -> None:
    run = _counted(status)
    with st.grid(columns=5, min_column_width=150, gap="small"):
        st.metric(_("Repositories"), wording.whole(status.models))
        st.metric(_("From the bundled catalog"), wording.whole(status.starter_models))
        st.metric(_("Last success"), _success(status.last_ok))
        st.metric(_("Rows kept"), wording.whole(run.kept) if run else wording.DASH)
        st.metric(_("Rows put aside"), wording.whole(run.quarantined) if run else wording.DASH)


def _counted(status: SourceStatus) -> SourceRun | None:
    """The last run of which rows are in the catalog: that of a failed one are not."""
    run = status.last_run
    return run if run is None or run.ok or run.published else status.last_ok


def _success(run: SourceRun | None) -> str:
    return _("never") if run is None else wording.day(run.finished_at or run.started_at)


def _nothing(status: SourceStatus) -> None:
    st.markdown(
        _("Nothing of it is in the catalog yet. Fetch it with `{command}`.").format(
            command=f"python -m catalog sync {status.source}"
        )
    )


def _failure(status: SourceStatus) -> None:
    """Why the last sync did not end well, what still holds, and what helps."""
    run = status.last_run
    if run is None or run.ok:
        return
    color, icon = ("gray", "stop_circle") if run.stopped else ("red", "error")
    st.markdown(f":{color}[:material/{icon}:] {safe.text(said.of_run(run), 400)}")
    helps = " ".join(_next(status, run))
    if helps:
        st.markdown(f":gray[:small[{helps}]]")


def _next(status: SourceStatus, run: SourceRun) -> Iterator[str]:
    """What is shown meanwhile, and where to look or what to do."""
    if status.models and run.published:
        yield _("What it read is shown beside the last good rows.")
    elif status.models:
        yield _("The last good rows are shown.")
    if run.stopped and said.goes_on(run):
        yield _("The next sync of the same kind within a day goes on from there.")
    elif run.stopped or run.doubted:  # the way there is well
        return
    elif _all_by_rule(run):
        yield _("The source answers; why its rows are left out stands below.")
    else:
        yield _("`{command}` names the step on the way there that fails.").format(
            command=f"python -m catalog doctor {status.source}"
        )


def _all_by_rule(run: SourceRun) -> bool:
    return run.fetched > 0 and run.by_rule == run.fetched


def _aside(run: SourceRun | None) -> None:
    """Why rows were put aside: those that could not be read apart from those left out by rule."""
    if run is None or not run.quarantined:
        return
    label = ngettext(
        "{number} row of the last sync was put aside",
        "{number} rows of the last sync were put aside",
        run.quarantined,
    ).format(number=wording.whole(run.quarantined))
    shown = _all_by_rule(run)  # then they are what went wrong
    with st.expander(label, expanded=shown, type="compact", key=f"sources.aside.{run.source}"):
        unread = run.quarantined - run.by_rule
        if unread > 0:
            _reasons(
                ngettext(
                    "{number} row could not be read", "{number} rows could not be read", unread
                ).format(number=wording.whole(unread)),
                [reason for reason in run.reasons if not reason.by_rule],
            )
        if run.by_rule:
            _reasons(
                ngettext(
                    "{number} row is left out by rule",
                    "{number} rows are left out by rule",
                    run.by_rule,
                ).format(number=wording.whole(run.by_rule)),
                [reason for reason in run.reasons if reason.by_rule],
            )


def _reasons(heading: str, reasons: Sequence[Reason]) -> None:
    st.markdown(f"**{heading}**")
    shown = [
        f"- {wording.whole(reason.count)} × {safe.text(said.sentence(reason.text), 300)}"
        for reason in reasons[:_REASONS]
    ]
    if len(reasons) > _REASONS:
        rest = sum(reason.count for reason in reasons[_REASONS:])
        shown.append("- " + _("{number} × other reasons").format(number=wording.whole(rest)))
    if shown:
        st.markdown("\n".join(shown))


def _ways(status: SourceStatus, now: datetime) -> Iterator[str]:
    """Dates of the facts, the address they were read from, what of the rate limit is left."""
    if status.oldest is not None and status.newest is not None:
        first, last = wording.day(status.oldest), wording.day(status.newest)
        if first == last:
            yield _("facts of {day}").format(day=last)
        else:
            yield _("facts of {first} to {last}").format(first=first, last=last)
    run = status.last_run
    if run is not None:
        when = wording.minute(run.finished_at or run.started_at)
        scope = safe.text(wording.scope(run.scope))
        yield _("last sync {when}: {scope}").format(when=safe.text(when), scope=scope)
    yield from _addresses(status)
    if run is not None and run.quota is not None:
        yield _quota(run.quota, now)


def _addresses(status: SourceStatus) -> Iterator[str]:
    """Where the source is read from; what is not its own address is called a mirror."""
    places = [(safe.place(now), safe.place(own)) for now, own in services.places(status.source)]
    for mirror in dict.fromkeys(now for now, own in places if now != own):
        words = _("mirror in use: {address}").format(address=safe.text(mirror, 100))
        yield f":material/alt_route: {words}"
    now = {address for address, _own in places}
    used = safe.places(status.last_run.endpoint) if status.last_run is not None else ""
    if used and not now >= set(used.split(", ")):
        yield _("the last sync read {address}").format(address=safe.text(used, 100))


def _quota(quota: Quota, now: datetime) -> str:
    left = wording.whole(quota.remaining)
    if quota.limit is not None:
        left = _("{left} of {limit}").format(left=left, limit=wording.whole(quota.limit))
    if quota.resets_at is not None and quota.resets_at > now:
        return _("{left} requests left, resets at {time}").format(
            left=left, time=wording.clock(quota.resets_at, now)
        )
    return _("{left} requests were left at its end").format(left=left)
