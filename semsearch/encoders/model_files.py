"""The files in the folder of a model that decide its vectors, and a hash of each file.

These are the files that sentence-transformers, transformers and tokenizers open or look for; that was found by tracing
them. A file that does not exist yet matters too: an ``added_tokens.json`` that is added later is then read.
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

#: Configurations, vocabularies, templates and weights; no model cards, no pickles, no copies for other runtimes.
_SUFFIXES = {".json", ".txt", ".model", ".jinja", ".safetensors", ".spm", ".tiktoken", ".codes", ".vocab", ".bpe"}
_WEIGHTS = ".safetensors"
#: Files that no library reads: results of the training, licences, lists of files in other formats.
_UNREAD = {
    "data_config.json", "trainer_state.json", "training_args.json", "all_results.json", "train_results.json",
    "eval_results.json", "license.txt", "notice.txt", "readme.txt", "requirements.txt", "pytorch_model.bin.index.json",
    "tf_model.h5.index.json", "flax_model.msgpack.index.json",
}  # fmt: skip
#: Folders that are read although they belong to no module. The empty name is the folder of the model itself.
_FOLDERS = ("", "additional_chat_templates")
#: Up to this size in bytes, the hash of a JSON file is that of its content, whatever its layout. The hash of a larger
#: file, such as a vocabulary, is that of its bytes.
_SMALL = 2**16
_HEX = 24


def weights(folder: Path) -> list[Path]:
    """The safetensors files of the transformer of a model, in the order of their names."""
    return sorted(folder.glob("*.safetensors")) or sorted(folder.glob("0_*/*.safetensors"))


def digests(folder: Path, sha256: Callable[[Path], str] = cache.sha256) -> dict[str, str]:
    """Hashes of the files that decide the vectors, except the files that `weights` returns.

    The files are read each time. That takes a millisecond, and is safer than to trust the times of files.

    Args:
        folder: Folder of the model.
        sha256: Computes the hash of a file with weights, which can be large.

    Returns:
        Hash by the path of the file in the folder: the first 24 hexadecimal digits of a SHA-256.

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
    """Folders of the modules, except the folder of the model itself."""
    modules = read_json(folder / "modules.json")
    paths = [str(m.get("path", "")) for m in modules if isinstance(m, dict)] if isinstance(modules, list) else []
    return [path for path in paths if path.strip("./")]


def _digest(path: Path) -> str:
    content = path.read_bytes()
    if path.suffix == ".json" and len(content) <= _SMALL:
        with contextlib.suppress(ValueError):  # not JSON: the library that reads the file will report it
            # Keys are not sorted, since the order of modules, tokens and routes can matter.
            content = json.dumps(json.loads(content)).encode()
    return hashlib.sha256(content).hexdigest()[:_HEX]


def read_json(path: Path) -> Any:
    """The value in a JSON file; ``None`` if there is no such file or it is not JSON."""
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None


def read_object(path: Path) -> dict[str, Any]:
    """The object in a JSON file; an empty one if there is no such file or it contains no object."""
    found = read_json(path)
    return found if isinstance(found, dict) else {}
