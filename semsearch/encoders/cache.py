"""The caches of the user: exported models, hashes of weights, and the folder of the client of the model hub.

This is the only module below the faces that reads environment variables, since they say where the caches are.
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

#: File with the hashes, by path. Earlier versions, which stored less about a file, used another name.
_FILE = "digests.json"
#: Nanoseconds after which the time of a file has surely moved on (FAT counts in steps of two seconds).
_SETTLED = 3 * 10**9
#: Bytes that are read at once.
_PART = 2**20


def folder() -> Path:
    """The cache folder of semsearch: ``SEMSEARCH_CACHE``, or where this system keeps caches. It may not exist yet."""
    from platformdirs import user_cache_path

    return Path(os.environ.get("SEMSEARCH_CACHE") or user_cache_path("semsearch"))


def hub_folder() -> Path:
    """The folder in which the client of the model hub keeps models.

    Source of the variables: huggingface.co/docs/huggingface_hub, environment variables.
    """
    given = os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE")
    base = os.environ.get("XDG_CACHE_HOME", "~/.cache") + "/huggingface"
    return Path(given or os.environ.get("HF_HOME", base) + "/hub").expanduser()


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal; from the cache if the file has not changed since it was computed.

    The cache compares size, times and inode. Among the times is that of the last change of content or state (ctime). A
    program can set the time of modification, but only the kernel sets ctime. If a file was changed a moment ago, its
    hash is not stored, since a second change could get the same time. Windows has no such ctime. Therefore the weights
    are hashed once more when they are read (`semsearch.encoders.models.refuse_changed`).
    """
    status = path.stat()
    name, state = str(path.resolve()), [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]
    kept = _kept()
    known = kept.get(name)
    if isinstance(known, list) and len(known) == len(state) + 2 and known == _entry(name, state, str(known[-2])):
        return str(known[-2])
    digest = computed_sha256(path)
    if time.time_ns() - max(status.st_mtime_ns, status.st_ctime_ns) > _SETTLED:
        _keep({**kept, name: _entry(name, state, digest)})
    return digest


def _entry(name: str, state: list[int], digest: str) -> list[int | str]:
    """What is stored for a file. The last value is a checksum of the entry, so that a damaged entry is not used."""
    return [*state, digest, xxhash.xxh3_64_hexdigest(json.dumps([name, state, digest]).encode())]


def computed_sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal, always computed from its bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def xxh3(path: Path) -> str:
    """Checksum xxh3-128 of a file, in hexadecimal. It is ten times as fast as SHA-256."""
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
    """Write all hashes. If the cache cannot be written, warn once and go on."""
    try:
        folder().mkdir(parents=True, exist_ok=True)
        part = folder() / f"{_FILE}.{os.getpid()}-{threading.get_ident()}"
        part.write_text(json.dumps(digests), "utf-8")
        part.replace(folder() / _FILE)
    except OSError as error:
        warn_once("the cache %s cannot be written (%s); each command reads the model files again", folder(), error)
