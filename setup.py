"""The one thing that pyproject.toml cannot say: scans in C, left out without a word where there is no compiler."""

import sys

from setuptools import Extension, setup

setup(
    ext_modules=[
        Extension(
            "semsearch.vectors._kernels",
            ["semsearch/vectors/_kernels.c"],
            depends=["semsearch/vectors/_levels.h"],
            extra_compile_args=["/O2"] if sys.platform == "win32" else ["-O3"],
            py_limited_api=True,
            optional=True,
        )
    ],
    options={"bdist_wheel": {"py_limited_api": "cp311"}},
)
