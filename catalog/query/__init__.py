"""The query language (docs/architecture.md): one description of a search, parsed from and to text.

    words key:value key:value,value -key:value key:low..high sort:likes-asc

    keys.py    the keys and the closed values
    text.py    terms, quotes, commas and colons
    ranges.py  numbers, sizes, dates and their exact bounds
    fits.py    the value of `fits:`
    model.py   Condition and Query, always canonical
    reader.py  any text to a query and warnings

Keys and closed values are read in any case and written in lower case. `x:y` whose `x` is no key and
misspells none is a word, as are refs of known sources and URLs; `x` that misspells a key leaves the
term out, with a warning. `parse(str(query)) == query` for every query of at most MOST_TERMS
conditions and LONGEST_TEXT characters, and `str(parse(text))` is a fixed point for any text.
"""

from __future__ import annotations

from catalog.query.fits import FitsTerm, fits_term
from catalog.query.keys import CLOSED, DATE_KEYS, GROUP_KEYS, KEYS, RANGE_KEYS, WORD
from catalog.query.model import Condition, Query, canonical_value
from catalog.query.ranges import Bounds, bounds
from catalog.query.reader import LONGEST_TEXT, MOST_TERMS, Parsed, parse, read
from catalog.query.text import quote

__all__ = [
    "CLOSED",
    "DATE_KEYS",
    "GROUP_KEYS",
    "KEYS",
    "LONGEST_TEXT",
    "MOST_TERMS",
    "RANGE_KEYS",
    "WORD",
    "Bounds",
    "Condition",
    "FitsTerm",
    "Parsed",
    "Query",
    "bounds",
    "canonical_value",
    "fits_term",
    "parse",
    "quote",
    "read",
]
