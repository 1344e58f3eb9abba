"""Who may start a sync: asked when a page is drawn, and again at every click."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import streamlit as st

from catalog import settings
from catalog.errors import NotAllowed
from catalog.settings import Settings
from ui.i18n import _

# The cookie of a login lives for 30 days, whatever becomes of the account meanwhile.
LOGIN_AGE = timedelta(hours=8)
_PASSED_ON = ("X-Forwarded-For", "Forwarded", "X-Real-IP")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """What the server knows of who asks."""

    address: str = ""  # where the server listens; empty: on every address
    host: str | None = None  # what the browser calls the server
    passed_on: bool = False  # a proxy stands between
    claims: Mapping[str, object] = field(default_factory=dict)  # st.user
    trusted: frozenset[str] = frozenset()  # the claims that headers of a proxy fill


def refusal(visitor: Visitor, given: Settings, now: datetime) -> str | None:
    """Why this visitor is no admin, as a sentence; None for an admin."""
    if given.identity == "oidc":
        return _unknown_login(visitor, given, now)
    if given.identity == "proxy":
        return _unknown_to_the_proxy(visitor, given)
    if not _loopback(visitor.address):
        return _(
            "Only an admin starts a sync, and a server that listens for the network cannot tell "
            "who is one. Run the command there, or give visitors an identity."
        )
    if visitor.passed_on or not _loopback(_name(visitor.host)):
        return _(
            "Only an admin starts a sync: here that is who opens this page on the machine itself."
        )
    return None


def _unknown_login(visitor: Visitor, given: Settings, now: datetime) -> str | None:
    claims = visitor.claims
    if claims.get("is_logged_in") is not True:
        return _("Only an admin starts a sync: sign in first.")
    named = [] if claims.get("email_verified") is False else [claims.get("email")]
    if not _listed(named, given):
        return _("Only an admin starts a sync, and this account is not on the list of admins.")
    issued = claims.get("iat")
    if isinstance(issued, int | float) and now - datetime.fromtimestamp(issued, UTC) > LOGIN_AGE:
        return _("Only an admin starts a sync: this login is old, sign in again.")
    return None


def _unknown_to_the_proxy(visitor: Visitor, given: Settings) -> str | None:
    if not _loopback(visitor.address):
        return _(
            "Only an admin starts a sync, and the name that a proxy gives is trusted only where "
            "nobody but the proxy reaches the server: let it listen on 127.0.0.1."
        )
    if not _listed([visitor.claims.get(name) for name in visitor.trusted], given):
        return _("Only an admin starts a sync, and this account is not on the list of admins.")
    return None


def _listed(named: Sequence[object], given: Settings) -> bool:
    admins = {admin.casefold() for admin in given.admins}
    return any(isinstance(name, str) and name.strip().casefold() in admins for name in named)


def _name(host: str | None) -> str:
    """A Host header without its port."""
    text = (host or "").strip().lower()
    return text.partition("]")[0] + "]" if text.startswith("[") else text.partition(":")[0]


def _loopback(address: str) -> bool:
    name = address.strip().lower().strip("[]")
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def visitor() -> Visitor:
    """Who asks in this run, as Streamlit knows it."""
    headers = st.context.headers
    trusted = st.get_option("server.trustedUserHeaders") or {}
    return Visitor(
        address=str(st.get_option("server.address") or ""),
        host=headers.get("Host"),
        passed_on=any(headers.get(name) for name in _PASSED_ON),
        claims=dict(st.user.to_dict()),
        trusted=frozenset(trusted.values()),
    )


def why_not() -> str | None:
    """Why the visitor of this run is no admin; None for an admin."""
    return refusal(visitor(), settings.load(), datetime.now(UTC))


def is_admin() -> bool:
    """Whether the visitor of this run is an admin."""
    return why_not() is None


def may_sign_in() -> bool:
    """Whether a login is set up and this visitor has none."""
    return settings.load().identity == "oidc" and visitor().claims.get("is_logged_in") is False


def demand() -> None:
    """Raise NotAllowed unless an admin asks; the doors of `ui.services` that change things call it.

    A click comes over the socket whatever the page shows, so a missing button protects nothing.
    """
    reason = why_not()
    if reason is not None:
        raise NotAllowed(reason)
