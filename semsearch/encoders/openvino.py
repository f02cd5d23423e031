"""Encoder on OpenVINO: the same vectors as sentence-transformers' on a CPU, at a multiple of the speed, without torch.

The model is exported once, by torch, into the user's cache; from then on neither torch nor transformers is imported.
What was exported is held to the original by the vectors of a few texts, when it is made and whenever it is loaded, and
its files to their checksums. A model that cannot be exported, or is not the same, goes on with torch.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import logging
import shutil
import tempfile
import warnings
from functools import cached_property
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

import numpy as np

from semsearch import heavy_imports
from semsearch.encoders import cache
from semsearch.encoders.model_files import read_json, read_object
from semsearch.model.diagnostics import warn_once

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from semsearch.encoders.sentence_transformer import SentenceTransformerEncoder

#: Texts a pass; measured on two cores: 69 abstracts a second with 8, 66 with 16.
_BATCH = 8
#: Least cosine of an exported model's vectors to the original's.
_SAME = 0.99999
_CANARIES = (
    "Moss grows on the northern side of slate roofs.",
    "A randomised trial of four-day weeks in hospital rotas: 1,204 nurses, two years; no difference (p = .41).",
    "x",
)
#: Version of what this module exports.
_RECIPE = 2
#: The files of an export, besides the one that tells of them.
_FILES = ("model.xml", "model.bin")


def available() -> bool:
    """Whether OpenVINO is installed, and no GPU is, which torch would use."""
    return bool(importlib.util.find_spec("openvino")) and not Path("/dev/nvidia0").exists()


class OpenVinoEncoder:
    """Unit vectors by an exported model; implements `Encoder`. It is loaded, and exported, at the first text.

    Any number of threads may share one.

    Args:
        original: The model on torch.
    """

    def __init__(self, original: SentenceTransformerEncoder) -> None:
        self._original = original
        self._lock = RLock()

    @property
    def fingerprint(self) -> Mapping[str, str]:
        """See `Encoder`; that of the original, as the vectors are."""
        return self._original.fingerprint

    @property
    def dim(self) -> int:
        """See `Encoder`."""
        return self._original.dim

    @property
    def runtime(self) -> str:
        """What computes the vectors."""
        return self._original.runtime if self._loaded is None else "OpenVINO, float32"

    @property
    def is_loaded(self) -> bool:
        """Whether the first text will not have to wait."""
        return "_first_loaded" in vars(self)

    def load(self) -> None:
        """Load the exported model now, if there is one; what is wrong with it shows at the first text."""
        with contextlib.suppress(Exception):
            _ = self._loaded

    def encode_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See `Encoder`."""
        exported = self._loaded
        if exported is None:
            return self._original.encode_documents(texts)
        return exported.encode([self._original.document_prompt + text for text in texts])

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See `Encoder`."""
        exported = self._loaded
        if exported is None:
            return self._original.encode_queries(texts)
        return exported.encode([self._original.query_prompt + text for text in texts])

    def truncated(self, texts: Sequence[str]) -> Sequence[bool]:
        """See `Encoder`."""
        exported = self._loaded
        if exported is None:
            return self._original.truncated(texts)
        return exported.truncated([self._original.document_prompt + text for text in texts])

    @property
    def _loaded(self) -> _Exported | None:
        """The exported model; ``None`` if there can be none. One thread loads it; the others wait for that."""
        with self._lock:  # `cached_property` has no lock of its own from Python 3.12 on
            return self._first_loaded

    @cached_property
    def _first_loaded(self) -> _Exported | None:
        folder = _folder(self._original)
        try:
            if not (folder / "model.json").is_file():
                _export(self._original, folder)
            told = read_json(folder / "model.json")
            is_of_it = told["of"] == folder.name  # and no folder of another model that was renamed
            if is_of_it and "unusable" in told:
                self._say_torch(str(told["unusable"]))
                return None
            if is_of_it and told["checksums"] == _checksums(folder):
                self._original.refuse_changed()  # the tokenizer is read from the original's folder
                exported = _Exported(folder, self._original)
                if exported.is_whole():
                    return exported
            reason = f"its export in {folder} is damaged; it is made anew the next time"
        except (OSError, RuntimeError, ValueError, KeyError, TypeError) as error:  # no place for it, or damaged
            reason = " ".join(str(error).split())[:200]
        shutil.rmtree(folder, ignore_errors=True)
        self._say_torch(reason)
        return None

    def _say_torch(self, reason: str) -> None:
        model = self._original.fingerprint.get("model", "")
        warn_once("model %s runs on torch, which is slower than OpenVINO: %s", model, reason)


class _Exported:
    """An exported model and its tokenizer, loaded."""

    def __init__(self, folder: Path, original: SentenceTransformerEncoder) -> None:
        core = heavy_imports.openvino().Core()
        # Without OpenVINO's cache of compiled models, which saves 0.1 s and takes twice the size of the weights.
        options = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
        self._model = core.compile_model(str(folder / "model.xml"), "CPU", options)
        tokenizer = importlib.import_module("tokenizers").Tokenizer
        self._tokenizer = tokenizer.from_file(str(original.folder / "tokenizer.json"))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        #: Requests that no thread uses now. A request has one place for its inputs and outputs; each thread takes one.
        self._requests: list[Any] = []
        self._dim, self._max_tokens, self._cut = original.dim, original.max_tokens, original.shortened
        self._canaries = np.array(json.loads((folder / "model.json").read_text("utf-8"))["canaries"], np.float32)

    def is_whole(self) -> bool:
        """Whether a text still has the vector that it had when the model was exported."""
        return bool(np.min(np.sum(self.encode(_CANARIES[:1]) * self._canaries[:1], axis=1)) >= _SAME)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Longest first, in batches of texts of like length, put back in the order of the input."""
        out = np.empty((len(texts), self._dim), np.float32)
        tokens = self._tokens(texts)
        order = sorted(range(len(texts)), key=lambda place: -len(tokens[place]))
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            width = len(tokens[batch[0]])
            ids, mask = np.zeros((len(batch), width), np.int64), np.zeros((len(batch), width), np.int64)
            for row, place in enumerate(batch):
                ids[row, : len(tokens[place])] = tokens[place]
                mask[row, : len(tokens[place])] = 1
            out[batch] = self._infer(ids, mask)
        return out

    def _infer(self, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> NDArray[np.float32]:
        """One pass. Texts of several threads are never put into one batch: that would change the last bits."""
        try:
            request = self._requests.pop()
        except IndexError:
            request = self._model.create_infer_request()
        vectors: NDArray[np.float32] = request.infer([ids, mask])[0]
        self._requests.append(request)
        return vectors

    def truncated(self, texts: Sequence[str]) -> list[bool]:
        """For each text whether it has more tokens than are read."""
        return [len(e.ids) > self._max_tokens for e in self._tokenizer.encode_batch(list(map(self._cut, texts)))]

    def _tokens(self, texts: Sequence[str]) -> list[list[int]]:
        """Ids of each text, cut as sentence-transformers cuts: the mark at the end stays."""
        encoded = self._tokenizer.encode_batch([self._cut(text.strip()) for text in texts])
        limit = self._max_tokens
        return [e.ids if len(e.ids) <= limit else [*e.ids[: limit - 1], e.ids[-1]] for e in encoded]


def _folder(original: SentenceTransformerEncoder) -> Path:
    """Where a model's export lies: by its weights, limit and pooling, and by what exported it."""
    from importlib.metadata import version

    told = original.fingerprint
    files = hashlib.sha256(told["files"].encode()).hexdigest()[:16]  # any of them may change what is exported
    parts = (told["weights"][:24], files, told["max_tokens"], told["pooling"], version("openvino"), _RECIPE)
    return cache.folder() / "-".join(map(str, parts))


def _checksums(folder: Path) -> dict[str, str]:
    """Of an export's files. Against damage, not against people: who can write here can write ``model.json`` too."""
    return {name: cache.xxh3(folder / name) for name in _FILES}


def _export(original: SentenceTransformerEncoder, folder: Path) -> None:
    """Make the folder; one that says why, where the model cannot be exported.

    Raises:
        OSError: The cache cannot be written.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=folder.parent))
    try:
        reason = _converted(original, made)
        if reason:
            (made / "model.json").write_text(json.dumps({"of": folder.name, "unusable": reason}), "utf-8")
        made.replace(folder)
    except OSError:
        if not folder.is_dir():  # else another process was first
            raise
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _converted(original: SentenceTransformerEncoder, folder: Path) -> str:
    """Export into an empty folder; returns why not, if not."""
    if not (original.folder / "tokenizer.json").is_file():
        return "no tokenizer.json"
    if read_object(original.folder / "1_Pooling" / "config.json").get("include_prompt") is False:
        return "its pooling leaves the prompt out"
    torch, openvino = heavy_imports.torch(), heavy_imports.openvino()

    class Pipeline(torch.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self, modules: Any) -> None:
            super().__init__()
            self.steps = modules

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            features = {"input_ids": input_ids, "attention_mask": attention_mask}
            for step in self.steps:
                features = step(features)
            return torch.nn.functional.normalize(features["sentence_embedding"], dim=1)

    example = torch.ones(2, 16, dtype=torch.long)
    level = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            graph = heavy_imports.openvino_converter().convert_model(
                Pipeline(original.model), example_input={"input_ids": example, "attention_mask": example}
            )
        openvino.save_model(graph, str(folder / "model.xml"), compress_to_fp16=False)
    except Exception as error:  # whatever the converter finds in a model; it is no failure of ours to go on without
        return f"cannot be exported: {type(error).__name__}"
    finally:
        logging.disable(level)
    expected = original.encode_documents(_CANARIES)
    told = {"of": _folder(original).name, "checksums": _checksums(folder), "canaries": expected.tolist()}
    (folder / "model.json").write_text(json.dumps(told), "utf-8")
    found = _Exported(folder, original).encode([original.document_prompt + text for text in _CANARIES])
    return "" if float(np.min(np.sum(found * expected, axis=1))) >= _SAME else "its vectors differ from the original's"
