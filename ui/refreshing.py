"""The sync as visitors see it: live progress for all, and for admins what starts and ends one.

The progress is a fragment that runs by itself every two seconds and reads one small file; the sync
is a process of its own, so neither waits for the other.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import streamlit as st

from catalog.errors import CardexError
from catalog.records import RefreshState, SourceProgress
from catalog.vocabulary import SOURCES
from ui import admin, look, messages, safe, said, services, state, wording
from ui.i18n import _, ngettext

POLL_SECONDS = 2  # while a sync runs
IDLE_SECONDS = 15  # for one that cron or another visitor starts
_START_SECONDS = 20  # a process needs a moment until it says that it runs
_ALL = "all"
_ENDS = {
    "done": ("gray", "check_circle"),
    "stopped": ("gray", "stop_circle"),
    "failed": ("red", "error"),
}
_STAY = "failed; the last good rows stay."  # how the engine names the sources that did
_ASKED = "sync.asked"
_STOPPED = "sync.stopped"


def panel() -> None:
    """The sync that runs or was last; below it, where none runs, what starts one."""
    now = services.refresh_state()
    busy = now.running or _starting(now)
    watch = st.fragment(_live, run_every=POLL_SECONDS if busy else IDLE_SECONDS)
    watch(busy, services.generation())
    if not busy:
        _controls()


def _starting(now: RefreshState) -> bool:
    """Whether this visitor has asked for a sync that has not yet said anything."""
    asked = state.noted(_ASKED)
    if asked is None or time.time() - asked > _START_SECONDS:
        return False
    return now.started_at is None or now.started_at.timestamp() < asked - 1


def _live(busy: bool, generation: str) -> None:
    """The progress as it is now; what is shown around it is drawn anew when that has changed."""
    now = services.refresh_state()
    starting = not now.running and _starting(now)
    if (now.running or starting) != busy or services.generation() != generation:
        st.rerun()
    if now.running:
        _running(now)
    elif starting:
        st.markdown(":material/sync: " + _("The sync is starting."))
    elif now.message:
        _outcome(now)


def _running(now: RefreshState) -> None:
    with st.container(border=True, gap="small"):
        with st.container(
            horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
        ):
            st.markdown("#### " + _("A sync is running"), width="content", anchors=False)
            _stop(now)
        st.markdown(f":gray[:small[{' · '.join(_who(now))}]]")
        for source in now.sources:
            _source(source)
        if now.phase == "publish":
            st.markdown(
                ":material/save: " + _("All rows are in; the new catalog is being written.")
            )


def _who(now: RefreshState) -> Iterator[str]:
    moment = datetime.now(UTC)
    if now.started_at is not None:
        yield _("since {time}").format(time=safe.text(wording.clock(now.started_at, moment)))
    if now.owner:
        yield safe.text(said.sentence(now.owner))
    if now.updated_at is not None:
        quiet = (moment - now.updated_at).total_seconds()
        if quiet > 60:
            yield _("no sign of life for {time}").format(time=wording.duration(quiet))


def _source(source: SourceProgress) -> None:
    name = safe.text(wording.source(source.source))
    st.markdown(f"**{name}** {_stage(source)} :gray[{' · '.join(_pace(source))}]")
    if source.done:
        if source.ok is False and not source.stopped and source.note:
            st.markdown(f":red[:material/error:] :small[{_note(source)}]")
        return
    if source.eta_seconds is not None and source.rate > 0:
        whole = source.rows + source.rate * source.eta_seconds
        st.progress(min(1.0, source.rows / whole) if whole else 0.0)
    if source.note:
        st.markdown(f":gray[:small[{_note(source)}]]")


def _note(source: SourceProgress) -> str:
    return safe.text(said.sentence(source.note), 400)


def _stage(source: SourceProgress) -> str:
    if source.done and source.stopped:
        return look.badge(_("stopped"), "stop_circle")
    if source.done and source.ok is False:
        failed = _("failed")
        return f":red-badge[:material/error: {failed}]"
    if source.done:
        return look.badge(_("done"), "check")
    now = datetime.now(UTC)
    if source.waits_until is not None and source.waits_until > now:
        waits = _("waits until {time}").format(time=wording.clock(source.waits_until, now))
        return f":orange-badge[:material/hourglass_top: {safe.text(waits)}]"
    return look.badge(wording.scope(source.scope))


def _pace(source: SourceProgress) -> Iterator[str]:
    yield wording.models(source.rows)
    if source.rate and not source.done:
        yield _("{number} a second").format(number=wording.short(source.rate))
    if source.eta_seconds is not None and not source.done:
        yield _("at most {time} left").format(time=wording.duration(source.eta_seconds))
    if source.quarantined:
        yield ngettext("{number} put aside", "{number} put aside", source.quarantined).format(
            number=wording.whole(source.quarantined)
        )


def _stop(now: RefreshState) -> None:
    started = now.started_at.isoformat() if now.started_at else ""
    if not admin.is_admin():
        return
    if now.elsewhere:  # a signal does not reach another machine
        there = _("It runs on another machine and is stopped there.")
        st.markdown(f":gray[:small[{there}]]", width="content")
        return
    if state.noted(_STOPPED) == started:
        words = _("It ends after its page and goes on from there next time.")
        st.markdown(f":gray[:small[{words}]]", width="content")
    elif st.button(_("Stop"), key="sources.stop", icon=":material/stop_circle:"):
        try:
            services.stop_refresh()
        except CardexError as error:
            messages.show(error)
        else:
            state.note(_STOPPED, started)


def _outcome(now: RefreshState) -> None:
    """How the last sync ended, in a sentence."""
    ended = now.updated_at or now.started_at
    when = wording.clock(ended, datetime.now(UTC)) if ended else ""
    color, icon = _ENDS.get(now.phase, _ENDS["done"])
    st.markdown(
        f":{color}[:material/{icon}:] {safe.text(_last_word(now), 400)} "
        f":gray[:small[{safe.text(when)}]]"
    )


def _last_word(now: RefreshState) -> str:
    failed = [wording.source(one.source) for one in now.sources if one.ok is False]
    if now.phase == "stopped":
        return _("The last sync was stopped; nothing of it is published.")
    if now.phase == "done":
        return _("The last sync ended well.")
    if failed and now.message and now.message.endswith(_STAY):
        names = wording.listed(failed)
        return _("The last sync failed for {sources}; the last good rows stay.").format(
            sources=names
        )
    return said.sentence(now.message)


def _controls() -> None:
    """What starts a sync, for admins; for others why they see nothing to press."""
    reason = admin.why_not()
    if reason is not None:
        st.caption(f":material/lock: {safe.text(reason, 400)}")
        if admin.may_sign_in() and st.button(
            _("Sign in"), key="sources.login", icon=":material/login:"
        ):
            st.login()
        return
    if services.offline():
        st.caption(
            ":material/cloud_off: " + _("`CARDEX_OFFLINE` is set: nothing is fetched from here.")
        )
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        pressed = st.button(_("Refresh now"), key="sources.start", icon=":material/sync:")
        chosen = st.selectbox(
            _("Source"),
            [_ALL, *SOURCES],
            format_func=_choice,
            key="sources.which",
            label_visibility="collapsed",
            width=200,
        )
        full = st.checkbox(_("Everything, not only what changed"), key="sources.full")
    if full:
        st.markdown(f":orange[:material/timer:] :small[{_long()}]")
    if pressed:
        _start([] if chosen == _ALL else [str(chosen)], full=full)


def _choice(name: str) -> str:
    return _("All sources") if name == _ALL else wording.source(name)


def _long() -> str:
    return _(
        "A full walk reads every model of a source and notices what was removed. It takes hours: "
        "the whole Hub alone is more than 3,100 requests, over an hour at the speed that it "
        "allows without a token. Pages stay usable, and an interrupted walk goes on."
    )


def _start(sources: Sequence[str], *, full: bool) -> None:
    try:
        services.start_refresh(sources, full=full)
    except CardexError as error:
        messages.show(error)
    else:
        state.note(_ASKED, time.time())
        st.rerun()
