#!/usr/bin/env bash
# Runs a command with a display of its own, 1440 by 900 with software OpenGL, so that tests never touch the user's.
set -euo pipefail
command -v xvfb-run >/dev/null || exec "$@"
exec xvfb-run -a -s "-screen 0 1440x900x24 +extension GLX" "$@"
