"""The user's cache: exported models, and hashes of weights that were made before; and where the hub's client keeps its.

The only module below the face that reads the environment: it alone knows where a machine's caches lie.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
from pathlib import Path

import xxhash

from semsearch.model.diagnostics import warn_once

#: Hashes of files, by path. Another name than in earlier versions, which noted less of a file.
_FILE = "digests.json"
#: Nanoseconds after which a clock that files are stamped by has surely ticked (FAT counts in steps of two seconds).
_SETTLED = 3 * 10**9
#: Bytes read at once.
_PART = 2**20


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
    """Of a file; from the cache, if nothing has touched the file since.

    The time of the last change of a file's content or state (ctime) is the kernel's own: no program can set it, as it
    can set the time of modification. A file that was changed just now is hashed again the next time: its clock may
    not have ticked between two changes. On Windows there is no such time; what is read there is hashed when it is read
    (`semsearch.encoders.models.refuse_changed`).
    """
    state = path.stat()
    name, told = str(path.resolve()), [state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino]
    kept = _kept()
    known = kept.get(name)
    if isinstance(known, list) and len(known) == len(told) + 2 and known == _entry(name, told, str(known[-2])):
        return str(known[-2])
    digest = computed_sha256(path)
    if time.time_ns() - max(state.st_mtime_ns, state.st_ctime_ns) > _SETTLED:
        _keep({**kept, name: _entry(name, told, digest)})
    return digest


def _entry(name: str, told: list[int], digest: str) -> list[int | str]:
    """What is kept of a file; the last value is a checksum of all of it, so that a damaged entry is not believed."""
    return [*told, digest, xxhash.xxh3_64_hexdigest(json.dumps([name, told, digest]).encode())]


def computed_sha256(path: Path) -> str:
    """Of a file, whatever the cache says."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def xxh3(path: Path) -> str:
    """Checksum of a file, xxh3-128, hex; ten times as fast as sha256."""
    digest = xxhash.xxh3_128()
    with path.open("rb") as stream:
        while part := stream.read(_PART):
            digest.update(part)
    return digest.hexdigest()


def _kept() -> dict[str, list[int | str]]:
    try:
        found = json.loads((folder() / _FILE).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _keep(digests: dict[str, list[int | str]]) -> None:
    """Write all of them; a cache that cannot be written is none."""
    try:
        folder().mkdir(parents=True, exist_ok=True)
        part = folder() / f"{_FILE}.{os.getpid()}-{threading.get_ident()}"
        part.write_text(json.dumps(digests), "utf-8")
        part.replace(folder() / _FILE)
    except OSError as error:
        warn_once("the cache %s cannot be written (%s); model files are read anew by each command", folder(), error)
