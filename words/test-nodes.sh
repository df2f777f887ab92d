#: test-nodes [--phones=N] [--kills=N] [--pause=S]
#: several snomd with one PostgreSQL and a Kamailio, under load, while they are killed, stopped and cut off

need test
build_programs
SNOM_BIN_DIR="$home/build/bin" PYTHONDONTWRITEBYTECODE=1 \
  exec "$python" -m pytest -q -s -p no:cacheprovider "$@" tests/nodes_real
