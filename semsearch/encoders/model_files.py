"""The files of a model's folder that decide its vectors, and a digest of each.

Which ones was found by tracing what sentence-transformers, transformers and tokenizers open and look for. One that does
not exist yet counts as well: an ``added_tokens.json`` that appears later is read from then on.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from typing import TYPE_CHECKING, Any

from semsearch.encoders import cache
from semsearch.model.errors import ModelUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

#: Configurations, vocabularies, templates, weights. Not among them: cards, pickles, other runtimes' copies.
_SUFFIXES = {".json", ".txt", ".model", ".jinja", ".safetensors", ".spm", ".tiktoken", ".codes", ".vocab", ".bpe"}
_WEIGHTS = ".safetensors"
#: Nothing reads these: what a training left behind, licences, lists of other formats' files.
_UNREAD = {
    "data_config.json", "trainer_state.json", "training_args.json", "all_results.json", "train_results.json",
    "eval_results.json", "license.txt", "notice.txt", "readme.txt", "requirements.txt", "pytorch_model.bin.index.json",
    "tf_model.h5.index.json", "flax_model.msgpack.index.json",
}  # fmt: skip
#: Folders below the model's own that belong to no module.
_FOLDERS = ("", "additional_chat_templates")
#: A JSON file up to this size counts by what it says, whatever its layout; a larger one, a vocabulary, by its bytes.
_SMALL = 2**16
_HEX = 24


def weights(folder: Path) -> list[Path]:
    """The safetensors files of a model's transformer, in order of their names."""
    return sorted(folder.glob("*.safetensors")) or sorted(folder.glob("0_*/*.safetensors"))


def digests(folder: Path, sha256: Callable[[Path], str] = cache.sha256) -> dict[str, str]:
    """Of every file that decides the vectors, by its path in the folder; those that `weights` names left out.

    They are read anew each time: that takes a millisecond, and no time of change has to be believed.

    Args:
        folder: The model's.
        sha256: Of weights, which can be large.

    Raises:
        ModelUnavailable: A file cannot be read.
    """
    found = sorted(set(_candidates(folder)) - set(weights(folder)))
    try:
        return {
            path.relative_to(folder).as_posix(): (sha256(path)[:_HEX] if path.suffix == _WEIGHTS else _digest(path))
            for path in found
            if path.suffix in _SUFFIXES and path.name.lower() not in _UNREAD and path.is_file()
        }
    except OSError as error:
        raise ModelUnavailable(str(folder), f"{error.filename} cannot be read: {error.strerror}") from error


def _candidates(folder: Path) -> Iterator[Path]:
    for name in _FOLDERS:
        yield from (folder / name).glob("*")
    for name in _modules(folder):
        yield from (folder / name).rglob("*")


def _modules(folder: Path) -> list[str]:
    """Folders of the modules, but for one that is the model's own."""
    modules = read_json(folder / "modules.json")
    paths = [str(m.get("path", "")) for m in modules if isinstance(m, dict)] if isinstance(modules, list) else []
    return [path for path in paths if path.strip("./")]


def _digest(path: Path) -> str:
    content = path.read_bytes()
    if path.suffix == ".json" and len(content) <= _SMALL:
        with contextlib.suppress(ValueError):  # no JSON: whatever reads it will say so
            # Not sorted: the order of modules, tokens and routes can matter.
            content = json.dumps(json.loads(content)).encode()
    return hashlib.sha256(content).hexdigest()[:_HEX]


def read_json(path: Path) -> Any:
    """A JSON file's value; ``None`` where there is no such file or it is none."""
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None


def read_object(path: Path) -> dict[str, Any]:
    """A JSON file's object; an empty one where there is none."""
    found = read_json(path)
    return found if isinstance(found, dict) else {}
