"""The table of docs/fit.md: our arithmetic beside what a real llama.cpp allocated.

python -m tools.fit_doc
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from catalog.fit import config, known, memory
from catalog.fit.architecture import attention_kind
from tools.fit_oracle import RECORDED, ROOT

DOC = ROOT / "docs" / "fit.md"
SHOWN = (32_768, 1, "f16")  # context, users, type of the cache
HEAD = (
    "| model | attention | cache, llama.cpp | ours | naive | state, llama.cpp | ours "
    "| compute, llama.cpp | ours |\n|---|---|---|---|---|---|---|---|---|\n"
)


def table() -> str:
    """A line for each architecture that was loaded."""
    rows = json.loads(RECORDED.read_text(encoding="utf-8"))["rows"]
    shown = [row for row in rows if (row["context"], row["users"], row["kv_type"]) == SHOWN]
    return HEAD + "".join(f"| {' | '.join(_cells(row))} |\n" for row in shown)


def naive(fields: Mapping[str, Any], context: int) -> float | None:
    """MiB of 2 x layers x key-value heads x (width / heads) x context x 2 bytes."""
    text = fields.get("text_config", fields)
    names = ("num_hidden_layers", "num_key_value_heads", "hidden_size", "num_attention_heads")
    stated = [text.get(name) for name in names]
    if not all(stated):
        return None
    layers, kept, wide, heads = stated
    return float(2 * layers * kept * (wide / heads) * context * 2 / memory.MIB)


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    context, users, kind = SHOWN
    fields = known.stated(row["ref"]) or {}
    architecture = config.read(fields)
    found = memory.memory(architecture, memory.Need(context=context, users=users, kv=kind))
    cache, state, compute = (
        (found.term(name).bytes or 0) / memory.MIB for name in ("kv_cache", "state", "compute")
    )
    simple = naive(fields, context)
    return (
        row["ref"].partition(":")[2],
        attention_kind(architecture),
        f"{row['kv']:,.2f}",
        f"{cache:,.2f}",
        "-" if simple is None else f"{simple:,.2f}",
        f"{row['state']:,.2f}",
        f"{state:,.2f}",
        "-" if row["compute"] is None else f"{row['compute']:,.2f}",
        "-" if row["compute"] is None else _share(compute / row["compute"] - 1),
    )


def _share(off: float) -> str:
    text = f"{off:+.1%}".replace("%", " %")
    return "0.0 %" if text[1:] == "0.0 %" else text


def written(text: str) -> str:
    """The document with the table as it is now."""
    before, _, rest = text.partition(HEAD)
    lines = rest.splitlines(keepends=True)
    after = next((n for n, line in enumerate(lines) if not line.startswith("|")), len(lines))
    return before + table() + "".join(lines[after:])


def main(path: Path = DOC) -> int:
    """Put the table into the document."""
    path.write_text(written(path.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
