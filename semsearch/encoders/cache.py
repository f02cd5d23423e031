"""The user's cache: exported models, and hashes of weights that were made before; and where the hub's client keeps its.

The only module below the face that reads the environment: it alone knows where a machine's caches lie.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path


def folder() -> Path:
    """Where it lies: ``SEMSEARCH_CACHE``, or the platform's place for caches; may not exist."""
    from platformdirs import user_cache_path

    return Path(os.environ.get("SEMSEARCH_CACHE") or user_cache_path("semsearch"))


def hub_folder() -> Path:
    """Where the hub's client keeps models: huggingface.co/docs/huggingface_hub, environment variables."""
    place = os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE")
    base = os.environ.get("XDG_CACHE_HOME", "~/.cache") + "/huggingface"
    return Path(place or os.environ.get("HF_HOME", base) + "/hub").expanduser()


def sha256(path: Path) -> str:
    """Of a file; from the cache, if the file has the size and the time of change that it had then."""
    state = path.stat()
    name, told = str(path.resolve()), [state.st_size, state.st_mtime_ns]
    kept = _kept()
    if isinstance(known := kept.get(name), list) and known[:2] == told:
        return str(known[2])
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    _keep({**kept, name: [*told, digest]})
    return digest


def _kept() -> dict[str, list[int | str]]:
    try:
        found = json.loads((folder() / "weights.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _keep(digests: dict[str, list[int | str]]) -> None:
    """Write all of them; a cache that cannot be written is none."""
    try:
        folder().mkdir(parents=True, exist_ok=True)
        part = folder() / f"weights.json.{os.getpid()}"
        part.write_text(json.dumps(digests), "utf-8")
        part.replace(folder() / "weights.json")
    except OSError:
        pass
