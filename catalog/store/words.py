"""The values that the keys of a query can take in one generation, and what a typed value means."""

from __future__ import annotations

from bisect import bisect_left
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalog.normalize.language import language_called
from catalog.normalize.license import spdx_of
from catalog.store.encode import Array
from catalog.vocabulary import UNKNOWN

NULL_CODE = 0


class Words:
    """One sorted dictionary; code 0 is null, which one types as `unknown`."""

    def __init__(self, values: pa.Array) -> None:
        self._values = values
        self.codes = lru_cache(maxsize=4_096)(self._codes)  # of a typed value, see _codes

    def __len__(self) -> int:
        return len(self._values)

    def text(self, code: int) -> str:
        """The value of a code as one types it."""
        return UNKNOWN if code == NULL_CODE else str(self._values[code].as_py())

    def texts(self, codes: Array) -> list[str]:
        """The values of many codes."""
        found = self._values.take(pa.array(np.asarray(codes, np.int64))).to_pylist()
        return [UNKNOWN if text is None else text for text in found]

    def _codes(self, text: str) -> tuple[int, ...]:
        """Codes of a typed value: itself, else all that differ in letter case only."""
        if text.lower() == UNKNOWN:
            return (NULL_CODE,)
        code = self.exact(text)
        return (code,) if code is not None else tuple(self.folded(text))

    def exact(self, text: str) -> int | None:
        """Code of exactly this value."""
        places = range(1, len(self._values))
        code = 1 + bisect_left(places, text, key=lambda place: self._values[place].as_py())
        if code < len(self._values) and self._values[code].as_py() == text:
            return code
        return None

    def folded(self, text: str) -> list[int]:
        """Codes of all values that are this text in lower case."""
        same = pc.equal(pc.utf8_lower(self._values), text.lower()).fill_null(False)
        return np.flatnonzero(same.to_numpy(zero_copy_only=False)).tolist()


class LicenseWords(Words):
    """Licenses: letter case is ignored; Hub ids and bare slugs are taken too."""

    def _codes(self, text: str) -> tuple[int, ...]:
        """Codes of a license as typed in any of its spellings."""
        if text.lower() == UNKNOWN:
            return (NULL_CODE,)
        spellings = {text.lower(), (spdx_of(text) or text).lower()}
        return tuple(sorted({code for spelling in spellings for code in self.folded(spelling)}))


class LanguageWords(Words):
    """Languages: codes, or names in English, Chinese or the language itself."""

    def _codes(self, text: str) -> tuple[int, ...]:
        """Codes of a language as typed."""
        found = super()._codes(text)
        named = None if found else language_called(text)
        return found if named is None else super()._codes(named)
