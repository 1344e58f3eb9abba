"""Who is an admin: in the open only on the machine itself, else who is on the list."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from catalog import settings
from catalog.errors import NotAllowed
from catalog.settings import Settings
from ui import admin
from ui.admin import Visitor

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HERE = Visitor(address="127.0.0.1", host="127.0.0.1:8501")


def given(identity: str, *admins: str) -> Settings:
    return replace(settings.load({}), identity=identity, admins=admins)


def refused(visitor: Visitor, identity: str, *admins: str) -> bool:
    return admin.refusal(visitor, given(identity, *admins), NOW) is not None


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "localhost", "127.8.0.1", "LOCALHOST"])
@pytest.mark.parametrize("host", ["localhost:8501", "127.0.0.1", "[::1]:8501"])
def test_in_the_open_the_machine_itself_is_the_admin(address: str, host: str) -> None:
    assert not refused(Visitor(address=address, host=host), "open")


@pytest.mark.parametrize("address", ["", "0.0.0.0", "::", "10.1.2.3", "cardex.example.org"])
def test_a_server_that_listens_for_the_network_has_no_admin(address: str) -> None:
    assert refused(replace(HERE, address=address), "open")
    assert refused(replace(HERE, address=address), "open", "anybody")


@pytest.mark.parametrize("host", ["cardex.example.org", "127.0.0.1.example.org", "", None, "[::"])
def test_a_visitor_who_calls_the_server_by_another_name_is_none(host: str | None) -> None:
    assert refused(replace(HERE, host=host), "open")


def test_who_comes_through_a_proxy_is_none_in_the_open() -> None:
    assert refused(replace(HERE, passed_on=True), "open")


def login(**changes: Any) -> Visitor:
    claims = {"is_logged_in": True, "email": "Ada@example.org", "email_verified": True}
    return replace(HERE, claims={**claims, **changes})


def test_a_login_is_an_admin_when_its_address_is_on_the_list() -> None:
    assert not refused(login(), "oidc", "ada@example.org")
    assert refused(login(), "oidc", "eve@example.org")
    assert refused(login(), "oidc")


@pytest.mark.parametrize(
    "changes",
    [
        {"is_logged_in": False},
        {"is_logged_in": "true"},
        {"email_verified": False},
        {"email": None},
        {"email": ["ada@example.org"]},
        {"iat": int((NOW - timedelta(hours=9)).timestamp())},
    ],
)
def test_a_login_that_proves_nothing_is_refused(changes: dict[str, Any]) -> None:
    assert refused(login(**changes), "oidc", "ada@example.org")


def test_a_login_of_today_holds() -> None:
    fresh = login(iat=int((NOW - timedelta(hours=7)).timestamp()))
    assert not refused(fresh, "oidc", "ada@example.org")


def test_a_proxy_names_the_admin_in_the_header_that_is_trusted() -> None:
    named = replace(HERE, claims={"name": "ada"}, trusted=frozenset({"name"}), passed_on=True)
    assert not refused(named, "proxy", "Ada")
    assert refused(replace(named, trusted=frozenset()), "proxy", "ada")
    assert refused(replace(named, trusted=frozenset({"email"})), "proxy", "ada")
    assert refused(named, "proxy", "eve")
    assert refused(named, "proxy")


def test_a_header_counts_for_nothing_where_others_reach_the_server() -> None:
    named = Visitor(address="0.0.0.0", claims={"name": "ada"}, trusted=frozenset({"name"}))
    assert refused(named, "proxy", "ada")


def test_outside_a_page_nobody_is_an_admin() -> None:
    with pytest.raises(NotAllowed, match="Only an admin"):
        admin.demand()
