#: package [--commit COMMIT] [--suite SUITE] [--twice]
#: Debian packages of the last commit, or of COMMIT, in build/packages: snomd, snomphone, and where FreeSWITCH's headers
#: are (PKG_CONFIG_PATH for a private prefix) freeswitch-mod-snom; checked by lintian. --suite: for another Debian (trixie),
#: built in one that is made for it (debootstrap, as root), in build/packages-SUITE. --twice: built once more in another
#: folder and time zone, without a cache, and compared byte for byte

. words/lib/suite.sh
. words/lib/package.sh
commit=HEAD
suite=$(own_suite)
twice=no
while [ $# -gt 0 ]; do
  case $1 in
    --commit) commit=$(git rev-parse --verify --quiet "${2:-}^{commit}") || fail "package: there is no commit '${2:-}'"
      shift 2 ;;
    --suite) suite=${2:-}; is_suite "$suite" || fail "package: --suite wants a Debian release, as trixie, not '$suite'"
      shift 2 ;;
    --twice) twice=yes; shift ;;
    *) fail "package knows --commit COMMIT, --suite SUITE and --twice, not '$1'" ;;
  esac
done

packages=build/packages
if [ "$suite" = "$(own_suite)" ]; then
  need build package shells
else
  need build package chroot
  packages+=-$suite
  building_system "$suite"
fi
if [ -n "$(git status --porcelain)" ]; then echo "run: what is not committed is not in the packages"; fi
if command -v ccache >/dev/null; then export CMAKE_CXX_COMPILER_LAUNCHER=ccache; fi
build_packages "$commit" "$home/$packages"
# bogus-mail-host: the project has no address. Whoever hands packages on puts his own into packaging/debian/control.in.
in_system "$home/$packages" lintian --allow-root --fail-on error,warning \
  --suppress-tags bogus-mail-host,bogus-mail-host-in-debian-changelog "$home/$packages"/*.changes ||
  fail "lintian found fault with the packages: see above"

if [ $twice = yes ]; then
  (export CCACHE_DISABLE=1 TZ=Pacific/Kiritimati
   package_trees=$home/build/package-trees-again
   build_packages "$commit" "$home/$packages-again")
  for package in "$packages"/*.deb; do
    cmp "$package" "$packages-again/${package##*/}" ||
      fail "$package is not reproducible: built again it is not the same"
  done
  rm -rf "$packages-again"
  echo "run: built twice, and byte for byte the same"
fi
(cd "$packages" && sha256sum -- *.deb)
