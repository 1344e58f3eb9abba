"""Model: what it is, whether one may use it, what its files weigh, how to run it."""

from functools import partial

import streamlit as st

from catalog.errors import CardexError, UnknownRef
from ui import (
    facts,
    feed,
    files,
    fitting,
    frame,
    installed,
    licensing,
    lineage,
    messages,
    running,
    services,
    similar,
    state,
    tabs,
)
from ui.i18n import _

frame.enter()

facts.way_back()
ref = state.ref()
if ref is None:
    st.header(_("No model is chosen"), anchor=False)
    st.caption(_("Open one from the list of Explore."))
    st.stop()
try:
    detail = services.model(ref)
except UnknownRef as error:
    messages.unknown_model(error)
    st.stop()
except CardexError as error:
    messages.show(error)
    st.stop()

model = detail.model
facts.header(model)
facts.standing(model)
installed.marks(model)
facts.metrics(model)
facts.doubts(detail)
tabs.show(
    {
        "overview": (_("Overview"), partial(facts.overview, detail)),
        "files": (_("Files and quantizations"), partial(files.files, detail)),
        "fit": (_("Fit"), partial(fitting.fitting, detail)),
        "license": (
            _("License"),
            lambda: licensing.license_(model, services.license_report(model.ref)),
        ),
        "lineage": (_("Lineage"), lambda: lineage.lineage(model, services.lineage(model.ref))),
        "similar": (_("Similar"), lambda: similar.similar(model, services.similar(model.ref))),
        "history": (_("History"), lambda: feed.history(services.history(model.ref))),
        "run": (_("How to run"), partial(running.running, detail)),
    },
    key="model.tab",
)
