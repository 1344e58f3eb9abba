"""Tables as CSV: what a spreadsheet would run is made harmless."""

from catalog.services import exports


def test_a_sheet_quotes_formulas_in_heads_and_cells_and_leaves_unknown_empty() -> None:
    made = exports.sheet(("Licence", "=count"), [("=1+1", 3), ("MIT, or so", None), ("-x", -2)])
    assert made.decode() == "Licence,'=count\r\n'=1+1,3\r\n\"MIT, or so\",\r\n'-x,-2\r\n"
