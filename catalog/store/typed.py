"""Records from the JSON that `records.to_json` made: each field of its own type, or a ValueError.

The files beside the generations are small, and anybody may damage them; what reads them relies on
nothing but this.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

Record = TypeVar("Record")
MOST = 1 << 63  # of a number; what is beyond it is no count, size or span of ours


def record(kind: type[Record], row: object) -> Record:
    """The record of this kind; fields that this version does not know are left out."""
    if not isinstance(row, Mapping):
        raise ValueError(f"not an object but {type(row).__name__}")  # noqa: TRY004 - see above
    hints: Mapping[str, Any] = _hints(kind)  # type: ignore[arg-type]  # a class is hashable
    try:
        return kind(**{name: _value(hints[name], row[name]) for name in hints if name in row})
    except TypeError as error:  # a field that must be there is not
        raise ValueError(str(error)) from None


@functools.cache
def _hints(kind: Any) -> Mapping[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


def _value(hint: Any, value: Any) -> Any:
    origin = get_origin(hint)
    if origin in {Union, types.UnionType}:
        if value is None and type(None) in get_args(hint):
            return None
        (inner,) = (one for one in get_args(hint) if one is not type(None))
        return _value(inner, value)
    if origin is tuple:
        if not isinstance(value, list):
            raise ValueError("not a list")
        return tuple(_value(get_args(hint)[0], one) for one in value)
    if isinstance(hint, type) and is_dataclass(hint):
        return record(hint, value)
    return _plain(hint, value)


def _plain(kind: type, value: Any) -> Any:
    if isinstance(value, str) and kind is datetime:
        moment = datetime.fromisoformat(value)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if isinstance(value, str) and kind is date:
        return date.fromisoformat(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        if not abs(value) < MOST:  # not a number is not less either
            raise ValueError("beyond all sense")
        value = float(value) if kind is float else value
    if type(value) is not kind:
        raise ValueError(f"not a {kind.__name__}")
    return value
