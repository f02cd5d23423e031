"""The one thing that pyproject.toml cannot say: scans in C, left out without a word where there is no compiler."""

import sys

from setuptools import Extension, setup

# No product may be added to a sum without rounding, so that every processor gives the same scores as NumPy.
OPTIONS = ["/O2"] if sys.platform == "win32" else ["-O3", "-ffp-contract=off"]

setup(
    ext_modules=[
        Extension(
            name,
            [f"{name.replace('.', '/')}.c"],
            depends=[f"semsearch/dense/scanners/{header}.h" for header in ("_buffers", "_levels", "_scans")],
            extra_compile_args=OPTIONS,
            py_limited_api=True,
            optional=True,
        )
        for name in ("semsearch.dense.scanners._kernels", "semsearch.lexical._postings")
    ],
    options={"bdist_wheel": {"py_limited_api": "cp311"}},
)
