"""The sources page: age, runs, reasons, mirrors, limits, what is installed, what changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from catalog import settings
from catalog.records import Installed, Quota, Reason, Runtime, SourceRun
from catalog.refresh import walking
from catalog.store import installed, runs

NOW = datetime.now(UTC)


def texts(app: Any) -> str:
    parts = [*app.markdown, *app.caption, *app.header, *app.warning, *app.error]
    return "\n".join(part.value for part in parts).replace("\\", "")


def a_run(**changes: Any) -> SourceRun:
    moment = datetime(2026, 11, 21, 3, tzinfo=UTC)
    facts = {"source": "huggingface", "scope": "default:1000", "ok": True, "fetched": 10}
    return SourceRun(**{"started_at": moment, "finished_at": moment, **facts, **changes})


def put(*done: SourceRun) -> None:
    runs.append(settings.load().catalog_dir, done)


def test_each_source_shows_its_rows_and_an_empty_one_what_to_do(
    publish: Any, some_models: Any, open_page: Any
) -> None:
    publish(some_models)
    app = open_page("sources")
    metrics = {metric.label: metric.value for metric in app.metric}
    assert metrics["Repositories"] == "62"
    assert metrics["Last success"] == "never"
    assert metrics["Rows kept"] == metrics["Rows put aside"] == "–"
    shown = texts(app)
    assert "facts of 2026-11-20" in shown
    assert "Fetch it with `python -m catalog sync civitai`" in shown
    assert "Fetch it with `python -m catalog sync ollama`" in shown
    assert "No sync has run yet" in shown
    assert "Nothing has been published since" in shown


@pytest.mark.parametrize(
    ("days", "words"),
    [(2, "facts 2 days ago"), (9, "facts 9 days ago: ageing"), (40, "facts 40 days ago: out of")],
)
def test_the_age_of_a_source_is_told_in_words(
    publish: Any, a_model: Any, open_page: Any, days: int, words: str
) -> None:
    publish([a_model(fetched_at=NOW - timedelta(days=days))])
    assert words in texts(open_page("sources"))


def test_the_headline_is_of_most_models_and_not_of_the_newest_alone(
    publish: Any, a_model: Any, open_page: Any
) -> None:
    old = [
        a_model(repo_id=f"a/{n}", fetched_at=NOW - timedelta(days=60), origin="starter")
        for n in range(9)
    ]
    publish([a_model(repo_id="a/new", fetched_at=NOW), *old])
    app = open_page("sources")
    assert app.header[0].value == "9 of 10 repositories have facts older than 30 days"
    shown = texts(app)
    assert f"The newest facts are from {NOW:%Y-%m-%d} (today), the oldest from" in shown
    assert "9 are as they were bundled: no sync has fetched them." in shown
    assert "9 of 10 older than 30 days: out of date" in shown


def test_where_the_newest_facts_stand_for_most_the_oldest_are_named_too(
    publish: Any, a_model: Any, open_page: Any
) -> None:
    old = a_model(repo_id="a/old", fetched_at=NOW - timedelta(days=60))
    publish([old, *(a_model(repo_id=f"a/{n}", fetched_at=NOW) for n in range(10))])
    app = open_page("sources")
    assert app.header[0].value == f"The newest facts are from {NOW:%Y-%m-%d}, today"
    shown = texts(app)
    assert f"The oldest facts are from {NOW - timedelta(days=60):%Y-%m-%d}." in shown
    assert "facts today, the oldest 60 days ago" in shown


def test_a_stopped_sync_that_had_read_nothing_goes_on_from_nowhere(
    publish: Any, some_models: Any, open_page: Any
) -> None:
    publish(some_models)
    stopped = {"ok": False, "stopped": True, "published": False, "fetched": 0}
    put(*(a_run(source=name, **stopped) for name in ("huggingface", "civitai")))
    shown = texts(open_page("sources"))
    assert "It was stopped before it had read a row." in shown
    assert "goes on from there" not in shown


def test_a_damaged_generation_shows_the_one_before_and_says_so(
    publish: Any, some_models: Any, open_page: Any
) -> None:
    publish(some_models)
    newest = publish(some_models[:10])
    folder = settings.load().catalog_dir / "snapshots" / newest
    victim = max(folder.rglob("*.arrow"), key=lambda path: path.stat().st_size)
    _truncate(victim)
    app = open_page("sources")
    metrics = {metric.label: metric.value for metric in app.metric}
    assert metrics["Repositories"] == "62"
    assert "is shown" in texts(app)


def test_a_data_folder_with_only_damage_is_told_in_a_sentence(
    publish: Any, some_models: Any, open_page: Any
) -> None:
    only = publish(some_models)
    for path in (settings.load().catalog_dir / "snapshots" / only).rglob("*.arrow"):
        _truncate(path)
    app = open_page("sources")
    assert not app.exception
    assert app.error or app.metric


def _truncate(path: Path) -> None:
    path.chmod(0o644)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


def test_a_failed_sync_says_why_what_holds_and_what_finds_the_cause(
    publish: Any, some_models: Any, open_page: Any
) -> None:
    publish(some_models)
    before = datetime(2026, 11, 20, 3, tzinfo=UTC)
    put(
        a_run(ok=False, error="The Hub is *busy*."),
        a_run(started_at=before, finished_at=before, kept=10),
    )
    app = open_page("sources")
    shown = texts(app)
    assert "Last sync failed" in shown
    assert "The Hub is *busy*." in shown
    assert "The last good rows are shown" in shown
    assert "`python -m catalog doctor huggingface`" in shown
    assert {metric.label: metric.value for metric in app.metric}["Last success"] == "2026-11-20"
    assert app.dataframe[0].value["ok"].tolist() == ["failed", "done"]


def test_a_stopped_sync_is_no_failure_and_says_that_nothing_of_it_is_shown(
    publish: Any, some_models: Any, open_page: Any
) -> None:
    publish(some_models)
    before = datetime(2026, 11, 20, 3, tzinfo=UTC)
    put(
        a_run(
            ok=False,
            stopped=True,
            published=False,
            fetched=4_000,
            kept=3_000,
            error=walking.stopped(goes_on=True),
        ),
        a_run(started_at=before, finished_at=before, kept=10),
    )
    app = open_page("sources")
    shown = texts(app)
    assert "Last sync stopped" in shown
    assert "It was stopped after 4,000 rows, and nothing of it is published." in shown
    assert "The last good rows are shown. The next sync of the same kind within a day" in shown
    assert "failed" not in shown
    assert "catalog doctor huggingface" not in shown
    assert {metric.label: metric.value for metric in app.metric}["Rows kept"] == "10"
    assert app.dataframe[0].value["ok"].tolist() == ["stopped", "done"]


def test_a_source_of_rows_left_out_by_rule_alone_shows_the_reasons_and_no_doctor(
    publish: Any, some_models: Any, open_page: Any
) -> None:
    publish(some_models)
    reason = Reason(text="rated above the safe level", count=12, by_rule=True)
    error = "All 12 rows that CivitAI gave are left out by rule; the last good rows stay."
    facts = {"source": "civitai", "ok": False, "error": error, "reasons": (reason,)}
    put(a_run(fetched=12, quarantined=12, by_rule=12, **facts))
    app = open_page("sources")
    shown = texts(app)
    assert "All rows that CivitAI gave are left out by rule (12)" in shown
    assert "why its rows are left out stands below" in shown
    assert "catalog doctor civitai" not in shown
    (aside,) = [one for one in app.expander if "12 rows of the last sync" in one.label]
    assert aside.proto.expanded
    assert "12 × rated above the safe level" in shown


def test_a_sync_that_was_gone_on_with_is_timed_by_its_last_part(
    publish: Any, some_models: Any, open_page: Any
) -> None:
    publish(some_models)
    began = datetime(2026, 11, 20, 3, tzinfo=UTC)
    resumed = began + timedelta(hours=20)
    ended = resumed + timedelta(minutes=3)
    put(a_run(started_at=began, resumed_at=resumed, finished_at=ended, scope="full"))
    app = open_page("sources")
    (row,) = app.dataframe[0].value.to_dict("records")
    assert (row["scope"], row["took"]) == ("everything, gone on with", "3 min")
    assert row["started"] == resumed
    assert "counts the rows of all its parts" in texts(app)


def test_why_syncs_did_not_end_well_is_told_in_whole_sentences(
    publish: Any, some_models: Any, open_page: Any
) -> None:
    publish(some_models)
    put(*(a_run(ok=False, error=f"The *Hub* is away, {n}.") for n in range(7)), a_run())
    shown = texts(open_page("sources"))
    assert "2026-11-21 03:00 UTC, Hugging Face, failed: The *Hub* is away, 4." in shown
    assert "The *Hub* is away, 5." not in shown


def test_a_failure_after_the_page_was_first_shown_is_seen_without_a_publish(
    publish: Any, some_models: Any, open_page: Any
) -> None:
    publish(some_models)
    app = open_page("sources")
    put(a_run(ok=False, error="The Hub is away."))
    assert "The Hub is away." in texts(app.run())


def test_rows_put_aside_by_rule_stand_apart_from_unreadable_ones(
    publish: Any, some_models: Any, open_page: Any
) -> None:
    publish(some_models)
    reasons = tuple(Reason(text=f"odd field {number}", count=1) for number in range(9))
    put(
        a_run(
            fetched=30,
            kept=15,
            quarantined=15,
            by_rule=4,
            reasons=(
                Reason(text="unsafe ![](http://evil.example/x)", count=4, by_rule=True),
                Reason(text="no id", count=2),
                *reasons,
            ),
        )
    )
    app = open_page("sources")
    shown = texts(app)
    assert "**11 rows could not be read**" in shown
    assert "- 2 × no id" in shown
    assert "- 2 × other reasons" in shown
    assert "**4 rows are left out by rule**" in shown
    assert "- 4 × unsafe ![](" in shown
    assert "![](" not in "\n".join(part.value for part in app.markdown)
    table = app.dataframe[0].value
    assert table["unread"].tolist() == [11]
    assert table["by_rule"].tolist() == [4]


def test_a_mirror_in_use_is_named_without_its_password(
    publish: Any, some_models: Any, open_page: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "https://ada:geheim@hf-mirror.example")
    publish(some_models)
    put(a_run(endpoint="https://ada:geheim@elsewhere.example/hub"))
    app = open_page("sources")
    shown = texts(app)
    assert "mirror in use: hf-mirror.example" in shown
    assert "the last sync read elsewhere.example/hub" in shown
    assert "geheim" not in shown
    assert app.dataframe[0].value["endpoint"].tolist() == ["elsewhere.example/hub"]


@pytest.mark.parametrize(
    ("quota", "words"),
    [
        (
            Quota(remaining=3, limit=500, resets_at=NOW + timedelta(days=1)),
            f"3 of 500 requests left, resets at {NOW + timedelta(days=1):%Y-%m-%d %H:%M} UTC",
        ),
        (
            Quota(remaining=3, limit=None, resets_at=NOW - timedelta(days=1)),
            "3 requests were left at its end",
        ),
    ],
)
def test_what_the_rate_limit_left_is_told(
    publish: Any, some_models: Any, open_page: Any, quota: Quota, words: str
) -> None:
    publish(some_models)
    put(a_run(quota=quota))
    assert words in texts(open_page("sources"))


def test_what_is_installed_is_listed_with_the_commands_of_updates(
    publish: Any, a_model: Any, open_page: Any
) -> None:
    llama = a_model(source="ollama", repo_id="llama3.1:8b", revision="46e0c10c039e", fetched_at=NOW)
    publish([llama])
    old = NOW - timedelta(days=90)
    models = (
        Installed(name="llama3.1:8b", ref=None, digest="0" * 64, size_bytes=2**32, modified_at=old),
        Installed(
            name="x; rm -rf ~",
            ref=None,
            digest=None,
            size_bytes=None,
            modified_at=None,
            complete=False,
        ),
        Installed(
            name="big-cloud",
            ref=None,
            digest=None,
            size_bytes=None,
            modified_at=None,
            remote=True,
        ),
    )
    server = Runtime(
        where="http://ada:geheim@10.0.0.5:11434",
        kind="ollama",
        here=False,
        seen_at=NOW,
        version="0.19.2",
        unfinished=1,
        models=models,
    )
    folder = Runtime(where="/srv/models", kind="folder", error="It cannot be *read*.")
    installed.write(settings.load().catalog_dir, [server, folder])
    app = open_page("sources")
    shown = texts(app)
    assert "10.0.0.5:11434" in shown
    assert "geheim" not in shown
    assert "Ollama 0.19.2" in shown
    assert "1 update" in shown
    assert "1 unfinished download" in shown
    assert "It cannot be *read*. Last good answer: never." in shown
    assert app.dataframe[0].value["state"].tolist() == [
        "update available",
        "incomplete",
        "runs in the cloud",
    ]
    assert "ollama pull llama3.1:8b" in [code.value for code in app.code]


def test_changes_of_the_last_publishes_lead_to_their_models(
    publish: Any, some_models: Any, a_model: Any, open_page: Any, url: Any
) -> None:
    publish(some_models[1:])
    publish(some_models[:-1])
    publish([*some_models, a_model(source="ollama", repo_id="qwen3:4b")])
    app = open_page("sources")
    shown = texts(app)
    assert "2 new models (Hugging Face, Ollama)" in shown
    assert any("1 new model, 1 removed" in one.label for one in app.expander)
    app.button(key="sources.change.0.0").click().run()
    assert url(app, "ref") in {"huggingface:someone/pictures", "ollama:qwen3:4b"}


def test_bases_of_a_change_are_called_by_their_names_and_a_verdict_says_why(
    publish: Any, a_model: Any, open_page: Any
) -> None:
    paint = a_model(source="civitai", repo_id="42", name="Dream *Paint*")
    before = {"base_models": ("huggingface:a/old",), "license": "MIT", "commercial_use": "yes"}
    after = {"base_models": ("civitai:42", "civitai:43"), "license": "X", "commercial_use": "no"}
    publish([paint, a_model(repo_id="b/model", **before)])
    publish([paint, a_model(repo_id="b/model", **after, license_reasons=("X forbids it.",))])
    shown = texts(open_page("sources"))
    assert "a/old → Dream *Paint*, CivitAI model 43" in shown
    assert "MIT (Commercial OK) → X (Non-commercial): X forbids it." in shown


def test_a_model_of_a_number_that_is_gone_is_named_with_its_source(
    publish: Any, some_models: Any, a_model: Any, open_page: Any
) -> None:
    publish([*some_models, a_model(source="civitai", repo_id="42", name="Dream")])
    publish(some_models)
    assert "CivitAI model 42" in texts(open_page("sources"))
