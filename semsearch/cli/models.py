"""``semsearch models``: the models that are known by name."""

from __future__ import annotations

import json
from typing import Annotated

import typer

_WHERE = {"cache": "on this disk", "package": "on this disk, from a package", "hub": "to be had from the model hub"}


def run(as_json: Annotated[bool, typer.Option("--json", help="As a JSON list.")] = False) -> None:
    """Models that --model knows by name, with published nDCG@10; any other sentence-transformer works too."""
    from semsearch.encoders.models import whereabouts
    from semsearch.encoders.registry import COLLECTIONS, DEFAULT_MODEL, MODELS

    if as_json:
        print(json.dumps([known.to_dict() | {"where": whereabouts(known)} for known in MODELS.values()], indent=2))
        return
    heads = ("model", "million", "dim", "tokens", "pooling", "licence", *COLLECTIONS)
    rows = [
        (
            known.name, str(known.parameters), str(known.dim), str(known.max_tokens), known.pooling, known.licence,
            *("-" if value is None else f"{value:.4f}" for value in known.ndcg),
        )
        for known in MODELS.values()
    ]  # fmt: skip
    widths = [max(len(row[column]) for row in (heads, *rows)) for column in range(len(heads))]
    for row in (heads, *rows):
        print("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())
    print()
    for known in MODELS.values():
        prompts = "; ".join(f"{kind} prompt '{text}'" for kind, text in known.prompts.items())
        default = "the default; " if known.name == DEFAULT_MODEL else ""
        languages = f"; {known.languages}" if known.languages != "English" else ""
        print(f"{known.name}: {default}{_WHERE[whereabouts(known)]}{languages}{'; ' if prompts else ''}{prompts}")
    print("\nnDCG@10 as published, - where no figure was found; sources: --json, docs/models.md")
