#: flood
#: how long commands take while strangers send 50,000 REGISTERs a second for 8 s

need build test
build_programs
exec bench/flood "$@"
