# Debian packages of a commit. They are made in a tree of their own below build/, from what git has: what is not committed
# is in none of them. They are for the Debian that is meant (system_root).

# project_version COMMIT: the one place is CMakeLists.txt.
project_version() {
  local version
  version=$(git show "$1:CMakeLists.txt" | sed -n 's/^project(mod_snom VERSION \([0-9.]*\).*/\1/p')
  [ -n "$version" ] || fail "CMakeLists.txt of $1 says no version: project(mod_snom VERSION ...)"
  echo "$version"
}

# package_version COMMIT: 2.0.0-1~deb12 of the commit that is tagged v2.0.0; before it, 2.0.0~git<time>.<commit>-1~deb12,
# which is older for dpkg than the release and newer than what was committed before.
package_version() {
  local version system
  version=$(project_version "$1") || exit 1
  system=$(. "$system_root/etc/os-release" && echo "$ID$VERSION_ID" | sed 's/^debian/deb/')
  if ! git tag --points-at "$1" | grep -qxF "v$version"; then
    version+=~git$(TZ=UTC git log -1 --format=%cd --date=format-local:%Y%m%d%H%M%S "$1").$(git rev-parse --short=8 "$1")
  fi
  echo "$version-1~$system"
}

# package_tree COMMIT TREE: its sources, with packaging/debian as debian/.
package_tree() {
  local commit=$1 tree=$2 needed
  rm -rf "$tree"
  mkdir -p "$tree"
  git archive "$commit" | tar -x -C "$tree"
  [ -d "$tree/packaging/debian" ] || fail "the commit $commit has no packaging/debian: it is older than the packages"
  cp -r "$tree/packaging/debian" "$tree/debian"
  cp "$tree/packaging/systemd/snomd.service" "$tree/debian/snomd.service"
  needed=$(packages_for build | grep -v -e '^libgtest-dev$' -e '^ca-certificates$' | sort -u | paste -sd, | sed 's/,/, /g')
  sed "s/@BUILD_DEPENDS@/$needed/" "$tree/debian/control.in" >"$tree/debian/control"
  rm "$tree/debian/control.in"
  cat >"$tree/debian/changelog" <<END
mod-snom ($(package_version "$commit")) unstable; urgency=medium

  * What has changed stands in changelog.gz beside this file.

 -- $(sed -n 's/^Maintainer: //p' "$tree/debian/control")  $(git log -1 --format=%cD "$commit")
END
}

# Where sources are while they are compiled: the same place for all commits, so that a ccache knows again what has not changed.
package_trees=$home/build/package-trees

# build_packages COMMIT FOLDER: FOLDER has the packages then.
build_packages() {
  local commit=$1 folder=$2 tree=$package_trees/mod-snom profiles=()
  rm -rf "$folder" "$package_trees"
  mkdir -p "$folder"
  package_tree "$commit" "$tree"
  if in_system "$tree" pkg-config --exists freeswitch; then
    echo "run: freeswitch-mod-snom is for FreeSWITCH $(in_system "$tree" pkg-config --modversion freeswitch)" \
      "at $(in_system "$tree" pkg-config --variable=prefix freeswitch)"
    profiles=(-Ppkg.mod-snom.freeswitch)
  else
    echo "run: freeswitch-mod-snom is left out: pkg-config finds no freeswitch (its headers, or PKG_CONFIG_PATH)"
  fi
  # A ccache with a base directory would write other names of sources into the programs than the compiler does.
  (cd "$tree" && umask 022 && export CCACHE_BASEDIR='' LC_ALL=C.UTF-8 &&
    in_system "$package_trees" dpkg-buildpackage -b -us -uc "-j${SNOM_JOBS:-$(nproc)}" "${profiles[@]}") \
    >"$folder/build.log" 2>&1 || {
    tail -n 40 "$folder/build.log" >&2
    fail "the packages could not be built: see above, and all of it in $folder/build.log"
  }
  mv "$package_trees"/*.deb "$package_trees"/*.changes "$package_trees"/*.buildinfo "$folder"
  rm -rf "$package_trees"
}
