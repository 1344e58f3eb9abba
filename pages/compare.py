"""Compare: some models on some machines, which holds what and how fast it runs there."""

import streamlit as st

from catalog.errors import CardexError
from ui import fleet, fleet_choice, fleet_team, frame, messages, services, state
from ui.i18n import _

frame.enter()

st.header(_("Compare on machines"), anchor=False)
refs = state.refs()
try:
    models = fleet_choice.models(refs)
    fleet_choice.refused()
    machines = fleet_choice.machines()
    left, right = st.columns(2, gap="large")
    with left:
        fleet_choice.pick_models(models, refs)
    with right:
        fleet_choice.pick_machines(machines)
    if not models:
        fleet_choice.nothing_chosen()
    elif not machines:
        fleet_choice.no_machine()
    else:
        need = fleet_choice.use()
        answers = services.fleet([model.ref for model in models], machines, need)
        fleet.draw(list(zip(models, answers, strict=True)), machines)
    fleet_team.draw()
except CardexError as error:
    messages.show(error)
