"""A service's command line run as its unit has systemd run it, in another root, by what a process may do to itself: user,
capabilities, limits, a read-only root with the state's folder in it, and the calls of the system and kinds of sockets
that are left. For tests where no systemd runs; what is left out is in docs/packages.md.

Run as root: unit_process.py ROOT UNIT [VARIABLE=VALUE ...]
"""
import ctypes
import ctypes.util
import os
import pathlib
import pwd
import resource
import socket
import subprocess
import sys

CLONE_NEWNS = 0x00020000
MS_RDONLY, MS_NOSUID, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1, 2, 32, 4096, 16384, 1 << 18
PR_CAPBSET_DROP, PR_SET_KEEPCAPS, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 24, 8, 38, 47, 2
CAPABILITIES = {"CAP_NET_BIND_SERVICE": 10}
SCMP_ACT_ALLOW, SCMP_ACT_ERRNO, SCMP_CMP_EQ = 0x7FFF0000, 0x00050000, 4
EPERM = 1

libc = ctypes.CDLL(None, use_errno=True)


def library(name):
    found = ctypes.util.find_library(name)
    if not found:
        sys.exit(f"unit_process: lib{name} is not installed here")
    return ctypes.CDLL(found, use_errno=True)


# Before the root is another.
cap, seccomp = library("cap"), library("seccomp")
LAST_CAPABILITY = int(pathlib.Path("/proc/sys/kernel/cap_last_cap").read_text())


def check(result, what):
    if result != 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")


class Unit:
    def __init__(self, path):
        self.settings = {}  # name -> all its values, in order
        for line in path.read_text().splitlines():
            if "=" in line and not line.startswith("#"):
                name, value = line.split("=", 1)
                self.settings.setdefault(name, []).append(value)

    def __getitem__(self, name):
        return self.settings[name][-1]


def calls_of(lines):
    """The calls that SystemCallFilter= leaves: a list that a line begins, and lines with ~ take from."""
    sets = {}
    for row in subprocess.run(["systemd-analyze", "syscall-filter", "--no-pager"], capture_output=True, text=True,
                              check=True).stdout.splitlines():
        if row.startswith("@"):
            current = sets.setdefault(row.strip(), [])
        elif row.startswith("    ") and not row.strip().startswith("#"):
            current.append(row.strip())

    def all_of(name):
        return {call for part in sets[name] for call in all_of(part)} if name.startswith("@") else {name}

    left = set()
    for line in lines:
        named = {call for name in line.lstrip("~").split() for call in all_of(name)}
        left = left - named if line.startswith("~") else left | named
    return left


def mount(source, target, kind, flags, data=""):
    check(libc.mount(str(source).encode(), str(target).encode(), kind.encode() if kind else None, flags,
                     data.encode() if data else None), f"mount {target}")


def enclose(root, unit, user):
    """ProtectSystem=strict, PrivateTmp=, StateDirectory=, ProtectProc=, ProcSubset=: nothing but the state may be written."""
    check(libc.unshare(CLONE_NEWNS), "unshare")
    mount("none", "/", None, MS_REC | MS_PRIVATE)
    state = root / "var/lib" / unit["StateDirectory"]
    state.mkdir(mode=int(unit["StateDirectoryMode"], 8), exist_ok=True)
    os.chown(state, user.pw_uid, user.pw_gid)
    mount(root, root, None, MS_BIND)
    mount(state, state, None, MS_BIND)
    mount("none", root, None, MS_REMOUNT | MS_BIND | MS_RDONLY)
    mount("tmpfs", root / "tmp", "tmpfs", MS_NOSUID)
    options = ",".join(("hidepid=" + unit["ProtectProc"], "subset=" + unit["ProcSubset"]))
    mount("proc", root / "proc", "proc", MS_NOSUID, options)


def limit_calls(unit, calls):
    seccomp.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(seccomp.seccomp_init(SCMP_ACT_ERRNO | EPERM))
    for call in sorted(calls):
        number = seccomp.seccomp_syscall_resolve_name(call.encode())
        if number >= 0 and call != "socket":
            check(seccomp.seccomp_rule_add(context, SCMP_ACT_ALLOW, number, 0), call)

    class Comparison(ctypes.Structure):
        _fields_ = [("arg", ctypes.c_uint), ("op", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]

    number = seccomp.seccomp_syscall_resolve_name(b"socket")
    seccomp.seccomp_rule_add_array.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint,
                                               ctypes.POINTER(Comparison)]
    for family in unit["RestrictAddressFamilies"].split():
        equal = Comparison(0, SCMP_CMP_EQ, getattr(socket, family), 0)
        check(seccomp.seccomp_rule_add_array(context, SCMP_ACT_ALLOW, number, 1, ctypes.byref(equal)), family)
    check(seccomp.seccomp_load(context), "seccomp_load")


def become(user, unit):
    """User=, CapabilityBoundingSet=, AmbientCapabilities=, NoNewPrivileges=."""
    kept = [CAPABILITIES[name] for name in unit["AmbientCapabilities"].split()]
    bounding = [CAPABILITIES[name] for name in unit["CapabilityBoundingSet"].split()]
    for capability in range(LAST_CAPABILITY + 1):
        if capability not in bounding:
            check(libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0), "prctl(PR_CAPBSET_DROP)")
    check(libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0), "prctl(PR_SET_KEEPCAPS)")
    os.setgroups([])
    os.setresgid(user.pw_gid, user.pw_gid, user.pw_gid)
    os.setresuid(user.pw_uid, user.pw_uid, user.pw_uid)
    cap.cap_from_text.restype = ctypes.c_void_p
    names = ",".join(unit["AmbientCapabilities"].lower().split())
    check(cap.cap_set_proc(ctypes.c_void_p(cap.cap_from_text(f"{names}=eip".encode()))), "cap_set_proc")
    for capability in kept:
        check(libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0), "prctl(PR_CAP_AMBIENT)")
    check(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl(PR_SET_NO_NEW_PRIVS)")


def user_of(root, name):
    for line in (root / "etc/passwd").read_text().splitlines():
        fields = line.split(":")
        if fields[0] == name:
            return pwd.struct_passwd((*fields[:2], int(fields[2]), int(fields[3]), *fields[4:7]))
    sys.exit(f"unit_process: {root} has no user '{name}'")


def main():
    root, unit = pathlib.Path(sys.argv[1]), Unit(pathlib.Path(sys.argv[2]))
    user = user_of(root, unit["User"])
    command = unit["ExecStart"].split()
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "USER": user.pw_name,
                   "STATE_DIRECTORY": f"/var/lib/{unit['StateDirectory']}",
                   "CONFIGURATION_DIRECTORY": f"/etc/{unit['ConfigurationDirectory']}",
                   "JOURNAL_STREAM": f"{os.fstat(2).st_dev}:{os.fstat(2).st_ino}",
                   "WATCHDOG_USEC": str(int(unit["WatchdogSec"]) * 1_000_000), "WATCHDOG_PID": str(os.getpid()),
                   **dict(pair.split("=", 1) for pair in sys.argv[3:])}
    enclose(root, unit, user)
    calls = calls_of(unit.settings["SystemCallFilter"])
    os.chroot(root)
    os.chdir("/")
    os.umask(int(unit["UMask"], 8))
    # As far as this machine lets us.
    limit = min(int(unit["LimitNOFILE"]), resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    become(user, unit)
    limit_calls(unit, calls)
    os.execve(command[0], command, environment)


if __name__ == "__main__":
    main()
