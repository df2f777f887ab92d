# Configuring and building with CMake.

# configure PRESET: quick when nothing changed.
configure() {
  local launcher='' said
  if command -v ccache >/dev/null; then launcher=ccache; fi
  said=$(cmake --preset "$1" -DCMAKE_CXX_COMPILER_LAUNCHER="$launcher" -Wno-dev 2>&1) || {
    printf '%s\n' "$said" >&2
    fail "CMake could not configure: see above"
  }
}

programs=(snomd snomctl snomphone)

build_programs() {
  need build
  configure release
  local targets=("${programs[@]}")
  if grep -q '^build freeswitch/mod_snom.so:' build/build.ninja; then targets+=(mod_snom); fi
  cmake --build --preset release --target "${targets[@]}"
}

# build_for_freeswitch PREFIX: mod_snom.so, a virtual phone and a snomd; sets module_build to the build folder. One a series.
build_for_freeswitch() {
  [ -x "$1/bin/freeswitch" ] || fail "'$1' is no prefix that FreeSWITCH is installed at (expected $1/bin/freeswitch)"
  need build test
  local version said
  export PKG_CONFIG_PATH=$1/lib/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
  version=$(pkg-config --modversion freeswitch) ||
    fail "no headers of the FreeSWITCH at '$1': pkg-config finds no freeswitch in $1/lib/pkgconfig"
  module_build=$home/build/freeswitch-$version
  said=$(cmake --preset release -B "$module_build" -DSNOM_FREESWITCH=ON -DSNOM_TESTS=OFF -DSNOM_BENCH=OFF -Wno-dev \
    -DCMAKE_CXX_COMPILER_LAUNCHER="$(command -v ccache || true)" 2>&1) || {
    printf '%s\n' "$said" >&2
    fail "CMake could not configure: see above"
  }
  cmake --build "$module_build" --target mod_snom snomd snomctl snomphone
}
