"""The only place that imports torch, FAISS and OpenVINO.

The first two bring an OpenMP runtime. On macOS a process that loads FAISS's first crashes when torch follows
(facebookresearch/faiss, many reports), so there torch goes first whenever it is installed; elsewhere the order is free
and a command that needs no model does not pay for torch.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import os
import sys
from threading import RLock
from typing import TYPE_CHECKING, Any

from semsearch.model.forking import ForkSafeLock

if TYPE_CHECKING:
    from collections.abc import Callable

_CONVERTER = "openvino.tools.ovc"
#: Held while one of the libraries is imported. Their packages import each other in circles; Python lets one of two
#: threads that would wait for each other go on with a module that is not complete.
_IMPORTING = ForkSafeLock(RLock)


def _alone(imported: Callable[[], Any]) -> Callable[[], Any]:
    """The function, called by one thread at a time."""

    @functools.wraps(imported)
    def alone() -> Any:
        with _IMPORTING:
            return imported()

    return alone


@_alone
def faiss() -> Any:
    """The faiss module."""
    if sys.platform == "darwin" and importlib.util.find_spec("torch"):
        importlib.import_module("torch")
    return importlib.import_module("faiss")


@_alone
def torch() -> Any:
    """The torch module."""
    return importlib.import_module("torch")


@_alone
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


@_alone
def openvino() -> Any:
    """The openvino module, without the reports of its use that it sends from the import on, and without its converter.

    It goes on without its package ``openvino_telemetry`` where that is missing, and asks nobody before it sends. The
    converter takes a fifth of the import, and is needed once (`openvino_converter`).
    """
    if "openvino" not in sys.modules:
        for name in ("openvino_telemetry", _CONVERTER):
            sys.modules.setdefault(name, None)  # type: ignore[arg-type]  # how an import is made to fail
    return importlib.import_module("openvino")


@_alone
def openvino_converter() -> Any:
    """The module of openvino that converts models."""
    openvino()
    if sys.modules.get(_CONVERTER) is None:
        sys.modules.pop(_CONVERTER, None)
    return importlib.import_module(_CONVERTER)
