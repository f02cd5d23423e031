"""The one thing that pyproject.toml cannot say: scans in C, left out without a word where there is no compiler."""

import sys

from setuptools import Extension, setup

setup(
    ext_modules=[
        Extension(
            "semsearch.dense.scanners._kernels",
            ["semsearch/dense/scanners/_kernels.c"],
            depends=[f"semsearch/dense/scanners/{name}.h" for name in ("_buffers", "_levels", "_scans")],
            extra_compile_args=["/O2"] if sys.platform == "win32" else ["-O3"],
            py_limited_api=True,
            optional=True,
        )
    ],
    options={"bdist_wheel": {"py_limited_api": "cp311"}},
)
