"""Settings: the only reader of the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from platformdirs import user_data_path

# (name, default, help). docs/settings.md lists each; a test compares.
SETTINGS: tuple[tuple[str, str, str], ...] = (
    (
        "CARDEX_DATA_DIR",
        "",
        "Folder of the catalog and the team's data; empty: the platform's user data folder.",
    ),
    (
        "CARDEX_DATABASE_URL",
        "",
        "SQLAlchemy URL of the team's database; empty: SQLite in CARDEX_DATA_DIR.",
    ),
    (
        "CARDEX_MODELS_DIR",
        "",
        "Folder of local model files for the try-it panel; empty: models in CARDEX_DATA_DIR.",
    ),
    ("CARDEX_OFFLINE", "0", "1: open no socket beyond a configured database."),
    ("CARDEX_SYNC_TOP", "1000", "Hub rows per task in a default sync, most downloaded first."),
    (
        "CARDEX_SYNC_DETAILS",
        "100",
        "Hub models per sync whose exact files are asked for, three requests each; 0: none.",
    ),
    (
        "CARDEX_FULL_DAYS",
        "30",
        "A default sync of a source that was once walked in full walks it again after so many days; 0: never.",
    ),
    ("CARDEX_CIVITAI_ENDPOINT", "https://civitai.com", "Address of CivitAI or of a mirror of it."),
    ("CARDEX_CIVITAI_TOKEN", "", "API token for CivitAI."),
    (
        "CARDEX_CIVITAI_MATURE",
        "0",
        "1: rows above the safe level too, metadata only; never pictures, descriptions or trigger words.",
    ),
    ("CARDEX_OLLAMA_LIBRARY", "https://ollama.com", "Address of the Ollama library pages."),
    ("CARDEX_OLLAMA_REGISTRY", "https://registry.ollama.ai", "Address of the Ollama registry."),
    (
        "CARDEX_OPENAI_ENDPOINTS",
        "",
        "Comma-separated base URLs of OpenAI-compatible servers that visitors may use.",
    ),
    ("CARDEX_IDENTITY", "open", "How visitors are told apart: open, oidc or proxy."),
    ("CARDEX_ADMINS", "", "Comma-separated identities of admins."),
    ("HF_ENDPOINT", "https://huggingface.co", "Address of the Hub or of a mirror of it."),
    ("HF_TOKEN", "", "Read-only token for the Hub, used by a sync alone."),
    ("HF_HOME", "", "Folder of the Hub client; read by the client itself."),
    ("HF_HUB_OFFLINE", "0", "1: nothing is asked of the Hub."),
    ("OLLAMA_HOST", "http://127.0.0.1:11434", "Address of a running Ollama."),
    ("OLLAMA_MODELS", "", "Folder of an Ollama's models, read without a server."),
    ("HTTP_PROXY", "", "Proxy for http addresses; read by the HTTP clients themselves."),
    ("HTTPS_PROXY", "", "Proxy for https addresses; read by the HTTP clients themselves."),
    (
        "NO_PROXY",
        "",
        "Hosts, domains and networks that are asked without a proxy; this machine always is.",
    ),
    ("REQUESTS_CA_BUNDLE", "", "File of certificate authorities to trust."),
)

_DEFAULTS = {name: default for name, default, _ in SETTINGS}
IDENTITIES = ("open", "oidc", "proxy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one process; secrets never show in `repr`."""

    data_dir: Path
    database_url: str
    models_dir: Path
    offline: bool
    sync_top: int
    sync_details: int
    full_days: int  # 0: never
    civitai_endpoint: str
    civitai_token: str = field(repr=False)
    civitai_mature: bool
    ollama_library: str
    ollama_registry: str
    openai_endpoints: tuple[str, ...]
    identity: str
    admins: tuple[str, ...]
    hf_endpoint: str
    hf_token: str = field(repr=False)
    hf_offline: bool
    ollama_host: str
    ollama_models: Path | None
    ca_bundle: str

    @property
    def catalog_dir(self) -> Path:
        """Folder of the generations and of `current.json`."""
        return self.data_dir / "catalog"


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of this process; a value that cannot be read falls back to its default."""
    given = os.environ if environ is None else environ

    def text(name: str) -> str:
        return (given.get(name) or "").strip() or _DEFAULTS[name]

    data_dir = Path(text("CARDEX_DATA_DIR") or user_data_path("cardex", appauthor=False))
    data_dir = data_dir.expanduser().absolute()
    identity = text("CARDEX_IDENTITY").lower()
    return Settings(
        data_dir=data_dir,
        database_url=text("CARDEX_DATABASE_URL"),
        models_dir=Path(text("CARDEX_MODELS_DIR") or data_dir / "models").expanduser(),
        offline=_yes(text("CARDEX_OFFLINE")),
        sync_details=_whole(text("CARDEX_SYNC_DETAILS"), int(_DEFAULTS["CARDEX_SYNC_DETAILS"])),
        sync_top=_positive(text("CARDEX_SYNC_TOP"), int(_DEFAULTS["CARDEX_SYNC_TOP"])),
        full_days=_whole(text("CARDEX_FULL_DAYS"), int(_DEFAULTS["CARDEX_FULL_DAYS"])),
        civitai_endpoint=text("CARDEX_CIVITAI_ENDPOINT").rstrip("/"),
        civitai_token=text("CARDEX_CIVITAI_TOKEN"),
        civitai_mature=_yes(text("CARDEX_CIVITAI_MATURE")),
        ollama_library=text("CARDEX_OLLAMA_LIBRARY").rstrip("/"),
        ollama_registry=text("CARDEX_OLLAMA_REGISTRY").rstrip("/"),
        openai_endpoints=_listed(text("CARDEX_OPENAI_ENDPOINTS")),
        identity=identity if identity in IDENTITIES else _DEFAULTS["CARDEX_IDENTITY"],
        admins=_listed(text("CARDEX_ADMINS")),
        hf_endpoint=text("HF_ENDPOINT").rstrip("/"),
        hf_token=text("HF_TOKEN"),
        hf_offline=_yes(text("HF_HUB_OFFLINE")),
        ollama_host=text("OLLAMA_HOST").rstrip("/"),
        ollama_models=Path(folder).expanduser() if (folder := text("OLLAMA_MODELS")) else None,
        ca_bundle=text("REQUESTS_CA_BUNDLE"),
    )


def environment() -> dict[str, str]:
    """The variables of this process, for one that it starts."""
    return dict(os.environ)


def _yes(text: str) -> bool:
    return text.lower() in {"1", "true", "yes", "on"}


def _whole(text: str, default: int) -> int:
    return int(text) if text.isascii() and text.isdigit() else default


def _positive(text: str, default: int) -> int:
    return _whole(text, default) or default


def _listed(text: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in text.split(",") if item.strip())
