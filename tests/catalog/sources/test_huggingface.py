"""The Hub source over the real client against a real HTTP server: pages, fields, refusals."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.errors import (
    BadRow,
    Offline,
    SourceError,
    SourceLoop,
    SourceRefused,
    SourceUnreachable,
)
from catalog.normalize import hub_row
from catalog.sources import Batch, Selection, http, huggingface
from tests.replay import server as replay
from tests.replay.server import Server

Fetched = Callable[..., list[Batch]]
SourceAt = Callable[..., huggingface.HuggingFace]
TOKEN = "hf_CanaryCanaryCanaryCanary"


def plain_rows(number: int) -> list[dict[str, Any]]:
    return [
        {
            "_id": f"{index:024x}",
            "id": f"org/model-{index:05d}",
            "downloads": 1_000_000 - index,
            "likes": index,
            "createdAt": f"2025-01-01T00:{index // 60 % 60:02d}:{index % 60:02d}.000Z",
            "lastModified": "2025-01-02T00:00:00.000Z",
            "pipeline_tag": "text-generation",
            "tags": ["safetensors"],
        }
        for index in range(number)
    ]


def ids(batches: list[Batch]) -> list[str]:
    return [record.repo_id for batch in batches for record, _ in batch.rows]


def test_every_row_of_the_fixtures_becomes_a_record_or_is_put_aside(
    hub: Server, fetched: Fetched
) -> None:
    batches = fetched(hub, limit=1_000)
    kept, bad = ids(batches), [row for batch in batches for row in batch.rejected]
    assert len(kept) + len(bad) == len(hub.rows)
    assert not bad
    assert all(batch.problem is None for batch in batches)


def test_a_limit_asks_for_the_most_downloaded_rows_and_no_more(fetched: Fetched) -> None:
    with Server(plain_rows(50)) as hub:
        assert ids(fetched(hub, limit=7)) == [f"org/model-{index:05d}" for index in range(7)]
        assert [asked.params["limit"] for asked in hub.asked] == [["7"]]
        assert hub.asked[0].params["sort"] == ["downloads"]


def test_pages_are_followed_by_their_link_until_the_limit(fetched: Fetched) -> None:
    with Server(plain_rows(50), page_rows=20) as hub:
        assert len(ids(fetched(hub, limit=45))) == 45
        assert len(hub.asked) == 3


def test_the_fields_of_a_record_are_asked_for_by_name(hub: Server, fetched: Fetched) -> None:
    fetched(hub, limit=5)
    asked = set(hub.asked[0].params["expand"])
    assert {"gguf", "safetensors", "cardData", "tags", "baseModels", "gated", "siblings"} <= asked
    assert "usedStorage" not in asked and "widgetData" not in asked


@pytest.mark.parametrize("refused", [{"baseModels"}, {"baseModels", "gguf", "config"}])
def test_a_hub_that_refuses_a_field_is_asked_without_it(
    refused: set[str], fetched: Fetched
) -> None:
    with Server(plain_rows(50), refused_expand=frozenset(refused), page_rows=20) as hub:
        assert len(ids(fetched(hub, limit=50))) == 50
        answered = [asked for asked in hub.asked if not refused & set(asked.params["expand"])]
        assert len(answered) == 3  # found out once, not once a page


def test_the_default_selection_reads_each_shown_task_and_the_overall_and_trending_lists(
    hub: Server, fetched: Fetched
) -> None:
    batches = fetched(hub, top=3)
    tasks = [asked.params.get("pipeline_tag", [""])[0] for asked in hub.asked]
    assert len(set(tasks)) >= 50
    assert "text-generation" in tasks and "text2text-generation" not in tasks
    assert [asked.params["sort"] for asked in hub.asked][-2:] == [["downloads"], ["trendingScore"]]
    assert "example-org/no-facts-at-all" not in ids(batches)


def test_a_full_walk_goes_in_order_of_creation(fetched: Fetched) -> None:
    with Server(plain_rows(30), page_rows=10) as hub:
        assert len(ids(fetched(hub, full=True))) == 30
        assert hub.asked[0].params["sort"] == ["createdAt"]
        assert hub.asked[0].params["direction"] == ["1"]


def test_a_walk_goes_on_from_any_cursor(source_at: SourceAt) -> None:
    with Server(plain_rows(60), page_rows=10) as hub:
        source = source_at(hub.url)
        whole = list(source.fetch(Selection(limit=55)))
        for at, batch in enumerate(whole):
            rest = list(source_at(hub.url).fetch(Selection(limit=55), batch.cursor))
            assert ids(rest) == ids(whole[at + 1 :])


@pytest.mark.parametrize("cursor", ["", "{", "[99, null, 0, 0]", '["a"]', "[0, 5, 0, 0]", "null"])
def test_a_cursor_that_is_not_ours_starts_anew(cursor: str, source_at: SourceAt) -> None:
    with Server(plain_rows(10)) as hub:
        assert len(ids(list(source_at(hub.url).fetch(Selection(limit=10), cursor)))) == 10


def test_links_of_a_mirror_to_the_hub_are_followed_on_the_mirror(fetched: Fetched) -> None:
    with Server(plain_rows(30), page_rows=10) as hub:
        hub.link = lambda url: url.replace(hub.url, "https://huggingface.co")
        assert len(ids(fetched(hub, limit=30))) == 30
        assert len(hub.asked) == 3


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:1/api/models?cursor=x",
        "https://127.0.0.1:{port}/api/models?cursor=x",
        "http://evil.example/api/models?cursor=x",
        "http://127.0.0.1:{port}@evil.example/api/models?cursor=x",
        "//evil.example/api/models?cursor=x",
        "ftp://127.0.0.1:{port}/api/models",
        "http://127.0.0.1:{port}/api/whoami-v2",
        "http://127.0.0.1:99999999/api/models",
        "http://[/api/models",
        "javascript:alert(1)",
        "http://huggingface.co/api/models?cursor=x",
    ],
)
def test_a_next_page_elsewhere_is_not_followed(target: str, fetched: Fetched) -> None:
    with Server(plain_rows(30), page_rows=10) as hub:
        hub.link = lambda _: target.format(port=hub.port)
        batches = fetched(hub, limit=30)
    assert len(hub.asked) == 1
    assert ids(batches) == []
    assert "not followed" in (batches[-1].problem or "")


def test_none_of_a_hundred_foreign_links_is_taken(source_at: SourceAt) -> None:
    source = source_at("https://huggingface.co", hf_token=TOKEN)
    hosts = ["evil.example", "huggingface.co.evil.example", "huggingface.co@evil.example"]
    hosts += ["huggingface.co:80", "huggingface.co:8443", "hugging\u200bface.co", "127.0.0.1"]
    hosts += ["[::1]", "xn--huggingface-.co", "huggingface.co%2eevil.example", "0x7f.1", ""]
    schemes = ["https", "http", "HTTPS ", "ftp", "file", "javascript", "wss", "", "data"]
    links = [f"{scheme}://{host}/api/models?c=1" for scheme in schemes for host in hosts]
    assert len(links) >= 100
    for link in links:
        answer = http.Answer(status=200, headers={"link": f'<{link}>; rel="next"'}, body=b"[]")
        with pytest.raises(SourceLoop):
            source._next_query(answer)


@settings(max_examples=200, deadline=None)
@given(link=st.text(max_size=60) | st.text(max_size=40).map(lambda text: f'<{text}>; rel="next"'))
def test_any_link_header_is_a_page_here_or_a_source_error(link: str) -> None:
    api = huggingface.HfApi(endpoint="http://127.0.0.1:1", token=False)
    source = huggingface.HuggingFace(api=api, fetcher=None)  # type: ignore[arg-type]
    answer = http.Answer(status=200, headers={"link": link}, body=b"[]")
    try:
        query = source._next_query(answer)
    except SourceError:
        return
    assert query is None or "limit=1000" in query


def test_a_password_in_the_address_of_a_mirror_is_kept_out_of_checkpoints(
    hub: Server, source_at: SourceAt
) -> None:
    source = source_at(f"http://name:{TOKEN}@{hub.host}:{hub.port}")
    assert source.endpoint == hub.url
    list(source.fetch(Selection(limit=5)))
    assert hub.asked[0].headers["authorization"].startswith("Basic ")


def test_a_redirect_to_another_address_is_not_followed(fetched: Fetched) -> None:
    with Server([]) as evil, Server(plain_rows(3)) as hub:
        hub.always = replay.status(302, {"Location": f"{evil.url}/api/models"})
        batches = fetched(hub, limit=3)
    assert not evil.asked
    assert "redirects to another address" in (batches[-1].problem or "")


def test_a_redirect_on_the_same_address_is_followed(fetched: Fetched) -> None:
    with Server(plain_rows(3)) as hub:
        hub.faults[0] = lambda handler: handler.send(307, {}, {"Location": handler.path})
        assert len(ids(fetched(hub, limit=3))) == 3


def test_a_cursor_that_comes_again_ends_the_listing(fetched: Fetched) -> None:
    with Server(plain_rows(30), page_rows=10) as hub:
        hub.link = lambda _: f"{hub.url}/api/models?limit=1000&sort=downloads"
        batches = fetched(hub, limit=1_000)
        assert len(hub.asked) <= 3
    assert len(set(ids(batches))) == 10
    assert batches[-1].problem is not None


def test_a_circle_of_several_pages_ends_the_listing(fetched: Fetched) -> None:
    with Server(plain_rows(30), page_rows=10) as hub:

        def back_from_the_last(url: str) -> str:
            first = f"{hub.url}/api/models?sort=createdAt&direction=1&limit=1000"
            return first if len(hub.asked) % 2 == 0 else url

        hub.link = back_from_the_last
        batches = fetched(hub, full=True)
        assert len(hub.asked) <= 6
    assert "in a circle" in (batches[-1].problem or "")


def test_new_cursors_for_the_same_page_end_the_listing(fetched: Fetched) -> None:
    numbers = iter(range(1_000_000))
    with Server(plain_rows(30), page_rows=10) as hub:
        hub.link = lambda _: f"{hub.url}/api/models?sort=downloads&n={next(numbers)}"
        batches = fetched(hub, full=True)
        assert len(hub.asked) <= 3
    assert "same page twice" in (batches[-1].problem or "")


def test_a_token_goes_to_the_hub_and_to_no_mirror(hub: Server, source_at: SourceAt) -> None:
    source = source_at(hub.url, hf_token=TOKEN)
    list(source.fetch(Selection(limit=5)))
    assert all("authorization" not in asked.headers for asked in hub.asked)
    assert huggingface.token_for("https://huggingface.co", TOKEN) == TOKEN
    for mirror in ("https://hf-mirror.com", "http://huggingface.co", "https://huggingface.co:8443"):
        assert huggingface.token_for(mirror, TOKEN) is False
    at_the_hub = source_at("https://huggingface.co", hf_token=TOKEN)
    assert at_the_hub._headers()["authorization"] == f"Bearer {TOKEN}"


def test_a_token_that_lies_on_this_machine_is_not_sent(
    hub: Server, source_at: SourceAt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    list(source_at(hub.url).fetch(Selection(limit=5)))
    assert all(TOKEN not in str(asked.headers) for asked in hub.asked)


def test_the_user_agent_names_the_product(hub: Server, fetched: Fetched) -> None:
    fetched(hub, limit=5)
    assert hub.asked[0].headers["user-agent"].startswith("cardex/")


@pytest.mark.parametrize("change", [{"offline": True}, {"hf_offline": True}])
def test_offline_opens_no_socket(change: dict[str, Any], hub: Server, source_at: SourceAt) -> None:
    with pytest.raises(Offline, match="OFFLINE"):
        list(source_at(hub.url, **change).fetch(Selection(limit=5)))
    assert not hub.asked


@pytest.mark.parametrize("endpoint", ["nonsense", "ftp://127.0.0.1", "file:///etc/passwd"])
def test_an_endpoint_that_is_no_address_is_named(endpoint: str, source_at: SourceAt) -> None:
    with pytest.raises(SourceUnreachable, match="HF_ENDPOINT"):
        list(source_at(endpoint).fetch(Selection(limit=5)))


@pytest.mark.parametrize("code", [401, 403])
def test_a_refusal_says_that_it_is_about_the_token(code: int, fetched: Fetched) -> None:
    with Server([], always=replay.status(code)) as hub:
        with pytest.raises(SourceRefused, match="token"):
            fetched(hub, limit=5)
        assert len(hub.asked) == 1


def test_nobody_listening_is_unreachable(sleeper: Any, source_at: SourceAt) -> None:
    with pytest.raises(SourceUnreachable, match="refused"):
        list(source_at("http://127.0.0.1:9").fetch(Selection(limit=5)))
    assert sleeper.slept == [1, 2, 4, 8, 8]


def test_private_and_disabled_rows_are_put_aside_with_the_reason(fetched: Fetched) -> None:
    rows = plain_rows(4)
    rows[1]["private"], rows[2]["disabled"] = True, True
    with Server(rows) as hub:
        (batch,) = fetched(hub, limit=4)
    assert [row.reason for row in batch.rejected] == ["a private repository", "disabled by the Hub"]
    assert len(batch.rows) == 2


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (BadRow("no id"), "no id"),
        (KeyError("x"), "unexpected shape: KeyError"),
        (UnicodeEncodeError("utf-8", "x", 0, 1, "y"), "unexpected shape: UnicodeEncodeError"),
        (RecursionError(), "nested too deeply"),
    ],
)
def test_a_row_that_the_parser_stumbles_over_is_put_aside(
    error: Exception, reason: str, source_at: SourceAt
) -> None:
    def stumble(row: Any, *, fetched_at: Any, origin: str = "sync") -> Any:
        if row["id"].endswith("1"):
            raise error
        return hub_row.to_record(row, fetched_at=fetched_at, origin=origin)

    with Server(plain_rows(3)) as hub:
        source = source_at(hub.url)
        source.to_record = stumble
        (batch,) = source.fetch(Selection(limit=3))
    assert [(row.id, row.reason) for row in batch.rejected] == [("org/model-00001", reason)]
    assert len(batch.rows) == 2


def test_all_errors_of_the_source_are_source_errors(fetched: Fetched) -> None:
    for code in (400, 404, 405, 410, 418, 451, 501, 600):
        with Server([], always=replay.status(code)) as hub:
            try:
                batches = fetched(hub, limit=5)
            except SourceError:
                continue
            assert batches[-1].problem is not None


@pytest.mark.shared
def test_the_recorded_rows_of_the_hub_all_become_records(
    shared_data: Path, fetched: Fetched
) -> None:
    rows = replay.read_rows([shared_data / "huggingface" / "list_rows.jsonl.gz"])
    with Server(rows) as hub:
        batches = fetched(hub, full=True)
        # A page may be asked for again where a busy machine was too slow to answer.
        pages = {tuple(asked.params.get("cursor", ())) for asked in hub.asked}
        assert len(pages) == -(-len(rows) // 1_000)
    bad = [row for batch in batches for row in batch.rejected]
    assert len(ids(batches)) + len(bad) == len(rows)
    assert len(bad) <= len(rows) // 100
