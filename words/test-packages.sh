#: test-packages [--before COMMIT]
#: the packages of the last commit in a fresh minimal Debian of this release (debootstrap, as root): installed, started as the
#: unit does it, a key lit, upgraded from the packages of COMMIT (the last one before with packages), purged

. words/lib/package.sh
before=
if [ "${1:-}" = --before ]; then
  before=$(git rev-parse --verify --quiet "${2:?test-packages: --before needs a commit}^{commit}") ||
    fail "test-packages: there is no commit '$2'"
  shift 2
fi
[ "$(id -u)" -eq 0 ] || fail "test-packages makes a Debian in a folder and namespaces for it: run it as root"
need build package chroot test

# The last one that has another version than the last commit and can be packaged.
if [ -z "$before" ]; then
  for commit in $(git log --format=%H --skip=1 -- packaging/debian src); do
    git cat-file -e "$commit:packaging/debian/rules" 2>/dev/null && before=$commit && break
  done
  [ -n "$before" ] || fail "test-packages: no earlier commit has packaging/debian; name one with --before"
fi
if command -v ccache >/dev/null; then export CMAKE_CXX_COMPILER_LAUNCHER=ccache; fi
packages=$home/build/test-packages
build_if_missing() {
  local version
  version=$(package_version "$1")
  if ! compgen -G "$2/snomd_${version}_*.deb" >/dev/null; then build_packages "$1" "$2"; fi
}
build_if_missing "$before" "$packages/before"
build_if_missing HEAD "$packages/now"

codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
chroot=$home/build/chroots/$codename
if [ ! -e "$chroot.made" ]; then
  echo "run: making a minimal $codename"
  # In a namespace of its own, with which its mounts go.
  unshare --mount sh -c 'rm -rf "$2" && mkdir -p "$2" && debootstrap --variant=minbase "$1" "$2"' - "$codename" "$chroot" \
    >"$chroot.log" 2>&1 || fail "debootstrap failed, see $chroot.log"
  touch "$chroot.made"
fi
SNOM_CHROOT=$chroot SNOM_PACKAGES=$packages PYTHONDONTWRITEBYTECODE=1 \
  exec "$python" -m pytest -q -p no:cacheprovider "$@" tests/packages
