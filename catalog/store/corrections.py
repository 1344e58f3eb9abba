"""The corrections by hand that hold for a catalog: those bundled, and those of its data folder."""

from __future__ import annotations

from pathlib import Path

from catalog.normalize.overrides import NAME, Found, bundled, read, together

# Far more than anybody writes by hand; the rest of a larger file is not read, and so no JSON.
LARGEST = 10_000_000


def corrections(root: Path) -> Found:
    """The corrections for the catalog in this folder, and what of their files cannot be used."""
    path = root.parent / NAME
    try:
        with path.open("rb") as file:
            own = read(file.read(LARGEST), str(path))
    except FileNotFoundError:
        own = ((), ())
    except OSError:
        own = ((), (f"{path}: it cannot be read.",))
    return together(bundled(), own)
