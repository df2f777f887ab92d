#: test-packages [--suite SUITE] [--before COMMIT]
#: the packages of the last commit in a fresh minimal Debian of this release, or of SUITE (trixie): installed, started as the
#: unit does it, a key lit, upgraded from the packages of COMMIT (the last one before with packages), purged. As root:
#: debootstrap makes that Debian, and for another release than this one another to build the packages in; both go afterwards

. words/lib/suite.sh
. words/lib/package.sh
before=
suite=$(own_suite)
while [ $# -gt 0 ]; do
  case $1 in
    --before) before=$(git rev-parse --verify --quiet "${2:-}^{commit}") || fail "test-packages: there is no commit '${2:-}'"
      shift 2 ;;
    --suite) suite=${2:-}; is_suite "$suite" || fail "test-packages: --suite wants a Debian release, as trixie, not '$suite'"
      shift 2 ;;
    *) break ;;
  esac
done
need build package chroot test

# The last one that has another version than the last commit and can be packaged.
if [ -z "$before" ]; then
  for commit in $(git log --format=%H --skip=1 -- packaging/debian src); do
    git cat-file -e "$commit:packaging/debian/rules" 2>/dev/null && before=$commit && break
  done
  [ -n "$before" ] || fail "test-packages: no earlier commit has packaging/debian; name one with --before"
fi
if command -v ccache >/dev/null; then export CMAKE_CXX_COMPILER_LAUNCHER=ccache; fi

made=$home/build/packages  # by ./run package, perhaps of this very commit
if [ "$suite" != "$(own_suite)" ]; then
  made+=-$suite
  building_system "$suite"
fi
packages=$home/build/test-packages-$suite
# build_if_missing COMMIT FOLDER
build_if_missing() {
  local version
  version=$(package_version "$1")
  if compgen -G "$2/snomd_${version}_*.deb" >/dev/null; then return; fi
  if compgen -G "$made/snomd_${version}_*.deb" >/dev/null; then
    rm -rf "$2"
    mkdir -p "$2"
    cp "$made"/*.deb "$2"
    return
  fi
  build_packages "$1" "$2"
}
build_if_missing "$before" "$packages/before"
build_if_missing HEAD "$packages/now"

minimal_system "$suite"
SNOM_CHROOT=$chroots/$suite SNOM_PACKAGES=$packages PYTHONDONTWRITEBYTECODE=1 \
  "$python" -m pytest -q -p no:cacheprovider "$@" tests/packages
