"""One byte is changed in each file of a model, not its size and time. The file is refused, or decides no vector."""

from __future__ import annotations

import importlib.util
import json
import os
import random
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

import semsearch
from semsearch import encoders
from semsearch.encoders import cache, model_files
from semsearch.encoders.models import locate
from semsearch.encoders.openvino import OpenVinoEncoder
from semsearch.encoders.sentence_transformer import SentenceTransformerEncoder
from semsearch.model.errors import EncoderMismatch, ModelUnavailable, SemsearchError
from semsearch.model.protocols import Encoder
from tests.oracle import Vectors

needs_openvino = pytest.mark.skipif(importlib.util.find_spec("openvino") is None, reason="no OpenVINO here")
TEXTS = ["Kelp forests shelter young fish.", "barley on salted land: two years, 1,204 fields", "x"]
#: Files that are not a part of the fingerprint.
UNREAD = {".gitattributes", "README.md", "data_config.json"}


def _write(path: Path, content: bytes) -> None:
    """Change a file in place; its size and its time of modification stay."""
    state = path.stat()
    with path.open("r+b") as stream:
        stream.write(content)
    assert path.stat().st_size == state.st_size
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))


@contextmanager
def _flipped(path: Path, seed: int = 0) -> Iterator[None]:
    """Change one bit of one byte of a file for a while."""
    content = path.read_bytes()
    place = random.Random(seed).randrange(len(content))
    _write(path, content[:place] + bytes([content[place] ^ 1 << seed % 8]) + content[place + 1 :])
    yield
    _write(path, content)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("model") / "own"
    shutil.copytree(locate("all-MiniLM-L6-v2").folder, made)
    return made


@pytest.fixture(scope="module")
def built(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> semsearch.Index:
    index = semsearch.open(tmp_path_factory.mktemp("of") / "index", model=str(folder))
    index.add([{"title": text} for text in TEXTS])
    return index


def _files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@pytest.mark.model
@pytest.mark.parametrize("seed", range(3))
def test_every_file_of_a_model_with_one_byte_changed(folder: Path, built: semsearch.Index, seed: int) -> None:
    names = _files(folder)
    assert len(names) == 13
    refused = []
    for name in names:
        before = (folder / name).read_bytes()
        with _flipped(folder / name, seed):
            if name.endswith(".json") and _value(before) == _value((folder / name).read_bytes()):
                refused.append(name)  # a capital letter in 1e-12: nothing has changed
                continue
            try:
                semsearch.open(built.path).search("kelp")
            except (EncoderMismatch, ModelUnavailable) as error:
                assert len(str(error).splitlines()) == 1
                assert name in str(error) or name == "model.safetensors" or isinstance(error, ModelUnavailable)
                refused.append(name)
    assert set(names) - set(refused) == UNREAD
    assert len(semsearch.open(built.path).search("kelp")) == 3


def _value(content: bytes) -> object:
    try:
        return json.loads(content)
    except ValueError:
        return content


def _both(folder: Path) -> list[tuple[str, Vectors]]:
    made: list[Encoder] = [encoders.load(str(folder)), SentenceTransformerEncoder(locate(str(folder)))]
    return [(json.dumps(dict(e.fingerprint)), e.encode_documents(TEXTS)) for e in made]


@pytest.mark.model
def test_files_that_are_not_counted_decide_no_vector(folder: Path) -> None:
    expected = _both(folder)
    kept = {name: (folder / name).read_bytes() for name in UNREAD}
    for name in UNREAD:
        _write(folder / name, b"\0" * len(kept[name]))  # every byte of them
    found = _both(folder)
    for name in UNREAD:
        (folder / name).unlink()
    without = _both(folder)
    for name, content in kept.items():
        (folder / name).write_bytes(content)
    for others in (found, without):
        for (told, vectors), (other, again) in zip(expected, others, strict=True):
            assert told == other
            np.testing.assert_array_equal(vectors, again)


@pytest.mark.model
def test_a_file_that_appears_and_one_that_goes(folder: Path, built: semsearch.Index) -> None:
    for name, content in {
        "added_tokens.json": '{"kelp": 30522}',
        "adapter_config.json": "{}",
        "2_Normalize/config.json": '{"module_input_name": "token_embeddings"}',
        "chat_template.jinja": "x",
    }.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(content)
        with pytest.raises(EncoderMismatch, match=f"{name}=none.* not with .*{name}="):
            semsearch.open(built.path).search("kelp")
        (folder / name).unlink()
    (folder / "2_Normalize").rmdir()
    (folder / "vocab.txt").rename(folder / "other")
    with pytest.raises(EncoderMismatch, match=r"vocab.txt=07eced375cec, not with .* vocab.txt=none"):
        semsearch.open(built.path).search("kelp")
    (folder / "other").rename(folder / "vocab.txt")
    assert semsearch.open(built.path).search("kelp")


@pytest.mark.model
def test_layout_of_a_configuration_does_not_count(folder: Path, built: semsearch.Index) -> None:
    path = folder / "config.json"
    content = path.read_bytes()
    path.write_text(json.dumps(json.loads(content), separators=(",", ":")))
    assert semsearch.open(built.path).search("kelp")
    path.write_bytes(content)


def test_files_of_all_modules_count(tmp_path: Path) -> None:
    for name in (
        "model.safetensors", "config.json", "2_Dense/model.safetensors", "2_Dense/config.json", "3_Router/q/vocab.txt",
        "onnx/config.json", ".cache/x.json", "9_Unused/config.json", "pytorch_model.bin", "README.md",
    ):  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    modules = [{"path": path} for path in ("", "1_Pooling", "2_Dense", "3_Router")]
    (tmp_path / "modules.json").write_text(json.dumps(modules))
    assert list(model_files.digests(tmp_path)) == [
        "2_Dense/config.json",
        "2_Dense/model.safetensors",
        "3_Router/q/vocab.txt",
        "config.json",
        "modules.json",
    ]


def test_a_hash_is_that_of_the_file_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEMSEARCH_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "weights"
    path.write_bytes(b"a" * 1000)
    now = time.time_ns
    for ahead in (0, 10**11):  # just written; and long ago, so that the cache believes it
        monkeypatch.setattr("time.time_ns", lambda ahead=ahead: now() + ahead)
        for letter in b"bcdefghij":
            digests = {cache.sha256(path), cache.sha256(path)}
            _write(path, bytes([letter]) * 1000)
            assert cache.sha256(path) not in digests
            assert cache.sha256(path) == cache.computed_sha256(path)
    if os.name != "nt":
        assert (tmp_path / "cache" / "digests.json").is_file()
        monkeypatch.setattr(cache, "computed_sha256", lambda path: "hashed again")
        assert cache.sha256(path) != "hashed again"


def test_a_damaged_hash_in_the_cache_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEMSEARCH_CACHE", str(tmp_path / "cache"))
    now = time.time_ns
    monkeypatch.setattr("time.time_ns", lambda: now() + 10**11)
    path = tmp_path / "weights"
    path.write_bytes(b"a" * 1000)
    right = cache.sha256(path)
    kept = tmp_path / "cache" / "digests.json"
    for digit in (5, 40, 63):
        damaged = right[:digit] + ("0" if right[digit] != "0" else "1") + right[digit + 1 :]
        kept.write_text(kept.read_text().replace(right, damaged))
        assert cache.sha256(path) == right
        assert right in kept.read_text()


@pytest.mark.model
def test_weights_are_hashed_when_they_are_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = SentenceTransformerEncoder(locate(str(folder)))
    assert encoder.fingerprint
    with _flipped(folder / "model.safetensors"), pytest.raises(ModelUnavailable, match="have changed"):
        encoder.encode_queries(["kelp"])
    with _flipped(folder / "tokenizer.json"), pytest.raises(ModelUnavailable, match="have just changed"):
        encoder.encode_queries(["kelp"])
    assert encoder.encode_queries(["kelp"]).shape == (1, 384)


@pytest.mark.model
@needs_openvino
def test_every_file_of_an_exported_model_with_one_byte_changed(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEMSEARCH_CACHE", str(tmp_path / "cache"))
    expected = encoders.load(str(folder)).encode_documents(TEXTS)
    (export,) = (path.parent for path in (tmp_path / "cache").glob("*/model.json"))
    whole = tmp_path / "whole"
    shutil.copytree(export, whole)
    assert _files(export) == ["model.bin", "model.json", "model.xml"]
    for name in _files(whole):
        for seed in range(2):
            with _flipped(export / name, seed):
                encoder = encoders.load(str(folder))
                assert isinstance(encoder, OpenVinoEncoder)
                if encoder.runtime != "torch, float32":  # a digit of the vectors that are compared, maybe
                    assert name == "model.json"
                    assert np.abs(encoder.encode_documents(TEXTS) - expected).max() < 1e-6
                    continue
                assert not export.exists()  # made anew the next time
                shutil.copytree(whole, export)
    assert encoders.load(str(folder)).fingerprint == SentenceTransformerEncoder(locate(str(folder))).fingerprint
    again = encoders.load(str(folder))
    np.testing.assert_array_equal(again.encode_documents(TEXTS), expected)
    assert isinstance(again, OpenVinoEncoder)
    assert again.runtime == "OpenVINO, float32"


@pytest.mark.model
@needs_openvino
def test_models_of_the_same_weights_and_other_files_have_their_own_exports(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEMSEARCH_CACHE", str(tmp_path / "cache"))
    first = encoders.load(str(folder)).encode_documents(TEXTS)
    path = folder / "config.json"
    content = path.read_text()
    (export,) = (path.parent for path in (tmp_path / "cache").glob("*/model.json"))
    kept = shutil.copytree(export, tmp_path / "kept")
    path.write_text(content.replace('"gelu"', '"relu"'))
    other = encoders.load(str(folder))
    torch = SentenceTransformerEncoder(locate(str(folder))).encode_documents(TEXTS)
    assert np.abs(other.encode_documents(TEXTS) - torch).max() < 2e-6
    assert np.abs(torch - first).max() > 1e-3
    (export,) = (path.parent for path in (tmp_path / "cache").glob("*/model.json") if path.parent != export)
    shutil.rmtree(export)
    shutil.copytree(kept, export)  # the other model's, under this one's name
    again = encoders.load(str(folder))
    assert np.abs(again.encode_documents(TEXTS) - torch).max() < 2e-6
    path.write_text(content)


class Filed:
    """An encoder with files in its fingerprint. Older indexes have none in theirs."""

    dim = 384

    def __init__(self, inner: Encoder, *, files: bool = True, sign: float = 1.0) -> None:
        self._inner, self._files, self._sign = inner, files, sign

    @property
    def fingerprint(self) -> dict[str, str]:
        told = dict(self._inner.fingerprint) | {"files": '{"config.json": "ab"}'}
        return told if self._files else {k: v for k, v in told.items() if k != "files"}

    def encode_documents(self, texts: list[str]) -> Vectors:
        return self.encode_queries(texts)

    def encode_queries(self, texts: list[str]) -> Vectors:
        return np.float32(self._sign) * self._inner.encode_queries(texts)

    def truncated(self, texts: list[str]) -> list[bool]:
        return [False] * len(texts)


def test_an_older_index_goes_on_and_learns_the_files(tmp_path: Path, encoder: Encoder) -> None:
    old = semsearch.open(tmp_path / "index", encoder=_filed(encoder, files=False))
    old.add([{"title": "kelp"}, {"title": "moss"}])
    new = semsearch.open(tmp_path / "index", encoder=_filed(encoder))
    assert len(new.search("kelp")) == 2
    assert "files" not in new.status().encoder
    with pytest.raises(EncoderMismatch, match="its files as they are now"):
        semsearch.open(tmp_path / "index", encoder=_filed(encoder, sign=-1.0)).add({"title": "fen"})
    new.add({"title": "fen"})
    assert new.status().encoder["files"] == '{"config.json": "ab"}'
    with pytest.raises(SemsearchError, match=r"config.json=ab, not with model=words config.json=none"):
        old.search("kelp")


def _filed(encoder: Encoder, *, files: bool = True, sign: float = 1.0) -> Encoder:
    made = Filed(encoder, files=files, sign=sign)
    made.dim = encoder.dim
    return made  # type: ignore[return-value]  # lists where any sequence would do
