#: bench [NAME...]
#: what it does a second, each figure against something outside

need build test
configure release
cmake --build --preset release
exec bench/run "$@"
