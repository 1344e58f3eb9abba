"""Home: what Cardex is for, what it holds, and the ways in."""

import streamlit as st

from catalog.errors import CardexError
from catalog.query import parse
from ui import entrances, feed, frame, messages, services

frame.enter()

try:
    status = services.status()
    found = services.search(parse("variants:collapsed"))
    changes = services.changes()
except CardexError as error:
    messages.show(error)
    st.stop()

entrances.opening(status, found)
entrances.search()
entrances.tasks(found)
left, right = st.columns(2, gap="large")
with left:
    entrances.verdicts(found)
with right:
    entrances.sizes(found)
entrances.most_downloaded()
feed.latest(changes)
