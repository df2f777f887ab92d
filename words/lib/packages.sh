# Debian packages: which ones a chore needs (packaging/debian-packages), and their installation.

# The Debian that is meant, as its root folder; empty: this one (words/lib/suite.sh makes others).
system_root=

# Names of the packages that the chores given need on the release that is meant.
packages_for() {
  local release
  release=$(. "$system_root/etc/os-release" && echo "${VERSION_CODENAME:-}")
  if ! awk -v r="$release" '$1 == r { found = 1 } END { exit !found }' packaging/debian-packages; then
    echo "run: this is '$release'; known are Debian 12 (bookworm) and 13 (trixie). Going on with trixie's names." >&2
    release=trixie
  fi
  awk -v release="$release" -v chores=" $* " '
    /^[[:space:]]*(#|$)/ { next }
    ($1 == "*" || $1 == release) && index(chores, " " $2 " ") { for (i = 3; i <= NF; i++) print $i }
  ' packaging/debian-packages
}

# Of the packages given, those that are not installed. A name that another package provides counts as installed.
missing_of() {
  local installed
  installed=$(dpkg-query -W -f '${db:Status-Status} ${Package} ${Provides}\n' |
    awk '$1 == "installed" { gsub(/\([^)]*\)|,/, " "); for (i = 2; i <= NF; i++) print $i }')
  printf '%s\n' "$@" | grep -vxF "$installed" || true
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

# A package must not start a server on this machine: policy-rc.d forbids it while apt works, and Kamailio and Prometheus,
# which only the tests use, are not to start with the next boot either.
install_quietly() {
  local made_policy=no status=0
  if [ ! -e /usr/sbin/policy-rc.d ]; then
    made_policy=yes
    printf '#!/bin/sh\nexit 101\n' | as_root tee /usr/sbin/policy-rc.d >/dev/null
    as_root chmod 755 /usr/sbin/policy-rc.d
    trap 'as_root rm -f /usr/sbin/policy-rc.d' EXIT
  fi
  local server mask
  for server in kamailio prometheus; do
    mask=/etc/systemd/system/$server.service
    if [[ " $* " == *" $server "* ]] && [ ! -e "$mask" ] && [ ! -L "$mask" ]; then
      as_root mkdir -p "${mask%/*}"
      as_root ln -s /dev/null "$mask"
      echo "run: $server is for the tests only and is kept from starting by itself ('systemctl unmask $server' lifts that)"
    fi
  done
  local said
  said=$(as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
    -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 "$@" 2>&1 </dev/null) || {
    status=$?
    printf '%s\n' "$said" >&2
  }
  if [ $made_policy = yes ]; then
    as_root rm -f /usr/sbin/policy-rc.d
    trap - EXIT
  fi
  return $status
}

# need build test ...: sees to it that the packages of these chores are there; at once when they are.
need() {
  command -v dpkg-query >/dev/null || fail "this needs Debian's package tools (dpkg-query is not here)"
  local wanted missing
  wanted=$(packages_for "$@")
  # shellcheck disable=SC2086  # one word per package
  missing=$(missing_of $wanted)
  [ -n "$missing" ] || return 0
  missing=$(echo $missing)
  if [ "$(id -u)" -ne 0 ] && ! sudo -n true 2>/dev/null; then
    fail "these Debian packages are missing, and neither root nor sudo without a password is at hand to install them:
  $missing
As root:  apt-get install --no-install-recommends $missing"
  fi
  echo "run: installing $missing"
  as_root apt-get update -qq -o DPkg::Lock::Timeout=300 ||
    fail "apt-get update failed: see above; check the network and /etc/apt/sources.list"
  # shellcheck disable=SC2086
  install_quietly $missing || fail "apt-get could not install: $missing"
}
