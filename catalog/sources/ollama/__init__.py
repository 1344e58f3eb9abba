"""Ollama: the library and its registry, runtimes on this network, and folders of models."""

from __future__ import annotations

NAME = "ollama"
