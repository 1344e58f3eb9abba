"""What the component sends to the browser, and that it is installed as a package with its files."""

from __future__ import annotations

import json
import tomllib
from importlib.resources import files

import cardex_facet_bars
from cardex_facet_bars import Group, Row

PACKAGE = files("cardex_facet_bars")


def test_the_package_ships_its_manifest_and_assets() -> None:
    manifest = tomllib.loads((PACKAGE / "pyproject.toml").read_text("utf-8"))
    component = manifest["tool"]["streamlit"]["component"]["components"][0]
    assert component["name"] == "facet_bars"
    for name in ("facet.js", "facet.css"):
        assert (PACKAGE / component["asset_dir"] / name).is_file()


def test_the_script_never_writes_markup_or_goes_out() -> None:
    script = (PACKAGE / "assets" / "facet.js").read_text("utf-8")
    for banned in ("innerHTML", "outerHTML", "insertAdjacentHTML", "eval(", "fetch(", "http"):
        assert banned not in script


def test_rows_are_sent_as_short_lists() -> None:
    group = Group(
        key="task",
        title="Task",
        rows=(
            Row(value=None, label="Text"),
            Row(value="mit", label="mit", count=3),
            Row(value="yes", label="✓ OK", count=2, state="chosen"),
            Row(value="no", label="no", count=0, state="excluded"),
        ),
    )
    sent = cardex_facet_bars._plain(group)
    assert sent["rows"] == [["Text"], ["mit", 3], ["yes", 2, 1, "✓ OK"], ["no", 0, 2]]
    json.dumps(sent)


def test_a_foldable_group_says_its_choice() -> None:
    group = Group(key="kind", title="Kind", rows=(), foldable=True, note="2", more="5 more")
    sent = cardex_facet_bars._plain(group)
    assert (sent["fold"], sent["more"]) == ("2", "5 more")
    assert "fold" not in cardex_facet_bars._plain(Group(key="task", title="Task", rows=()))
