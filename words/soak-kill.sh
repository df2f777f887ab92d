#: soak-kill [N]
#: kills snomd N times (300) under load with SIGKILL, and looks for every acknowledged key afterwards

need build test
build_programs
SNOM_KILLS=${1:-300} PYTHONDONTWRITEBYTECODE=1 \
  exec "$python" -m pytest -q -s -p no:cacheprovider tests/e2e/test_board.py -k kill_9
