# Other Debian releases than this machine's, each in a folder. Needs root, debootstrap and Debian's archive.

# chroots: the folder that all are in, made on first use and taken away with whoever runs this.
chroots=
make_chroots_folder() {
  [ -z "$chroots" ] || return 0
  [ "$(id -u)" -eq 0 ] || fail "a Debian in a folder, and namespaces for it, are root's to make: run it as root"
  chroots=$(mktemp -d "${TMPDIR:-/tmp}/snom-chroots.XXXXXX")
  trap 'rm -rf --one-file-system "$chroots"' EXIT
}

is_suite() { [[ "$1" =~ ^[a-z]+$ ]]; }
own_suite() { (. /etc/os-release && echo "${VERSION_CODENAME:-}"); }

# minimal_system SUITE: makes $chroots/SUITE, which has nothing but what each Debian has.
minimal_system() {
  make_chroots_folder
  [ ! -e "$chroots/$1" ] || return 0
  echo "run: making a minimal $1"
  # In a namespace of its own, with which its mounts go.
  unshare --mount debootstrap --variant=minbase "$1" "$chroots/$1" >"$chroots/$1.log" 2>&1 || {
    tail -n 20 "$chroots/$1.log" >&2
    fail "debootstrap could not make a $1: see above"
  }
}

# building_system SUITE: has what packages are built and judged with; what is meant from then on (system_root),
# with a place of its own for sources.
building_system() {
  local root
  minimal_system "$1"
  root=$chroots/$1-building
  if [ ! -e "$root" ]; then
    cp -a "$chroots/$1" "$root"
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"  # no server is started
    chmod 755 "$root/usr/sbin/policy-rc.d"
    cp /etc/resolv.conf /etc/hosts "$root/etc/"
  fi
  system_root=$root
  package_trees=$home/build/package-trees-$1
  local wanted
  wanted="build-essential $(packages_for build package | paste -sd' ')"
  if command -v ccache >/dev/null; then wanted+=" ccache"; fi
  echo "run: installing in the $1: $wanted"
  # shellcheck disable=SC2086  # one word per package
  in_system / sh -c 'apt-get update -qq && exec apt-get install -y -q --no-install-recommends -o Dpkg::Use-Pty=0 "$@"' - $wanted \
    >"$chroots/$1-building.log" 2>&1 </dev/null || {
    tail -n 20 "$chroots/$1-building.log" >&2
    fail "apt-get could not install in the $1: see above"
  }
}

# in_system FOLDER COMMAND...: in the Debian that is meant, which has FOLDER (and its contents, of this machine) in the same
# place, and a ccache of this machine's; the working directory stays if it is in FOLDER, else it is that.
in_system() {
  local folder=$1 cache
  shift
  if [ -z "$system_root" ]; then
    "$@"
    return
  fi
  cache=${CCACHE_DIR:-$HOME/.cache/ccache}
  mkdir -p "$cache" "$system_root$cache" "$system_root$folder"
  DEBIAN_FRONTEND=noninteractive CCACHE_DIR=$cache unshare --mount sh -c '
    root=$1 folder=$2 cache=$3 here=$(pwd)
    shift 3
    mount -t proc proc "$root/proc" && mount --bind /dev "$root/dev" && mount --bind "$cache" "$root$cache" || exit
    if [ "$folder" != / ]; then mount --bind "$folder" "$root$folder" || exit; fi
    case $here/ in "$folder"/*) ;; *) here=$folder ;; esac
    exec chroot "$root" sh -c "cd \"\$1\" && shift && exec \"\$@\"" - "$here" "$@"
  ' - "$system_root" "$folder" "$cache" "$@"
}
