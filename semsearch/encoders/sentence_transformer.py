"""Encoder with sentence-transformers (torch)."""

from __future__ import annotations

import json
from threading import RLock
from typing import TYPE_CHECKING, Any

import numpy as np

from semsearch.encoders import cache
from semsearch.encoders.model_files import digests, read_object
from semsearch.encoders.models import LocatedModel, loaded
from semsearch.model.errors import EncoderError, ModelUnavailable
from semsearch.model.forking import ForkSafeLock, no_fork
from semsearch.model.lazy import lazy
from semsearch.text.cleaning import TEXT_RECIPE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

#: Texts in one pass. On two cores, 8 to 32 are equally fast; a small batch needs less padding.
_BATCH = 16
#: Most characters for one token. A text is cut at this length times the largest number of tokens before its tokens are
#: counted, so that a text of a megabyte costs milliseconds.
_CHARACTERS_A_TOKEN = 40


class SentenceTransformerEncoder:
    """Implements `Encoder` with sentence-transformers. The model is loaded when the first text is encoded.

    Threads can share one encoder. They use the model one after the other: a pass uses all cores, and each call changes
    settings of the tokenizer, which all threads share.

    Args:
        located: The checked folder of the model.
        device: Device of torch; ``None`` takes the fastest one of this machine.
    """

    def __init__(self, located: LocatedModel, *, device: str | None = None) -> None:
        self._located = located
        self._device = device
        self._lock = ForkSafeLock(RLock)

    @lazy
    def fingerprint(self) -> Mapping[str, str]:
        """See `Encoder`."""
        folder = self._located.folder
        pooling = read_object(folder / "1_Pooling" / "config.json")
        modes = [k for k, v in pooling.items() if k.startswith("pooling_mode") and v]
        return {
            "model": self._located.name,
            "weights": self._located.weights_sha256,
            "dim": str(self.dim),
            "max_tokens": str(self.max_tokens),
            "pooling": ",".join(
                str(pooling[m]) if m == "pooling_mode" else m.removeprefix("pooling_mode_").removesuffix("_tokens")
                for m in modes
            )
            or "default",
            "prompts": json.dumps(self.prompts, sort_keys=True),
            "text_recipe": TEXT_RECIPE,
            "files": self._files,
        }

    @lazy
    def _files(self) -> str:
        return json.dumps(digests(self._located.folder))

    def refuse_changed(self) -> None:
        """Hash the files in the folder again, just before they are read.

        Raises:
            ModelUnavailable: A file has changed since the fingerprint was made.
        """
        if json.dumps(digests(self.folder, cache.computed_sha256)) != self._files:
            raise ModelUnavailable(self._located.name, f"the files in {self.folder} have just changed; run again")

    @lazy
    def dim(self) -> int:
        """See `Encoder`."""
        folder = self._located.folder
        dims = [
            config.get("out_features") or config.get("word_embedding_dimension") or config.get("embedding_dimension")
            for config in map(read_object, sorted(folder.glob("[1-9]_*/config.json")))
        ]
        known = [d for d in dims if isinstance(d, int)]
        return known[-1] if known else int(self.model.get_embedding_dimension())

    @lazy
    def max_tokens(self) -> int:
        """Most tokens of a text that the model reads, including its special tokens."""
        config = read_object(self._located.folder / "sentence_bert_config.json")
        found = config.get("max_seq_length")
        return int(found) if isinstance(found, int) else int(self.model.max_seq_length or 2**20)

    @property
    def folder(self) -> Path:
        """Folder of the model."""
        return self._located.folder

    @property
    def runtime(self) -> str:
        """The runtime that computes the vectors, with its precision."""
        return "torch, float32"

    @property
    def query_prompt(self) -> str:
        """Text that is put before a question; may be empty."""
        return self._prompt("query")

    @property
    def document_prompt(self) -> str:
        """Text that is put before the text of a paper; may be empty."""
        return self._prompt("document", "passage", "corpus")

    def _prompt(self, *names: str) -> str:
        """The prompt of the first of these names that has one, as in sentence-transformers; else the default prompt."""
        found = next((self.prompts[name] for name in names if name in self.prompts), None)
        return str(self.prompts.get(self.prompts.get("default", ""), "")) if found is None else found

    @lazy
    def prompts(self) -> dict[str, str]:
        """Prompts by name. ``default`` is the name of the prompt for texts that have no prompt of their own."""
        config = read_object(self._located.folder / "config_sentence_transformers.json")
        prompts = {k: v for k, v in (config.get("prompts") or {}).items() if v} or self._located.prompts
        default = config.get("default_prompt_name")
        return prompts | ({"default": str(default)} if default else {})

    @property
    def model(self) -> Any:
        """The model of sentence-transformers. One thread loads it while the others wait."""
        with self._lock, no_fork():
            return self._first_loaded

    @lazy
    def _first_loaded(self) -> Any:
        self.refuse_changed()
        prompts = {k: v for k, v in self.prompts.items() if k != "default"} or None
        model = loaded(self._located, "SentenceTransformer", device=self._device, prompts=prompts)
        model.eval()
        return model

    def encode_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See `Encoder`."""
        return self._encode(texts, lambda batch: self.model.encode_document(batch, **self._options))

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See `Encoder`."""
        return self._encode(texts, lambda batch: self.model.encode_query(batch, **self._options))

    def truncated(self, texts: Sequence[str]) -> Sequence[bool]:
        """See `Encoder`."""
        return [bool(count > self.max_tokens) for count in self._token_counts(texts)]

    @property
    def _options(self) -> dict[str, Any]:
        return {
            "batch_size": _BATCH,
            "normalize_embeddings": True,
            "convert_to_numpy": True,
            "show_progress_bar": False,
        }

    def _encode(self, texts: Sequence[str], encode: Callable[[list[str]], Any]) -> NDArray[np.float32]:
        """Encode the longest texts first, so that the texts in a batch have similar lengths.

        The vectors are returned in the order of the texts.
        """
        out = np.empty((len(texts), self.dim), np.float32)
        shortened = [self.shortened(text) for text in texts]
        lengths = np.minimum(self._token_counts(shortened), self.max_tokens)
        order = np.argsort(-lengths, kind="stable")
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            with self._lock, no_fork():  # torch has locks of its own, which a child could not get
                vectors = np.asarray(encode([shortened[i] for i in batch]), np.float32)
            if vectors.shape != (len(batch), self.dim):
                raise EncoderError(
                    f"model {self._located.name} returned vectors of shape {vectors.shape}, not (n, {self.dim})"
                )
            out[batch] = vectors
        return out

    def _token_counts(self, texts: Sequence[str]) -> NDArray[np.int64]:
        if not texts:
            return np.empty(0, np.int64)
        prompt = self.document_prompt
        tokenizer = self.model.tokenizer
        whole = [prompt + self.shortened(t) for t in texts]
        try:
            with self._lock, no_fork():
                tokens = tokenizer(whole, truncation=False, padding=False)["input_ids"]
        except (TypeError, ValueError, KeyError):  # another kind of tokenizer: words are good enough for the order
            return np.array([len(t.split()) for t in texts], np.int64)
        return np.array([len(t) for t in tokens], np.int64)

    def shortened(self, text: str) -> str:
        """The beginning of a text: surely everything that the model can read of it, and some more."""
        return text[: self.max_tokens * _CHARACTERS_A_TOKEN]
