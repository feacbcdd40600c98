#!/usr/bin/env bash
# Prints the C compiler to build with. Clang compiles the OpenGL bindings in a tenth of the time GCC takes.
set -euo pipefail
command -v clang || echo "${CC:-gcc}"
