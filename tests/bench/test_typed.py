"""The queries of the search tests are a line of the benchmark."""

from __future__ import annotations

from pathlib import Path

from bench import report
from bench.catalogs import Published
from bench.fits import Graded
from bench.measure import Measured
from bench.question import QUESTIONS
from bench.timing import Times
from bench.typed import Typed, typed, written_by_hand


def test_every_query_is_asked_once_and_in_order() -> None:
    asked: list[str] = []
    queries = written_by_hand()
    assert len(queries) >= 200
    found = typed(asked.append, queries)
    assert tuple(asked) == found.queries == queries
    assert 0 <= found.median <= found.most <= found.slowest[1]


def test_the_report_has_queries_and_grades_against_their_targets() -> None:
    took = Typed(queries=("a", "b", "qwne3"), milliseconds=(1.0, 2.0, 30.0))
    one = Times((1.0,))
    names = ("Cardex", "pandas, naive", "polars, shared masks")
    measured = Measured(
        published=Published(root=Path(), rows=3_100_000, bytes_on_disk=1),
        matches={question.name: 1 for question in QUESTIONS},
        times={question.name: dict.fromkeys(names, one) for question in QUESTIONS},
        words=one,
        words_total=1,
        words_interaction=one,
        by_hand=took,
        graded=Graded(prepared=2_000.0, unseen=Times((51.0,)), again=one, page=one, met=7),
        process=dict.fromkeys(
            ("open_seconds", "first_milliseconds", "own_mb", "own_before_mb", "rss_mb"), 0.0
        ),
    )
    text = report.markdown([measured], load="0")
    assert "| 3,100,000 | 2.0 | 27.2 | 30.0 | `qwne3` |" in text
    assert "| queries by hand, median | < 20 ms | 2.0 ms | yes |" in text
    assert "| queries by hand, 95 % | < 20 ms | 27.2 ms | no |" in text
    assert "| 3,100,000 | 51.0 (51.0-51.0) | 1.0 (1.0-1.0) | 1.0 (1.0-1.0) | 2,000 | 7 |" in text
    assert "| all rows graded on a machine | < 50 ms | 51.0 ms | no |" in text
