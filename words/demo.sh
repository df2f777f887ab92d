#: demo [--once]
#: snomd and two virtual phones on free loopback ports, step by step; --once ends by itself

build_programs
exec "$python" demo/demo.py "$@"
