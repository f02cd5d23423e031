"""The compiled scans check every buffer, and read and write nothing outside of them."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from semsearch.dense.scanners import native as kernels
from tests.conftest import ROOT
from tests.dense import kernel_refusals, kernel_scans
from tests.dense.kernel_refusals import Arguments

SOURCE = Path(kernels.__file__).with_name("_kernels.c")
#: Beyond those of "undefined": a float that does not fit into an integer, and a division by 0.
SANITIZERS = "-fsanitize=address,undefined,float-cast-overflow,float-divide-by-zero"
#: Reads one byte of some memory, which may be outside of it.
CANARY = "char byte_at(const char *memory, long place) { return memory[place]; }"
READ_OUTSIDE = (
    "import ctypes, sys; ctypes.CDLL(sys.argv[1]).byte_at(ctypes.create_string_buffer(100), ctypes.c_long(100))"
)

needs_kernels = pytest.mark.skipif(kernels.compiled is None, reason="the package was installed without a compiler")


@pytest.fixture(params=kernel_scans.LEVELS)
def level(request: pytest.FixtureRequest) -> Iterator[str]:
    best = kernels.level()
    try:
        kernels.compiled.level(request.param)
    except ValueError:
        pytest.skip(f"this processor has no {request.param}")
    yield request.param
    kernels.compiled.level(best)


@needs_kernels
def test_scans_of_all_shapes_find_what_numpy_finds(level: str) -> None:
    assert kernel_scans.check_all(kernels.compiled) > 500


WRONG = kernel_refusals.wrong_calls()


@needs_kernels
@pytest.mark.parametrize(("function", "arguments"), WRONG.values(), ids=WRONG)
def test_wrong_arguments_are_refused_before_anything_is_written(function: str, arguments: Arguments) -> None:
    assert kernel_refusals.refuse(kernels.compiled, function, arguments).startswith(f"{function}: ")


@needs_kernels
def test_messages_say_what_is_wrong() -> None:
    def message(function: str, name: str, wrong: object) -> str:
        return kernel_refusals.refuse(kernels.compiled, function, kernel_refusals.RIGHT[function]() | {name: wrong})

    assert message("pairs", "starts", np.zeros(63, np.int32)) == (
        "pairs: starts has 252 bytes; the other arguments say 256"
    )
    assert message("nearest", "best", np.zeros((9, 4))) == "nearest: best has to be of type float32"
    too_many = kernel_refusals.refuse(kernels.compiled, *WRONG["pack: more rows than there are"])
    assert too_many == "pack: rows to quantise is 5; it has to lie between 0 and 0"
    assert message("highest", "last", 3) == "highest: last is 3; it has to lie between 0 and 2"
    assert (
        message("pack", "sums", np.zeros(128, np.int32)[::2])
        == "pack: sums has to be contiguous in C order and writable"
    )


@needs_kernels
def test_what_numpy_refuses_to_give_is_told_in_the_same_words() -> None:
    strided = kernel_refusals.RIGHT["pack"]() | {"sums": np.zeros(128, np.int32)[::2]}
    with pytest.raises(ValueError, match="pack: sums has to be contiguous in C order and writable"):
        kernels.compiled.pack(*strided.values())


@needs_kernels
def test_no_buffer_is_held_after_a_right_call() -> None:
    for function, right in kernel_refusals.RIGHT.items():
        given = [value.data if isinstance(value, np.ndarray) else value for value in right().values()]
        getattr(kernels.compiled, function)(*given)
        for value in given:
            if isinstance(value, memoryview):
                value.release()  # a BufferError if it is held


@needs_kernels
def test_what_is_no_buffer_is_a_type_error() -> None:
    for function, right in kernel_refusals.RIGHT.items():
        for name, value in right().items():
            if isinstance(value, np.ndarray):
                with pytest.raises(TypeError):
                    getattr(kernels.compiled, function)(*(right() | {name: [1, 2, 3]}).values())


# -- under sanitizers ----------------------------------------------------------------------------------------------------


class Sanitized:
    """A compiler with sanitizers, and a Python that runs what it makes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._compiler = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")[:1]
        if not sys.platform.startswith("linux") or not shutil.which(self._compiler[0]):
            pytest.skip("no C compiler here, or not Linux")
        # Python itself is built without it, so it has to be there before everything else.
        found = subprocess.run(
            [*self._compiler, "-print-file-name=libasan.so"], capture_output=True, text=True, check=False
        )
        self._library = found.stdout.strip()
        if not Path(self._library).is_absolute():
            pytest.skip(f"{self._compiler[0]} has no address sanitizer that can be preloaded")

    def build(self, source: Path) -> Path:
        target = self._folder / f"{source.stem}.so"
        flags = ["-shared", "-fPIC", "-O1", "-g", "-fno-omit-frame-pointer", SANITIZERS, "-fno-sanitize-recover=all"]
        include = f"-I{sysconfig.get_path('include')}"
        made = subprocess.run(
            [*self._compiler, *flags, include, str(source), "-o", str(target), "-lm"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if "Python.h: No such file" in made.stderr:
            pytest.skip("Python was installed without its headers")
        assert made.returncode == 0, made.stderr
        return target

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {
            "LD_PRELOAD": self._library,
            "ASAN_OPTIONS": "detect_leaks=0",  # Python frees little of what it has at its end
            "UBSAN_OPTIONS": "print_stacktrace=1",
            "PYTHONMALLOC": "malloc",  # each object with the sanitizer's marks around it, small ones too
            "PYTHONPATH": str(ROOT),
            "OPENBLAS_NUM_THREADS": "1",
        }
        return subprocess.run(
            [sys.executable, *arguments], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
        )


@pytest.fixture(scope="module")
def sanitized(tmp_path_factory: pytest.TempPathFactory) -> Sanitized:
    return Sanitized(tmp_path_factory.mktemp("sanitized"))


def test_the_sanitizer_sees_one_byte_too_many(sanitized: Sanitized, tmp_path: Path) -> None:
    """Else the next test would tell nothing."""
    source = tmp_path / "canary.c"
    source.write_text(CANARY)
    seen = sanitized.run("-c", READ_OUTSIDE, str(sanitized.build(source)))
    assert seen.returncode != 0
    assert "AddressSanitizer: heap-buffer-overflow" in seen.stderr


def test_scans_stay_inside_of_their_buffers_and_do_nothing_undefined(sanitized: Sanitized) -> None:
    run = sanitized.run("-m", "tests.dense.run_kernels", str(sanitized.build(SOURCE)))
    assert run.returncode == 0, run.stdout + run.stderr
    done = [line for line in run.stdout.splitlines() if "right:" in line]
    assert done[-1].startswith("generic")
