"""The only place that imports torch, FAISS and OpenVINO.

torch and FAISS each bring an OpenMP runtime. On macOS a process crashes if it loads FAISS before torch
(facebookresearch/faiss, many reports). So there torch is imported first, if it is installed. Elsewhere the order does
not matter, and a command that needs no model does not import torch.
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
#: Held while one of the libraries is imported. Their modules import each other in circles. If two threads wait for each
#: other then, Python lets one of them go on with a module that is not complete.
_IMPORTING = ForkSafeLock(RLock)


def _alone(imported: Callable[[], Any]) -> Callable[[], Any]:
    """Make a function that only one thread at a time can run."""

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
    """The sentence_transformers module, without the output that it writes by itself. torch is imported first."""
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
    """The openvino module, without its reports about use, and without its converter.

    The package ``openvino_telemetry`` sends reports about use without a question, and openvino works without it. The
    converter takes a fifth of the time of the import, and is needed only once (`openvino_converter`).
    """
    if "openvino" not in sys.modules:
        for name in ("openvino_telemetry", _CONVERTER):
            sys.modules.setdefault(name, None)  # type: ignore[arg-type]  # so the import of this module fails
    return importlib.import_module("openvino")


@_alone
def openvino_converter() -> Any:
    """The module of openvino that converts models; `openvino` leaves it out."""
    openvino()
    if sys.modules.get(_CONVERTER) is None:
        sys.modules.pop(_CONVERTER, None)
    return importlib.import_module(_CONVERTER)
