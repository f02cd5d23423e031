"""All scans and all refusals, in a process of its own: `test_kernels` starts it with a build that has sanitizers.

It imports NumPy only, so that it starts fast.
"""

from __future__ import annotations

import importlib.util
import sys

from tests.dense.kernel_refusals import refuse_all
from tests.dense.kernel_scans import LEVELS, check_all


def main(path: str) -> None:
    """Run everything on the build at this path, at every level of instructions that the processor has."""
    spec = importlib.util.spec_from_file_location("_kernels", path)
    assert spec is not None
    assert spec.loader is not None
    kernels = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(kernels)
    for level in LEVELS:
        try:
            kernels.level(level)
        except ValueError:
            print("this processor has no", level)
            continue
        print(level, "right:", check_all(kernels), "refused:", refuse_all(kernels), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
