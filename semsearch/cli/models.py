"""``semsearch models``: list the models that are known by name."""

from __future__ import annotations

import json
from typing import Annotated

import typer

_WHERE = {
    "cache": "on this disk",
    "package": "on this disk, from a package",
    "hub": "to download from the model hub",
}


def run(as_json: Annotated[bool, typer.Option("--json", help="Print a JSON list.")] = False) -> None:
    """List the models known by name.

    With their prompts and published nDCG@10. --model takes any other sentence-transformer, too.
    """
    from semsearch import service

    models = service.models()
    if as_json:
        print(json.dumps([model.to_dict() for model in models], indent=2))
        return
    heads = ("model", "million", "dim", "tokens", "pooling", "licence", *models[0].known.published)
    rows = [
        (
            known.name, str(known.parameters), str(known.dim), str(known.max_tokens), known.pooling, known.licence,
            *("-" if value is None else f"{value:.4f}" for value in known.published.values()),
        )
        for known, *_ in models
    ]  # fmt: skip
    widths = [max(len(row[column]) for row in (heads, *rows)) for column in range(len(heads))]
    for row in (heads, *rows):
        print("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())
    print()
    for known, where, is_default in models:
        prompts = "; ".join(f"{kind} prompt '{text}'" for kind, text in known.prompts.items())
        default = "the default; " if is_default else ""
        languages = f"; {known.languages}" if known.languages != "English" else ""
        print(f"{known.name}: {default}{_WHERE[where]}{languages}{'; ' if prompts else ''}{prompts}")
    print("\nnDCG@10 as published, - where no figure was found; sources: --json, docs/models.md")
