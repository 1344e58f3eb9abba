"""Pages are opened as a visitor opens them: through app.py, then on to the page."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from streamlit import config
from streamlit.testing.v1 import AppTest

from catalog import settings
from catalog.records import ModelFile, ModelRecord
from catalog.store import changes, schema, snapshot

ROOT = Path(__file__).resolve().parents[2]
OpenPage = Callable[..., AppTest]

# AppTest runs pages on the main thread and Streamlit says so at every call.
logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context").setLevel(logging.ERROR)


@pytest.fixture
def publish(own_data_dir: Path) -> Callable[..., str]:
    """Publish a generation of these models into the data folder of the test."""

    def make(models: Sequence[ModelRecord], files: Sequence[tuple[str, ModelFile]] = ()) -> str:
        root = settings.load().catalog_dir
        root.mkdir(parents=True, exist_ok=True)
        generation = snapshot.publish(
            root,
            schema.models_table(models),
            schema.files_table(files),
            runs=(),
            now=datetime(2026, 11, 20, 12, tzinfo=UTC),
        )
        changes.catch_up(root)
        return generation

    return make


@pytest.fixture
def some_models(a_model: Callable[..., ModelRecord]) -> list[ModelRecord]:
    """Sixty language models of one maker, a translator, and a picture model that says little."""
    facts = {
        "fetched_at": datetime(2026, 11, 20, tzinfo=UTC),
        "downloads_as_of": date(2026, 11, 20),
        "last_modified": datetime(2026, 5, 1, tzinfo=UTC),
    }
    qwens = [
        a_model(
            repo_id=f"Qwen/Qwen-{number:02}",
            pipeline_tag="text-generation",
            modality="nlp",
            license="Apache-2.0",
            commercial_use="yes",
            parameter_count=number * 10**9,
            parameter_count_origin="safetensors",
            formats=("safetensors",),
            downloads_30d=10_000 - number,
            **facts,
        )
        for number in range(1, 61)
    ]
    translator = a_model(
        repo_id="Helsinki-NLP/opus-mt-zh-en",
        pipeline_tag="translation",
        modality="nlp",
        license="CC-BY-NC-4.0",
        commercial_use="no",
        downloads_30d=500,
        **facts,
    )
    silent = a_model(repo_id="someone/pictures", downloads_30d=7, **facts)
    return [*qwens, translator, silent]


@pytest.fixture
def behind_a_proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A server on loopback whose proxy names the visitor; ada is an admin."""
    monkeypatch.setenv("CARDEX_IDENTITY", "proxy")
    monkeypatch.setenv("CARDEX_ADMINS", "ada")
    options = {"server.address": "127.0.0.1", "server.trustedUserHeaders": {"X-User": "name"}}
    before = {name: config.get_option(name) for name in options}
    for name, value in options.items():
        config.set_option(name, value)
    yield
    for name, value in before.items():
        config.set_option(name, value)


@pytest.fixture
def open_page() -> OpenPage:
    """Open a page with URL parameters: `open_page("explore", q="qwen")`."""

    def run(
        page: str,
        /,
        *,
        user: str | None = None,
        claims: Mapping[str, object] | None = None,
        **parameters: str,
    ) -> AppTest:
        app = AppTest.from_file(ROOT / "app.py", default_timeout=60)
        app.user = {"name": user} if user else dict(claims or {})
        for name, value in parameters.items():
            app.query_params[name] = value
        app.run()
        if page != "home":
            app.switch_page(f"pages/{page}.py").run()
        assert not app.exception
        return app

    return run


@pytest.fixture
def url() -> Callable[[AppTest, str], str]:
    """One parameter of the URL that a page left: `url(app, "q")`."""

    def read(app: AppTest, name: str) -> str:
        value = app.query_params[name]
        return value[0] if isinstance(value, list) else value

    return read
