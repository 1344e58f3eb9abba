"""What a visitor reads when the catalog cannot answer: a title, a sentence, what to do."""

from __future__ import annotations

from typing import Any

import pytest

from catalog import errors
from catalog.services.catalog import CatalogService

PAGES = {
    "home": "search",
    "explore": "search",
    "charts": "search",
    "model": "model",
    "sources": "status",
}
TITLES = {
    errors.NoCatalog: "There is no catalog yet",
    errors.SnapshotDamaged: "The catalog is damaged",
    errors.SchemaMismatch: "The catalog was written by another version",
    errors.StoreUnwritable: "The data folder cannot be written",
    errors.QueryError: "This question cannot be answered as asked",
    errors.CatalogError: "The catalog cannot answer now",
}


def fail_with(monkeypatch: pytest.MonkeyPatch, method: str, error: Exception) -> None:
    def failing(*_args: object, **_options: object) -> None:
        raise error

    monkeypatch.setattr(CatalogService, method, failing)


@pytest.mark.parametrize("kind", TITLES)
def test_each_error_has_a_title_and_its_sentence(
    kind: type[errors.CardexError],
    publish: Any,
    some_models: Any,
    open_page: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    publish(some_models)
    fail_with(monkeypatch, "search", kind("The disk says no."))
    app = open_page("explore")
    (told,) = app.error
    assert told.proto.title == TITLES[kind]
    assert told.value == "The disk says no\\."
    assert not app.exception


@pytest.mark.parametrize("page", PAGES)
def test_every_page_tells_an_error_and_shows_no_traceback(
    page: str,
    publish: Any,
    some_models: Any,
    open_page: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    publish(some_models)
    fail_with(monkeypatch, PAGES[page], errors.SnapshotDamaged("It is torn."))
    app = open_page(page, ref="huggingface:Qwen/Qwen-01") if page == "model" else open_page(page)
    assert [told.value for told in app.error] == ["It is torn\\."]
    assert not app.exception
