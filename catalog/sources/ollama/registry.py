"""The Ollama registry: manifests, configs and license texts; never a layer of weights.

Everything is named by its sha256, and nothing is believed that has another one.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from catalog.errors import BadRow, SourceChanged, SourceError, SourceRefused
from catalog.normalize.ollama_manifest import ACCEPT, Layer, Manifest, read_config, read_manifest
from catalog.sources import http

WHO = "The Ollama registry"
SETTING = "CARDEX_OLLAMA_REGISTRY"
AGENT = "cardex/0.1"
CONFIG_BYTES = 1_000_000  # real ones have some hundred
LICENSE_BYTES = 1_000_000  # the longest of 457 was 60 kB
LICENSE_READ = 16_000  # the title is in its first lines
MOST_LICENSES = 8  # of one model
MOST_KEPT = 2_000  # license texts in memory; most models share some dozen
FAILED_ANSWERS = 3  # one after another, then the registry is not asked again in this run


def may_follow(url: str, target: str) -> bool:
    """Whether a redirect is followed: registries hand blobs out from elsewhere, over https alone.

    No request of ours carries a secret, and what comes back must have the digest asked for.
    """
    if http.same_origin(url, target):
        return True
    scheme, host, _ = http.origin(target)
    return scheme == "https" and bool(host) and "@" not in urlsplit(target).netloc


def check(answer: http.Answer, who: str, setting: str) -> None:
    """Raise the error that a status other than 200 stands for; no token would cure a refusal."""
    if answer.status in {401, 403}:
        raise SourceRefused(
            f"{who} refused the request ({answer.status}); a proxy or a browser check may stand in "
            f"between. A mirror can be named in {setting}."
        )
    http.check(answer, who, setting)


@dataclass(slots=True, kw_only=True)
class Registry:
    """One registry, asked until it fails: then `problem` says so in a sentence."""

    endpoint: str
    fetcher: http.Fetcher
    problem: str | None = None
    _failures: int = 0
    _texts: dict[str, str] = field(default_factory=dict)  # license texts by digest

    def manifest(self, model: str, tag: str, manifest_id: str) -> Manifest | None:
        """The manifest of a tag with config and licenses; None where it cannot be had.

        `manifest_id` is what the library shows: a manifest of another digest is another model.
        """
        if self.problem is not None:
            return None
        try:
            found = self._manifest(model, tag, manifest_id)
        except (SourceChanged, BadRow) as error:
            self._failures += 1
            if self._failures >= FAILED_ANSWERS:
                self.problem = f"{_sentence(error)} {_ROUNDED}"
            return None
        except SourceError as error:  # the fetcher was patient already
            self.problem = f"{error} {_ROUNDED}"
            return None
        self._failures = 0
        return found

    def _manifest(self, model: str, tag: str, manifest_id: str) -> Manifest:
        body = self._get(f"{model}/manifests/{tag}", ACCEPT)
        manifest = read_manifest(body)
        digest = manifest.digest or ""
        if not digest.startswith(manifest_id):
            # One was perhaps pushed since the page was made; several are a broken pair.
            raise SourceChanged(f"{WHO} has other manifests than the library shows.")
        config = read_config(self._blob(model, manifest.config_digest or "", CONFIG_BYTES))
        licenses = manifest.of("license")
        if len(licenses) > MOST_LICENSES:
            raise BadRow("more license texts than a model has")
        texts = tuple(self._license(model, layer) for layer in licenses)
        return replace(manifest, config=config, licenses=texts)

    def _license(self, model: str, layer: Layer) -> str:
        digest = layer.digest or ""
        if layer.size_bytes > LICENSE_BYTES:
            raise BadRow("a license text of that size is none")
        if digest not in self._texts:
            if len(self._texts) >= MOST_KEPT:
                self._texts.clear()
            body = self._blob(model, digest, LICENSE_BYTES)
            self._texts[digest] = body[:LICENSE_READ].decode("utf-8", "replace")
        return self._texts[digest]

    def _blob(self, model: str, digest: str, most: int) -> bytes:
        body = self._get(f"{model}/blobs/{digest}", "*/*")
        if len(body) > most or hashlib.sha256(body).hexdigest() != digest.removeprefix("sha256:"):
            raise SourceChanged(f"{WHO} sent something else than the blob that was asked for.")
        return body

    def _get(self, path: str, accept: str) -> bytes:
        headers = {"accept": accept, "user-agent": AGENT}
        answer = self.fetcher.get(f"{self.endpoint}/v2/library/{path}", headers)
        check(answer, WHO, SETTING)
        return answer.body


_ROUNDED = "Sizes stay as rounded by the library, and licenses as they were."


def _sentence(error: Exception) -> str:
    if isinstance(error, BadRow):
        return f"{WHO} sent what is no manifest ({error.reason})."
    return str(error)
