#: package [--commit COMMIT] [--twice]
#: Debian packages of the last commit, or of COMMIT, in build/packages: snomd, snomphone, and where FreeSWITCH's headers
#: are (PKG_CONFIG_PATH for a private prefix) freeswitch-mod-snom; checked by lintian. --twice: built once more in
#: another folder and time zone, without a cache, and compared byte for byte

. words/lib/package.sh
commit=HEAD
twice=no
while [ $# -gt 0 ]; do
  case $1 in
    --commit) commit=$(git rev-parse --verify --quiet "${2:?package: --commit needs a commit}^{commit}") ||
      fail "package: there is no commit '$2'"
      shift 2 ;;
    --twice) twice=yes; shift ;;
    *) fail "package knows --commit COMMIT and --twice, not '$1'" ;;
  esac
done

need build package
if [ -n "$(git status --porcelain)" ]; then echo "run: what is not committed is not in the packages"; fi
if command -v ccache >/dev/null; then export CMAKE_CXX_COMPILER_LAUNCHER=ccache; fi
build_packages "$commit" "$home/build/packages"
# bogus-mail-host: the project has no address. Whoever hands packages on puts his own into packaging/debian/control.in.
lintian --allow-root --fail-on error,warning --suppress-tags bogus-mail-host,bogus-mail-host-in-debian-changelog \
  "$home"/build/packages/*.changes || fail "lintian found fault with the packages: see above"

if [ $twice = yes ]; then
  (export CCACHE_DISABLE=1 TZ=Pacific/Kiritimati
   build_packages "$commit" "$home/build/packages-again")
  for package in build/packages/*.deb; do
    cmp "$package" "build/packages-again/${package##*/}" ||
      fail "$package is not reproducible: built again it is not the same"
  done
  rm -rf build/packages-again
  echo "run: built twice, and byte for byte the same"
fi
(cd build/packages && sha256sum -- *.deb)
