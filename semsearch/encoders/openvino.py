"""Encoder with OpenVINO: computes the vectors of sentence-transformers on a CPU, several times as fast, without torch.

The model is exported once, with torch, into the cache of the user. After that, neither torch nor transformers is
imported. When the export is made, and each time it is loaded, its vectors of a few texts are compared with those of the
original, and its files with their checksums. If a model cannot be exported, or if its vectors differ, torch is used.
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
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

import numpy as np

from semsearch import heavy_imports
from semsearch.encoders import cache
from semsearch.encoders.model_files import read_json, read_object
from semsearch.model.diagnostics import warn_once
from semsearch.model.forking import ForkSafeLock, no_fork
from semsearch.model.lazy import lazy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from semsearch.encoders.sentence_transformer import SentenceTransformerEncoder

#: Texts in one pass. Measured on two cores: 69 abstracts per second with 8, 66 with 16.
_BATCH = 8
#: Least cosine between a vector of the exported model and that of the original.
_SAME = 0.99999
#: Texts for the comparison of the exported model with the original.
_CANARIES = (
    "Moss grows on the northern side of slate roofs.",
    "A randomised trial of four-day weeks in hospital rotas: 1,204 nurses, two years; no difference (p = .41).",
    "x",
)
#: Version of the export. A new number makes all exports again.
_RECIPE = 2
#: Files of an export, besides ``model.json``, which describes them.
_FILES = ("model.xml", "model.bin")


def available() -> bool:
    """Whether OpenVINO is installed and there is no GPU. With a GPU, torch is used."""
    return bool(importlib.util.find_spec("openvino")) and not Path("/dev/nvidia0").exists()


class OpenVinoEncoder:
    """Implements `Encoder` with an exported model. The model is exported and loaded when the first text is encoded.

    Threads can share one encoder.

    Args:
        original: The encoder with torch, which is exported.
    """

    def __init__(self, original: SentenceTransformerEncoder) -> None:
        self._original = original
        self._lock = ForkSafeLock(RLock)

    @property
    def fingerprint(self) -> Mapping[str, str]:
        """See `Encoder`. It is the fingerprint of the original, since the vectors are the same."""
        return self._original.fingerprint

    @property
    def dim(self) -> int:
        """See `Encoder`."""
        return self._original.dim

    @property
    def runtime(self) -> str:
        """The runtime that computes the vectors, with its precision."""
        return self._original.runtime if self._loaded is None else "OpenVINO, float32"

    @property
    def is_loaded(self) -> bool:
        """Whether the model is loaded already."""
        return "_first_loaded" in vars(self)

    def load(self) -> None:
        """Load the model now. Errors are ignored here; they are raised when the first text is encoded."""
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
        """The exported model; ``None`` if the model cannot be exported. One thread loads it while the others wait."""
        with self._lock, no_fork():
            return self._first_loaded

    @lazy
    def _first_loaded(self) -> _Exported | None:
        folder = _folder(self._original)
        try:
            if not (folder / "model.json").is_file():
                _export(self._original, folder)
            stored = read_json(folder / "model.json")
            is_own = stored["of"] == folder.name  # else it is the renamed folder of another model
            if is_own and "unusable" in stored:
                self._warn_of_torch(str(stored["unusable"]))
                return None
            if is_own and stored["checksums"] == _checksums(folder):
                self._original.refuse_changed()  # the tokenizer is read from the folder of the original
                exported = _Exported(folder, self._original)
                if exported.is_whole():
                    return exported
            reason = f"its export in {folder} is damaged; the next run makes it again"
        except (OSError, RuntimeError, ValueError, KeyError, TypeError) as error:  # no disk space, or damaged
            reason = " ".join(str(error).split())[:200]
        shutil.rmtree(folder, ignore_errors=True)
        self._warn_of_torch(reason)
        return None

    def _warn_of_torch(self, reason: str) -> None:
        model = self._original.fingerprint.get("model", "")
        warn_once("model %s runs on torch, which is slower than OpenVINO: %s", model, reason)


class _Exported:
    """A loaded model that was exported, and its tokenizer."""

    def __init__(self, folder: Path, original: SentenceTransformerEncoder) -> None:
        core = heavy_imports.openvino().Core()
        # OpenVINO's own cache of compiled models is off: it saves 0.1 s and takes twice the size of the weights.
        options = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
        self._model = core.compile_model(str(folder / "model.xml"), "CPU", options)
        tokenizer = importlib.import_module("tokenizers").Tokenizer
        self._tokenizer = tokenizer.from_file(str(original.folder / "tokenizer.json"))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        #: Requests that no thread uses now. A request holds one input and its output, so each thread takes one.
        self._requests: list[Any] = []
        self._dim, self._max_tokens, self._cut = original.dim, original.max_tokens, original.shortened
        self._canaries = np.array(json.loads((folder / "model.json").read_text("utf-8"))["canaries"], np.float32)

    def is_whole(self) -> bool:
        """Whether the vector of a text is still the one that was computed when the model was exported."""
        return bool(np.min(np.sum(self.encode(_CANARIES[:1]) * self._canaries[:1], axis=1)) >= _SAME)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of texts, float32 ``(len(texts), dim)``, in the order of the texts.

        The longest texts are encoded first, so that the texts in a batch have similar lengths.
        """
        out = np.empty((len(texts), self._dim), np.float32)
        tokens = self._tokens(texts)
        order = sorted(range(len(texts)), key=lambda number: -len(tokens[number]))
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            width = len(tokens[batch[0]])
            ids, mask = np.zeros((len(batch), width), np.int64), np.zeros((len(batch), width), np.int64)
            for row, number in enumerate(batch):
                ids[row, : len(tokens[number])] = tokens[number]
                mask[row, : len(tokens[number])] = 1
            out[batch] = self._infer(ids, mask)
        return out

    def _infer(self, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> NDArray[np.float32]:
        """Run one batch. A batch never has texts of several threads, since that would change the last bits."""
        try:
            request = self._requests.pop()
        except IndexError:
            with no_fork():
                request = self._model.create_infer_request()
        with no_fork():  # OpenVINO has locks of its own, which a child could not get
            vectors: NDArray[np.float32] = request.infer([ids, mask])[0]
        self._requests.append(request)
        return vectors

    def truncated(self, texts: Sequence[str]) -> list[bool]:
        """For each text, whether it has more tokens than the model reads."""
        return [len(e.ids) > self._max_tokens for e in self._tokenizer.encode_batch(list(map(self._cut, texts)))]

    def _tokens(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text, cut as in sentence-transformers: the special token at the end stays."""
        with no_fork():
            encoded = self._tokenizer.encode_batch([self._cut(text.strip()) for text in texts])
        limit = self._max_tokens
        return [e.ids if len(e.ids) <= limit else [*e.ids[: limit - 1], e.ids[-1]] for e in encoded]


def _folder(original: SentenceTransformerEncoder) -> Path:
    """The folder for the export of a model. Its name has everything that decides the export."""
    from importlib.metadata import version

    known = original.fingerprint
    files = hashlib.sha256(known["files"].encode()).hexdigest()[:16]  # each of these files can change the export
    parts = (known["weights"][:24], files, known["max_tokens"], known["pooling"], version("openvino"), _RECIPE)
    return cache.folder() / "-".join(map(str, parts))


def _checksums(folder: Path) -> dict[str, str]:
    """Checksums of the files of an export, by name.

    They find damage, not attacks: a person who can change these files can also change ``model.json``.
    """
    return {name: cache.xxh3(folder / name) for name in _FILES}


def _export(original: SentenceTransformerEncoder, folder: Path) -> None:
    """Export a model into a new folder. If that is not possible, the folder only contains the reason.

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
        if not folder.is_dir():  # else another process has made it in the meantime
            raise
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _converted(original: SentenceTransformerEncoder, folder: Path) -> str:
    """Export a model into an empty folder. Returns the reason if that is not possible, else an empty text."""
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
    except Exception as error:  # the converter raises errors of many kinds; the encoder can go on with torch
        return f"cannot be exported: {type(error).__name__}"
    finally:
        logging.disable(level)
    expected = original.encode_documents(_CANARIES)
    stored = {"of": _folder(original).name, "checksums": _checksums(folder), "canaries": expected.tolist()}
    (folder / "model.json").write_text(json.dumps(stored), "utf-8")
    found = _Exported(folder, original).encode([original.document_prompt + text for text in _CANARIES])
    return "" if float(np.min(np.sum(found * expected, axis=1))) >= _SAME else "its vectors differ from the original's"
