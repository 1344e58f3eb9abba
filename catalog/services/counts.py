"""The other parameter counts of a model: what its name says and what its bases have."""

from __future__ import annotations

from catalog.normalize.parameters import nominal_parameters
from catalog.records import ModelDetail
from catalog.reports import OtherCount


def others(detail: ModelDetail) -> tuple[OtherCount, ...]:
    """Counts to hold the row's own against, the name's first; none for what nobody states."""
    named = nominal_parameters(detail.model.name).total
    found = [] if named is None else [OtherCount(parameter_count=named)]
    return (
        *found,
        *(
            OtherCount(parameter_count=base.parameter_count, of=base.repo_id)
            for base in detail.bases
            if base.parameter_count is not None
        ),
    )
