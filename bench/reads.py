"""./run bench http: keys bound beside so many GETs a second, and beside as many of a server that does nothing else.
`tools`: what ./run bench is made of."""

import contextlib
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

RATE = 10000  # a second
SECONDS = 5
PHONE = "/v1/phones/1000@127.0.0.1"


def wrk(tools, server, seconds):
    """Has wrk GET one phone at that rate: alone it would take all there is. Its process, whose output says what came of it."""
    return subprocess.Popen(["wrk", "--threads", "1", "--connections", "20", "--duration", f"{seconds}s", "--latency",
                             "--script", tools.HOME / "bench" / "wrk" / "at_a_rate.lua", f"http://{server}", "--", str(RATE),
                             PHONE], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def of_wrk(process):
    """Answers a second, and within how many ms 99 of 100 came."""
    said = process.communicate(timeout=60)[0]
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s)", said)
    if rate is None or p99 is None or "Non-2xx" in said or "Socket errors" in said:
        sys.exit("bench: wrk: " + said)
    return float(rate[1]), float(p99[1]) * {"us": 0.001, "ms": 1, "s": 1000}[p99[2]]


def cost(tools, snomd):
    """Of all this machine's processors, what snomd and what wrk take for the reads and nothing else."""
    before, clients = tools.processor_seconds(snomd.pid), tools.processor_seconds_of_children()
    of_wrk(wrk(tools, snomd.http, SECONDS))
    whole = SECONDS * os.cpu_count()
    return ((tools.processor_seconds(snomd.pid) - before) / whole,
            (tools.processor_seconds_of_children() - clients) / whole)


@contextlib.contextmanager
def nginx(tools, folder, server):
    """The address of an nginx whose whole work is to answer what snomd does; None where it is not installed."""
    program = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
    if program is None:
        yield None
        return
    with urllib.request.urlopen(f"http://{server}{PHONE}", timeout=10) as answer:
        (pathlib.Path(folder) / "answer").write_bytes(answer.read())
    body = (pathlib.Path(folder) / "answer").read_text().replace("\\", "\\\\").replace("'", "\\'").replace("$", "${dollar}")
    port = tools.free_port()
    config = pathlib.Path(folder) / "nginx.conf"
    config.write_text(f"daemon off; master_process off; error_log stderr crit; pid {folder}/nginx.pid;\n"
                      "events { worker_connections 128; }\nhttp {\n access_log off; keepalive_requests 1000000000;\n"
                      " geo $dollar { default '$'; }\n"
                      + "".join(f" {kind}_temp_path {folder}/{kind};\n" for kind in
                                ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
                      + f" server {{ listen 127.0.0.1:{port}; default_type application/json;\n"
                      f"  location / {{ return 200 '{body}'; }} }} }}\n")
    with tools.program(program, "-p", folder, "-c", config):
        tools.wait_for(lambda: answers(port), 10, "nginx to answer")
        yield f"127.0.0.1:{port}"


def answers(port):
    with contextlib.suppress(OSError):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{PHONE}", timeout=10) as answer:
            return answer.status == 200
    return False


def bench(tools, rounds):
    count = 1000
    lines = tools.bind_lines(count)
    alone, beside, other, read, p99 = [], [], [], [], []
    with tempfile.TemporaryDirectory() as folder:
        snomd = tools.Snomd(folder)
        snomd.write(count)
        with snomd.running(), tools.phones(snomd.sip, count):
            snomd.wait_for_phones(count)

            def keys():
                return tools.load(snomd.http, lines, 50, SECONDS, folder)["per_second"]

            def keys_beside(server):
                reads = wrk(tools, server, SECONDS + 2)
                time.sleep(1)
                return keys(), of_wrk(reads)

            tools.load(snomd.http, lines, 50, 1, folder)
            ours, clients = cost(tools, snomd)
            with nginx(tools, folder, snomd.http) as bare:
                for _ in range(rounds):
                    alone.append(keys())
                    bound, (answered, slowest) = keys_beside(snomd.http)
                    beside.append(bound)
                    read.append(answered)
                    p99.append(slowest)
                    if bare:
                        other.append(keys_beside(bare)[0])
    tools.figure("http, reads beside keys", statistics.median(read), "a second", "more")
    tools.figure("http, reads: slowest of a hundred", statistics.median(p99), "ms", "less")
    tools.tell("http", beside, f"keys bound beside {tools.spread(read)} GETs of one phone a second ({RATE:,} asked for):", alone,
               "alone:", "a second", f"0.9 of it beside {RATE:,}", [a / b for a, b in zip(beside, alone)])
    print(f"      slowest of a hundred GETs: {statistics.median(p99):.1f} ms. Alone, these reads take {ours:.0%} of the "
          f"machine's processors in snomd and {clients:.0%} in wrk:\n      keys that need all of it are left "
          f"{1 - ours - clients:.2f} of their rate", flush=True)
    if other:
        ratio = statistics.median(a / b for a, b in zip(other, alone))
        print(f"      keys bound beside as many GETs of the same bytes from an nginx, which snomd has nothing to do with: "
              f"{tools.spread(other)} a second, {ratio:.2f} of those alone", flush=True)
    else:
        print("      nginx is not installed: what reads of another server leave of the keys was not measured", flush=True)
