"""The CivitAI source over the real client against a real HTTP server: paging, refusals, content."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from catalog import settings as settings_module
from catalog.errors import (
    Offline,
    SourceBlocked,
    SourceBusy,
    SourceChanged,
    SourceError,
    SourceLoop,
    SourceRefused,
    SourceUnreachable,
)
from catalog.sources import SOURCES, Batch, Selection, civitai, http
from tests.catalog.sources.conftest import QUICK, Sleeper
from tests.replay import civitai as site_replay
from tests.replay import server as replay
from tests.replay.civitai import Server, fixture_rows

TOKEN = "CanaryCanaryCanaryCanary"
SINCE = datetime(2026, 1, 15, tzinfo=UTC)
SourceAt = Callable[..., civitai.CivitAI]
Fetched = Callable[..., list[Batch]]


@pytest.fixture
def site() -> Iterator[Server]:
    with Server(fixture_rows()) as server:
        yield server


@pytest.fixture
def source_at(sleeper: Sleeper) -> SourceAt:
    def make(endpoint: str, limits: http.Limits = QUICK, **changes: Any) -> civitai.CivitAI:
        settings = replace(settings_module.load(), civitai_endpoint=endpoint, **changes)
        return civitai.make(settings, sleeper.clock(), limits)

    return make


@pytest.fixture
def fetched(source_at: SourceAt) -> Fetched:
    def fetch(server: Server, *, mature: bool = False, **selection: Any) -> list[Batch]:
        source = source_at(server.url, civitai_mature=mature)
        return list(source.fetch(Selection(**selection)))

    return fetch


def plain_rows(number: int) -> list[dict[str, Any]]:
    """Safe checkpoints, the most downloaded and the youngest first."""
    (model,) = (row for row in fixture_rows() if row["id"] == 900005)
    rows = []
    for index in range(number):
        row = copy.deepcopy(model)
        row |= {"id": 1_000 + index, "name": f"model {index}"}
        row["stats"]["downloadCount"] = 1_000_000 - index
        day = f"2026-{12 - index // 28 % 12:02d}-{28 - index % 28:02d}T00:00:00.000Z"
        row["modelVersions"][0]["publishedAt"] = day
        rows.append(row)
    return rows


def ids(batches: list[Batch]) -> list[int]:
    return [int(record.repo_id) for batch in batches for record, _ in batch.rows]


def bad(batches: list[Batch]) -> list[tuple[str, str, bool]]:
    return [(row.id, row.reason, row.by_rule) for batch in batches for row in batch.rejected]


def test_it_is_among_the_sources() -> None:
    assert SOURCES["civitai"] is civitai.make


def test_every_item_becomes_a_record_or_is_put_aside_with_a_reason(
    site: Server, fetched: Fetched
) -> None:
    batches = fetched(site, full=True)
    listed = [row for row in site.rows if not row["poi"] and not row["minor"]]
    assert len(ids(batches)) + len(bad(batches)) == len(listed)
    assert all(by_rule for _, _, by_rule in bad(batches))
    assert {900001, 900002, 900003, 900006} <= set(ids(batches))
    assert not {900007, 900008, 900009, 900011, 900012} & set(ids(batches))


def test_what_is_not_safe_is_withdrawn_and_a_gap_of_the_site_is_not(
    site: Server, fetched: Fetched
) -> None:
    withdrawn = {ref for batch in fetched(site, full=True) for ref in batch.withdrawn}
    assert {"civitai:900007", "civitai:900009", "civitai:900011", "civitai:900020"} <= withdrawn
    assert "civitai:900016" not in withdrawn  # an answer without versions: the site is behind
    assert "civitai:900001" not in withdrawn


def test_the_switch_for_mature_rows_reaches_the_records(site: Server, fetched: Fetched) -> None:
    batches = fetched(site, mature=True, full=True)
    nsfw = {record.ref for batch in batches for record, _ in batch.rows if record.nsfw}
    assert nsfw == {"civitai:900007", "civitai:900009"}
    assert not any("900011" in record.ref for batch in batches for record, _ in batch.rows)


def test_a_limit_asks_for_the_most_downloaded_of_all_types(fetched: Fetched) -> None:
    with Server(plain_rows(30)) as site:
        assert ids(fetched(site, limit=7)) == list(range(1_000, 1_007))
        (asked,) = site.asked
    assert asked.path == "/api/v1/models"
    assert asked.params["sort"] == ["Most Downloaded"]
    assert asked.params["limit"] == ["7"]
    assert "types" not in asked.params and "page" not in asked.params


def test_pages_hold_a_hundred_and_are_followed_by_cursor(fetched: Fetched) -> None:
    with Server(plain_rows(250)) as site:
        assert ids(fetched(site, limit=230)) == list(range(1_000, 1_230))
        assert [asked.params["limit"] for asked in site.asked] == [["100"], ["100"], ["30"]]
        assert "cursor" not in site.asked[0].params
        assert site.asked[1].params["cursor"] == ["999900|800|1100"]
        assert all("page" not in asked.params for asked in site.asked)


def test_the_default_selection_reads_each_kind_by_downloads(site: Server, fetched: Fetched) -> None:
    fetched(site, top=50)
    assert [asked.params["types"] for asked in site.asked] == [list(one) for one in civitai.GROUPS]
    assert {asked.params["sort"][0] for asked in site.asked} == {"Most Downloaded"}


def test_a_full_walk_reads_everything_from_the_newest_on(fetched: Fetched) -> None:
    with Server(plain_rows(250)) as site:
        assert len(ids(fetched(site, full=True))) == 250
        assert {asked.params["sort"][0] for asked in site.asked} == {"Newest"}


def test_everything_is_asked_for_and_filtered_here(site: Server, fetched: Fetched) -> None:
    fetched(site, full=True)
    assert all(asked.params["nsfw"] == ["true"] for asked in site.asked)


def test_changes_end_after_a_page_of_older_models(fetched: Fetched) -> None:
    rows = plain_rows(330)
    with Server(rows) as site:
        since = datetime(2026, 9, 15, tzinfo=UTC)
        found = ids(fetched(site, since=since, top=0))
        walked = [asked for asked in site.asked if asked.params["sort"] == ["Newest"]]
        assert len(walked) < 4
        newer = [row["id"] for row in rows if row["modelVersions"][0]["publishedAt"] > "2026-09-15"]
        assert set(newer) <= set(found)


def test_changes_bring_the_counts_and_ratings_of_what_people_use_along(fetched: Fetched) -> None:
    rows = plain_rows(330)
    rows[-1]["stats"]["downloadCount"] = 2_000_000  # the oldest of all, and the best known
    with Server(rows) as site:
        found = ids(fetched(site, since=datetime(2026, 12, 20, tzinfo=UTC), top=5))
        assert rows[-1]["id"] in found
        assert len(set(found)) < 330


def test_undated_models_do_not_end_the_changes(fetched: Fetched) -> None:
    rows = plain_rows(150)
    for row in rows:
        row["modelVersions"][0]["publishedAt"] = None
    with Server(rows) as site:
        assert len(ids(fetched(site, since=SINCE))) == 150


def test_short_and_empty_pages_are_gone_through(fetched: Fetched) -> None:
    with Server(plain_rows(250), short={0: 3, 1: 40}) as site:
        assert len(ids(fetched(site, full=True))) == 250
    with Server(plain_rows(10)) as site:
        for number in range(5):
            body = {"items": [], "metadata": {"nextCursor": f"{number}"}}
            site.faults[number] = replay.raw(json.dumps(body).encode())
        site.faults[5] = replay.raw(json.dumps({"items": site.rows, "metadata": {}}).encode())
        assert len(ids(fetched(site, full=True))) == 10


def test_empty_pages_without_end_are_given_up(fetched: Fetched) -> None:
    numbers = iter(range(10_000))
    with Server([]) as site:

        def empty(handler: replay.Handler) -> None:
            handler.send(200, {"items": [], "metadata": {"nextCursor": f"c{next(numbers)}"}})

        site.always = empty
        with pytest.raises(SourceLoop, match="without a new model"):
            fetched(site, full=True)
        assert len(site.asked) <= civitai.MAX_PAGES_WITHOUT_NEWS + 1


@pytest.mark.parametrize("pages", [1, 3])
def test_a_cursor_that_comes_again_ends_the_listing(pages: int, fetched: Fetched) -> None:
    with Server(plain_rows(900), cursors={pages: "999900|800|1100"}) as site:
        batches = fetched(site, limit=900)
        assert len(site.asked) == pages + 1
    assert "in a circle" in (batches[-1].problem or "")
    assert len(set(ids(batches))) == len(ids(batches))


def test_an_id_is_taken_once(fetched: Fetched) -> None:
    rows = plain_rows(4)
    with Server(rows) as site:
        site.faults[0] = replay.raw(
            json.dumps({"items": rows[:3], "metadata": {"nextCursor": "a"}}).encode()
        )
        site.faults[1] = replay.raw(json.dumps({"items": rows[1:], "metadata": {}}).encode())
        batches = fetched(site, full=True)
    assert ids(batches) == [1_000, 1_001, 1_002, 1_003]
    assert [reason for _, reason, by_rule in bad(batches) if by_rule] == [
        "listed more than once"
    ] * 2


def test_a_model_that_comes_again_as_an_unsafe_one_is_taken_away(fetched: Fetched) -> None:
    rows = plain_rows(2)
    with Server(rows) as site:
        again = [{**rows[0], "nsfwLevel": 31}]
        for number, (items, cursor) in enumerate([(rows, "a"), (again, None)]):
            body = {"items": items, "metadata": {"nextCursor": cursor}}
            site.faults[number] = replay.raw(json.dumps(body).encode())
        batches = fetched(site, full=True)
    assert batches[1].withdrawn == ("civitai:1000",)
    assert [reason for _, reason, _ in bad(batches)] == [
        "left out for its content (level above PG-13)"
    ]


def test_the_next_page_of_the_answer_is_never_followed(fetched: Fetched) -> None:
    with Server([]) as evil, Server(plain_rows(30)) as site:
        body = {
            "items": site.rows[:3],
            "metadata": {
                "nextCursor": "2026-12-25T00:00:00.000Z|1003",
                "nextPage": f"{evil.url}/api/v1/models?cursor=%E0%A4%A",
            },
        }
        site.faults[0] = replay.raw(json.dumps(body).encode())
        assert len(ids(fetched(site, full=True))) == 30
        assert not evil.asked
        assert all(asked.path == "/api/v1/models" for asked in site.asked)


@pytest.mark.parametrize(
    "cursor", ["&nsfw=true#", "../../../x", "http://evil.example/", "a b\n", "\ud800", "üñ|1"]
)
def test_a_cursor_is_a_value_and_never_an_address(cursor: str, fetched: Fetched) -> None:
    with Server(plain_rows(3)) as site:
        body = {"items": site.rows, "metadata": {"nextCursor": cursor}}
        site.faults[0] = replay.raw(json.dumps(body).encode())
        site.faults[1] = replay.raw(b'{"items": [], "metadata": {}}')
        fetched(site, full=True)
        sent = site.asked[1].params["cursor"][0]
        assert sent == cursor.encode("utf-8", "replace").decode()
        assert site.asked[1].path == "/api/v1/models"


@pytest.mark.parametrize(
    ("cursor", "asked"), [(5, 2), (True, 1), ("", 1), ({"a": 1}, 1), (None, 1)]
)
def test_cursors_are_texts_or_numbers(cursor: object, asked: int, fetched: Fetched) -> None:
    with Server(plain_rows(3)) as site:
        body = {"items": site.rows, "metadata": {"nextCursor": cursor}}
        site.faults[0] = replay.raw(json.dumps(body).encode())
        site.faults[1] = replay.raw(b'{"items": []}')
        fetched(site, full=True)
        assert len(site.asked) == asked


def test_a_cursor_of_thousands_of_letters_is_none(fetched: Fetched) -> None:
    with Server([]) as site:
        site.always = replay.raw(
            json.dumps({"items": [], "metadata": {"nextCursor": "x" * 9_999}}).encode()
        )
        with pytest.raises(SourceChanged, match="too long"):
            fetched(site, full=True)


def test_a_walk_goes_on_from_any_cursor_in_another_process(source_at: SourceAt) -> None:
    with Server(plain_rows(250)) as site:
        for selection in (Selection(limit=230), Selection(full=True), Selection(top=120)):
            whole = list(source_at(site.url).fetch(selection))
            for at, batch in enumerate(whole):
                rest = list(source_at(site.url).fetch(selection, batch.cursor))
                assert ids(rest) == ids(whole[at + 1 :])


@pytest.mark.parametrize(
    "cursor",
    ["", "{", "null", "[0]", '[99, "", null, 0, 0]', '[0, "Newest", "a|b", 0, 0]',
     '[0, "Most Downloaded", 5, 0, 0]', '[-1, "Most Downloaded", null, 0, 0]'],
)  # fmt: skip
def test_a_cursor_of_another_order_or_of_nobody_starts_anew(
    cursor: str, source_at: SourceAt
) -> None:
    with Server(plain_rows(10)) as site:
        assert len(ids(list(source_at(site.url).fetch(Selection(limit=10), cursor)))) == 10
        assert "cursor" not in site.asked[0].params


def test_a_place_that_the_site_no_longer_knows_is_left(source_at: SourceAt) -> None:
    with Server(plain_rows(150)) as site:
        source = source_at(site.url)
        place = '[0, "Newest", "an|old|form", 100, 1]'
        assert len(ids(list(source.fetch(Selection(full=True), place)))) == 150
        assert len(site.asked) == 3
        # In the middle of a walk it is an error like any other.
        site.cursors = {3: "an|odd|form"}
        with pytest.raises(SourceChanged, match="Invalid cursor"):
            list(source.fetch(Selection(full=True)))


def test_the_rest_of_a_walk_is_told(source_at: SourceAt) -> None:
    with Server(plain_rows(250)) as site:
        lefts = [batch.left for batch in source_at(site.url).fetch(Selection(limit=230))]
        assert lefts == [130, 30, 0]
        assert {batch.left for batch in source_at(site.url).fetch(Selection(full=True))} == {
            None,
            0,
        }


# ---- refusals


@pytest.mark.parametrize("code", [200, 403, 429, 503])
def test_a_browser_check_ends_the_run_at_once(
    code: int, sleeper: Sleeper, fetched: Fetched
) -> None:
    with Server([], always=site_replay.challenge(code)) as site:
        with pytest.raises(SourceBusy, match="browser check") as caught:
            fetched(site, top=5)
        assert len(site.asked) == 1
    assert caught.value.retry_after == 3_600
    assert not sleeper.slept


@pytest.mark.parametrize(
    "fault",
    [
        replay.status(451),
        replay.status(302, {"Location": "/region-blocked"}),
        replay.status(307, {"Location": "https://civitai.green/region-blocked?from=GB"}),
    ],
)
def test_a_region_that_is_shut_out_is_named_at_once_with_what_to_do(
    fault: replay.Fault, sleeper: Sleeper, fetched: Fetched
) -> None:
    with Server([], always=fault) as site:
        with pytest.raises(SourceBlocked, match=r"region of this machine.*snapshot import"):
            fetched(site, top=5)
        assert len(site.asked) == 1
    assert not sleeper.slept


def test_a_browser_check_without_its_header_is_known_by_its_title(fetched: Fetched) -> None:
    with Server([], always=replay.raw(site_replay.CHALLENGE, "text/html", 503)) as site:
        with pytest.raises(SourceBusy, match="browser check"):
            fetched(site, full=True)
        assert len(site.asked) == 1


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<!doctype html><title>Log in</title>", "web page"),
        (b'{"error": {"name": "ZodError", "issues": [{"message": "Bad limit"}]}}', "Bad limit"),
        (b'{"name": "ZodError", "issues": [{"message": "Bad sort"}]}', "Bad sort"),
        (b'{"success": false, "error": {"message": "[...]", "name": "ZodError"}}', "ZodError"),
        (b'{"message": "An unexpected error", "error": "URI malformed"}', "URI malformed"),
        (b'{"message": "Service down"}', "Service down"),
        (b'{"items": {}}', "no list of models"),
        (b'{"error": {"issues": []}}', "no list of models"),
        (b'{"error": {"issues": "none"}}', "no list of models"),
        (b"[]", "no list of models"),
        (b'"text"', "no list of models"),
        (b"{", "valid JSON"),
    ],
)
def test_a_body_that_is_no_list_is_a_named_error_and_not_asked_for_again(
    body: bytes, words: str, sleeper: Sleeper, fetched: Fetched
) -> None:
    with Server([], always=replay.raw(body)) as site:
        with pytest.raises(SourceChanged, match="CivitAI") as caught:
            fetched(site, full=True)
        assert words in str(caught.value)
        assert len(site.asked) == 1
    assert not sleeper.slept


def test_a_validation_error_says_what_was_wrong(fetched: Fetched) -> None:
    with Server(
        [], always=replay.raw(json.dumps(site_replay.zod("limit", "Too big")).encode(), code=400)
    ) as site:
        with pytest.raises(
            SourceChanged, match=r"refused the request \(400\): Too big \(ZodError\)"
        ):
            fetched(site, full=True)
        assert len(site.asked) == 1


def test_a_400_without_words_is_one_too(fetched: Fetched) -> None:
    for body in (b"", b"<html>", b"{}"):
        with Server([], always=replay.raw(body, code=400)) as site:
            with pytest.raises(SourceChanged, match="no reason given"):
                fetched(site, full=True)
            assert len(site.asked) == 1


def test_a_429_that_means_too_many_pages_is_not_waited_for(
    sleeper: Sleeper, fetched: Fetched
) -> None:
    words = b'{"error": "You\'ve requested too many pages, please use cursors instead"}'
    with Server([], always=replay.raw(words, code=429)) as site:
        with pytest.raises(SourceChanged, match="any deeper"):
            fetched(site, full=True)
        assert len(site.asked) == 1
    assert not sleeper.slept


def test_a_429_that_means_wait_is_waited_for_as_told(sleeper: Sleeper, fetched: Fetched) -> None:
    with Server(plain_rows(3)) as site:
        site.faults[0] = replay.status(429, {"Retry-After": "17"})
        site.faults[1] = replay.status(503, {"Retry-After": "2"})
        assert len(ids(fetched(site, full=True))) == 3
    assert sleeper.slept[0] == 17


@pytest.mark.parametrize("code", [500, 502, 520, 522, 524])
def test_faults_of_the_site_pass(code: int, fetched: Fetched) -> None:
    with Server(plain_rows(3)) as site:
        site.faults = {0: replay.status(code), 1: replay.status(code)}
        assert len(ids(fetched(site, full=True))) == 3


def test_a_cursor_that_fails_is_asked_for_in_small_pages(fetched: Fetched) -> None:
    with Server(plain_rows(130)) as site:

        def heavy(handler: replay.Handler) -> None:
            handler.send(500, {"error": "canceling statement due to statement timeout"})

        tries = len(QUICK.backoff_seconds) + 1
        site.faults = dict.fromkeys(range(1, 1 + tries), heavy)
        assert len(ids(fetched(site, full=True))) == 130
        assert site.asked[1 + tries].params["limit"] == ["20"]


def test_a_listing_that_is_refused_does_not_end_the_others(site: Server, fetched: Fetched) -> None:
    site.faults = {0: replay.status(400, text="Invalid types")}
    batches = fetched(site, top=100)
    assert batches[0].problem == (
        "Most Downloaded Checkpoint: CivitAI refused the request (400): Invalid types"
    )
    assert 900003 in ids(batches)
    assert len(site.asked) == len(civitai.GROUPS)


def test_three_refused_listings_end_the_run(fetched: Fetched) -> None:
    with Server([], always=replay.status(400)) as site:
        with pytest.raises(SourceChanged):
            fetched(site, top=100)
        assert len(site.asked) == 3


@pytest.mark.parametrize("code", [401, 403])
def test_a_refusal_is_about_the_token(code: int, fetched: Fetched) -> None:
    with (
        Server([], always=replay.status(code)) as site,
        pytest.raises(SourceRefused, match="token"),
    ):
        fetched(site, full=True)


def test_requests_are_a_second_apart(sleeper: Sleeper, source_at: SourceAt) -> None:
    limits = replace(civitai.LIMITS, connect_seconds=1)
    with Server(plain_rows(250)) as site:
        list(source_at(site.url, limits).fetch(Selection(full=True)))
    assert len(sleeper.slept) == 2
    assert all(0.5 < seconds <= 1 for seconds in sleeper.slept)
    assert len(civitai.LIMITS.backoff_seconds) == 3  # four tries
    assert max(civitai.LIMITS.backoff_seconds) == 30


# ---- where it goes


def test_offline_opens_no_socket(site: Server, source_at: SourceAt) -> None:
    with pytest.raises(Offline, match="CARDEX_OFFLINE"):
        list(source_at(site.url, offline=True).fetch(Selection(limit=5)))
    assert not site.asked


@pytest.mark.parametrize("endpoint", ["nonsense", "ftp://127.0.0.1", "file:///etc/passwd", ""])
def test_an_endpoint_that_is_no_address_is_named(endpoint: str, source_at: SourceAt) -> None:
    with pytest.raises(SourceUnreachable, match="CARDEX_CIVITAI_ENDPOINT"):
        list(source_at(endpoint).fetch(Selection(limit=5)))


def test_nobody_listening_is_unreachable(source_at: SourceAt) -> None:
    with pytest.raises(SourceUnreachable, match="CivitAI cannot be reached") as told:
        list(source_at("http://127.0.0.1:9").fetch(Selection(limit=5)))
    assert "refused. Look whether CARDEX_CIVITAI_ENDPOINT is its right" in str(told.value)


def test_an_address_that_is_of_something_else_says_what_to_do(source_at: SourceAt) -> None:
    with Server([], always=replay.status(404)) as other, pytest.raises(SourceChanged) as told:
        list(source_at(other.url).fetch(Selection(limit=5)))
    assert str(told.value) == (
        "CivitAI answered with status 404, which was not expected. Look whether "
        "CARDEX_CIVITAI_ENDPOINT is its right address, or run `python -m catalog doctor`."
    )


def test_a_token_goes_to_the_site_itself_and_nowhere_else(
    site: Server, source_at: SourceAt
) -> None:
    list(source_at(site.url, civitai_token=TOKEN).fetch(Selection(limit=5)))
    assert site.asked
    assert all(TOKEN not in str((asked.headers, asked.params)) for asked in site.asked)
    own = source_at("https://civitai.com", civitai_token=TOKEN)
    assert own._headers()["authorization"] == f"Bearer {TOKEN}"
    assert TOKEN not in repr(own)


def test_none_of_a_hundred_other_addresses_gets_the_token() -> None:
    hosts = ["civitai.red", "civitai.green", "api.civitai.com", "civitai.com.evil.example"]
    hosts += ["civitai.com@evil.example", "civitai.com:80", "civitai.com:8443", "evil.example"]
    hosts += ["civitai.com%2eevil.example", "ci\u200bvitai.com", "xn--civitai.com", "127.0.0.1", ""]
    schemes = ["https", "http", "ftp", "file", "javascript", "wss", "data", ""]
    addresses = [f"{scheme}://{host}" for scheme in schemes for host in hosts]
    addresses += ["http://civitai.com", "ftp://civitai.com"]
    assert len(addresses) >= 100
    for address in addresses:
        assert civitai.token_for(address, TOKEN) == "", address
    assert civitai.token_for("https://civitai.com", TOKEN) == TOKEN


def test_a_redirect_elsewhere_is_not_followed(fetched: Fetched) -> None:
    with Server([]) as evil, Server([]) as site:
        site.always = replay.status(302, {"Location": f"{evil.url}/api/v1/models"})
        with pytest.raises(SourceLoop, match="redirects to another address"):
            fetched(site, full=True)
        assert not evil.asked


def test_a_password_in_the_address_is_kept_out_of_checkpoints(source_at: SourceAt) -> None:
    source = source_at(f"https://name:{TOKEN}@mirror.example/civitai")
    assert source.endpoint == "https://mirror.example/civitai"


def test_no_other_host_is_named_in_what_a_browser_gets(site: Server, fetched: Fetched) -> None:
    told = str([batch.rows for batch in fetched(site, full=True)])
    assert "image.civitai.com" not in told and "api/download" not in told


# ---- whatever comes


@pytest.mark.parametrize(
    ("error", "reason"),
    [(KeyError("x"), "unexpected shape: KeyError"), (RecursionError(), "nested too deeply")],
)
def test_an_item_that_the_parser_stumbles_over_is_put_aside(
    error: Exception, reason: str, source_at: SourceAt
) -> None:
    def stumble(item: Any, **_: Any) -> Any:
        raise error

    with Server(plain_rows(1)) as site:
        source = source_at(site.url)
        source.to_record = stumble
        (batch,) = source.fetch(Selection(limit=1))
    assert [(row.reason, row.by_rule) for row in batch.rejected] == [(reason, False)]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4)
    ),
    max_leaves=10,
)
ODD_TEXTS = ["\ud800", "\u202egnp.exe", "x" * 1_000_000, "![](http://evil.example/x.png)", "\x00"]


@st.composite
def payloads(draw: st.DrawFn) -> list[Any]:
    """A page: real items with anything in the place of some values, and things that are none."""
    items: list[Any] = []
    for row in draw(st.lists(st.sampled_from(fixture_rows()), min_size=1, max_size=4)):
        item = copy.deepcopy(row)
        item["id"] = draw(st.integers(1, 2**40) | JSON)
        for _ in range(draw(st.integers(0, 3))):
            part: Any = item
            versions = item.get("modelVersions")
            if draw(st.booleans()) and isinstance(versions, list) and versions:
                part = versions[0] if isinstance(versions[0], dict) else item
                files = part.get("files")
                if draw(st.booleans()) and isinstance(files, list) and files:
                    part = files[0] if isinstance(files[0], dict) else part
            key = draw(st.sampled_from(sorted(part) or ["x"]))
            part[key] = draw(JSON | st.sampled_from(ODD_TEXTS))
        items.append(item)
    return items + draw(st.lists(JSON, max_size=2))


def _in_is_kept_and_quarantined(source_at: SourceAt, items: list[Any]) -> None:
    body = json.dumps({"items": items, "metadata": {}}).encode()
    read = http.json_of(http.Answer(status=200, headers={}, body=body), "x")
    source = source_at("http://127.0.0.1:9")
    batch = source._batch(read["items"], "[]", None)
    assert len(batch.rows) + len(batch.rejected) == len(items)
    for record, files in batch.rows:
        assert record.nsfw is False and record.ref == f"civitai:{record.repo_id}"
        assert files and all(file.version_id for file in files)
        str((record, files)).encode()  # nothing that cannot be written
    assert all(ref.startswith("civitai:") for ref in batch.withdrawn)


QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]


# The contract of all sources sends a thousand damaged pages over HTTP; these are odd in other ways.
@hypothesis_settings(max_examples=200, deadline=None, suppress_health_check=QUIET)
@given(items=payloads())
def test_odd_pages_are_counted_to_the_last_row(items: list[Any], source_at: SourceAt) -> None:
    _in_is_kept_and_quarantined(source_at, items)


@pytest.mark.nightly
@hypothesis_settings(max_examples=10_000, deadline=None, suppress_health_check=QUIET)
@given(items=payloads())
def test_ten_thousand_odd_pages_are_counted_to_the_last_row(
    items: list[Any], source_at: SourceAt
) -> None:
    _in_is_kept_and_quarantined(source_at, items)


@hypothesis_settings(max_examples=300, deadline=None, suppress_health_check=QUIET)
@given(body=JSON, status=st.sampled_from([200, 200, 200, 400, 429, 404, 500]))
def test_any_answer_is_a_page_or_a_source_error(
    body: Any, status: int, source_at: SourceAt
) -> None:
    packed = json.dumps(body).encode()
    answer = http.Answer(status=status, headers={}, body=packed)
    assert isinstance(civitai.judge(answer), SourceError | None)

    class Once:
        quota = None

        def get(self, url: str, headers: Any = None) -> http.Answer:
            return answer

    source = source_at("http://127.0.0.1:9")
    source.fetcher = Once()  # type: ignore[assignment]
    try:
        page = source._page(civitai.Listing(sort="Newest"), None, None)
    except SourceError:
        return
    assert isinstance(page.items, list) and isinstance(page.next_cursor, str | None)


# ---- real answers


@pytest.mark.shared
def test_real_items_are_read_to_the_last_file(shared_data: Path, fetched: Fetched) -> None:
    folder = shared_data / "civitai"
    paths = [*sorted((folder / "models").glob("*.json")), *sorted(folder.glob("models_*.json"))]
    rows = site_replay.read_rows(paths)
    with Server(rows) as site:
        batches = fetched(site, full=True)
    assert len(ids(batches)) + len(bad(batches)) == len(rows)
    # Either older than the levels or above them: nothing of it may be shown unseen.
    assert all(by_rule for _, _, by_rule in bad(batches))
    with Server([row | {"nsfwLevel": 1, "minor": False} for row in rows]) as site:
        batches = fetched(site, full=True)
    kept = {record.repo_id: (record, files) for batch in batches for record, files in batch.rows}
    assert {"4384", "4201", "38784", "90940", "76937", "827184"} <= set(kept)
    assert {number for number, _, _ in bad(batches)} == {"13647", "4752", "5100"}
    record, _ = kept["4201"]
    assert (record.parameter_count or 0) / 1e9 == pytest.approx(1.07, abs=0.005)
    assert "unsafe_scan" in kept["42"][0].flags and "pickle_only" in kept["42"][0].flags
    assert len(kept["38784"][1]) == 28


@pytest.mark.shared
def test_recorded_errors_of_the_site_are_told_apart(shared_data: Path) -> None:
    rows = json.loads((shared_data / "civitai" / "error_bodies.json").read_text())
    hopeless = []
    for row in rows:
        body = json.dumps(row["body"]).encode()
        answer = http.Answer(status=row["status"], headers={}, body=body)
        if civitai.judge(answer) is not None:
            hopeless.append(row["status"])
    assert hopeless == [400, 429]
