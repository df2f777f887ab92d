#: release [--try]
#: checks everything (check, test, package --twice, test-packages, as root) and writes build/release: source archive, packages,
#: SBOM (SPDX) and checksums of the commit that is tagged v<version>; --try: of any commit, with its tests left out

. words/lib/suite.sh
. words/lib/package.sh
trying=no
case ${1:-} in
  --try) trying=yes ;;
  ?*) fail "release knows --try, not '$1'" ;;
esac

need build package shells test chroot
version=$(project_version HEAD)
grep -q "^## \[\?$version" CHANGELOG.md || [ $trying = yes ] ||
  fail "release: CHANGELOG.md has no heading for $version: '## $version'"
[ -z "$(git status --porcelain)" ] || fail "release: there are changes that are not committed"
git tag --points-at HEAD | grep -qxF "v$version" || [ $trying = yes ] ||
  fail "release: the last commit is not tagged v$version (CMakeLists.txt has the version)"

./run check
if [ $trying = no ]; then
  ./run test
  ./run package --twice
  ./run test-packages
elif ! compgen -G "build/packages/snomd_$(package_version HEAD)_*.deb" >/dev/null; then
  ./run package
fi

release=build/release
rm -rf "$release"
mkdir -p "$release"
name=mod_snom-$(package_version HEAD | sed 's/-1~deb.*//')
# gzip without a name and a time in it: the same commit is the same archive.
git archive --prefix="$name/" HEAD | gzip -9n >"$release/$name.tar.gz"
cp build/packages/*.deb "$release"
"$python" packaging/release/make_sbom.py build/packages --time "$(git log -1 --format=%ct)" >"$release/$name.spdx.json"
(cd "$release" && sha256sum -- * >SHA256SUMS && cat SHA256SUMS)
