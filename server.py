"""The hardened server: app.py behind guards and health routes. `make run` starts it."""

import streamlit as st

from web import guards, health

app = st.App(
    "app.py",
    routes=health.routes(),
    middleware=guards.middleware(),
    lifespan=health.lifespan,
)
