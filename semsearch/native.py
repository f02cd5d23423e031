"""The only place that imports torch, FAISS and OpenVINO.

The first two bring an OpenMP runtime. On macOS a process that loads FAISS's first crashes when torch follows
(facebookresearch/faiss, many reports), so there torch goes first whenever it is installed; elsewhere the order is free
and a command that needs no model does not pay for torch.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from typing import Any


def faiss() -> Any:
    """The faiss module."""
    if sys.platform == "darwin" and importlib.util.find_spec("torch"):
        importlib.import_module("torch")
    return importlib.import_module("faiss")


def torch() -> Any:
    """The torch module."""
    return importlib.import_module("torch")


def sentence_transformers() -> Any:
    """The sentence_transformers module, with torch behind it and its own output silenced."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    importlib.import_module("torch")
    module = importlib.import_module("sentence_transformers")
    logging = importlib.import_module("transformers.utils.logging")
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    return module


def openvino() -> Any:
    """The openvino module, without the reports of its use that it sends from the import on.

    It goes on without its package ``openvino_telemetry`` where that is missing, and asks nobody before it sends.
    """
    if "openvino" not in sys.modules:
        sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # how an import is made to fail
    return importlib.import_module("openvino")
