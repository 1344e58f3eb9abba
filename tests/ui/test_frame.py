"""The frame: every page is in its table, and a page reached alone still comes inside it."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from ui import frame
from ui.i18n import speaking

ROOT = Path(__file__).resolve().parents[2]
logging.getLogger("streamlit").setLevel(logging.ERROR)


def test_every_page_file_is_in_the_table_of_pages() -> None:
    files = {path.stem for path in (ROOT / "pages").glob("*.py")} - {"__init__"}
    assert {name for name, _icon, _shown in frame.PAGES} == files


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_page_has_a_title(language: str) -> None:
    with speaking(language):
        titles = [frame.title(name) for name, _icon, _shown in frame.PAGES]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("page", [name for name, _icon, _shown in frame.PAGES])
def test_a_page_run_alone_draws_itself_once_inside_the_frame(page: str) -> None:
    app = AppTest.from_file(ROOT / "pages" / f"{page}.py", default_timeout=60).run()
    assert not app.exception
    assert [button.key for button in app.button].count("frame.speak.zh") == 1
