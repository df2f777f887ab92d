#: test-api
#: docs/openapi.json by others' tools: a public linter, a generated client at a real snomd; and promtool on /metrics

. words/lib/npm.sh
need build test api
build_programs
npm_tools tests/api
SNOM_BIN_DIR="$home/build/bin" PYTHONDONTWRITEBYTECODE=1 \
  "$python" -m pytest -q -p no:cacheprovider "$@" tests/api
SNOM_BIN_DIR="$home/build/bin" PYTHONDONTWRITEBYTECODE=1 \
  exec "$python" -m pytest -q -p no:cacheprovider "$@" tests/e2e/test_openapi.py tests/e2e/test_metrics.py
