"""Sources: where the facts come from, how old they are, how syncs went, and what they changed."""

import streamlit as st

from catalog.errors import CardexError
from ui import feed, frame, messages, origins, refreshing, runs, scorecard, services
from ui.i18n import _

frame.enter()

try:
    status = services.status()
    sources = services.sources()
    runtimes = services.runtimes()
    changes = services.changes()
    done = services.runs()
except CardexError as error:
    messages.show(error)
    st.stop()

origins.finding(status)
if status.notice:
    origins.notice(status.notice)
refreshing.panel()
for source in sources:
    origins.source(source, runtimes)
st.markdown("#### " + _("What the last publishes changed"), anchors=False)
feed.everything(changes)
st.markdown("#### " + _("Last syncs"), anchors=False)
runs.table(done)
runs.commands()
scorecard.draw()
