"""./run bench nodes: keys by one, two and three snomd with one PostgreSQL beside one with a file; how long it takes until
another node has a dead one's phones; what a phone takes. `tools`: what ./run bench is made of."""

import contextlib
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "e2e"))

PHONES = 1500
IN_FLIGHT = 200


class Node:
    """One snomd on an address of its own; `more`: where its keys are."""

    def __init__(self, tools, folder, number, more):
        self.tools = tools
        self.folder = pathlib.Path(folder, f"node{number}")
        self.folder.mkdir()
        self.number = number
        text = (f'[[profile]]\nname = "internal"\nlisten = ["udp:127.0.0.{10 + number}:0"]\ndomain = "example.test"\n'
                f'[http]\nlisten = "127.0.0.1:0"\n{more.format(number=number)}\n')
        for user in range(1000, 1000 + PHONES):
            text += f'[[user]]\nname = "{user}"\npassword = "{tools.PASSWORD}"\n'
        self.config = self.folder / "snomd.toml"
        self.config.write_text(text)

    @contextlib.contextmanager
    def running(self):
        with self.tools.program(self.tools.BIN / "snomd", "--config", self.config, "--log-level", "warn",
                                stdout=subprocess.PIPE) as process:
            self.process = process
            for line in process.stdout:
                words = line.split()
                if words[:2] == ["listening", "internal"]:
                    self.sip = words[2].removeprefix("udp:")
                elif words[:2] == ["listening", "http"]:
                    self.http = words[2]
                elif words == ["ready"]:
                    break
            else:
                sys.exit("bench: snomd did not start")
            yield self

    def status(self):
        with urllib.request.urlopen(f"http://{self.http}/v1/status", timeout=30) as answer:
            return json.load(answer)

    def held(self):
        status = self.status()
        return status["node"]["phones"] if status["node"] else status["registered"]

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / 100


@contextlib.contextmanager
def world(tools, folder, count, more):
    """So many nodes, each with its share of the phones."""
    with contextlib.ExitStack() as stack:
        nodes = [stack.enter_context(Node(tools, folder, number, more).running()) for number in range(1, count + 1)]
        share = PHONES // count
        for place, node in enumerate(nodes):
            stack.enter_context(tools.program(
                tools.LOAD / "snomphone", "--server", node.sip, "--user", 1000 + place * share, "--password", tools.PASSWORD,
                "--count", share, "--rate", "1000", "--domain", "example.test", "--filter-registrar", "off", "--quiet"))
        tools.wait_for(lambda: sum(node.held() for node in nodes) == share * count, 120, "all phones to have a node")
        tools.wait_for(lambda: not any(node.status()["restores_waiting"] for node in nodes), 120, "all phones to have their keys")
        yield nodes


def lines(count):
    return [f"snom_button {user}@example.test {key} light={light} label=Line{key}" for light in ("on", "hold")
            for key in range(1, 13) for user in range(1000, 1000 + count)]


def load_all(tools, nodes, seconds, folder):
    """Commands to all nodes at once, each for any phone: how many a second were confirmed by phones, all together."""
    results = []

    def one(node):
        own = pathlib.Path(folder, f"load{node.number}")
        own.mkdir(exist_ok=True)
        shifted = lines(PHONES // len(nodes) * len(nodes))
        cut = len(shifted) * (node.number - 1) // len(nodes)
        results.append(tools.load(node.http, shifted[cut:] + shifted[:cut], IN_FLIGHT // len(nodes), seconds, own))

    threads = [threading.Thread(target=one, args=(node,)) for node in nodes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(result["per_second"] for result in results), max(result["p99_ms"] for result in results)


def transactions(server):
    time.sleep(1.5)  # a session tells its numbers when it has a moment
    return int(server.sql("SELECT xact_commit FROM pg_stat_database WHERE datname = 'snomd'"))


def cpu_of_family(pid):
    """Seconds of a process and those that it started, as far as they live."""
    pids = [pid, *map(int, subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True).stdout.split())]
    total = 0.0
    for one in pids:
        with contextlib.suppress(OSError):
            fields = pathlib.Path(f"/proc/{one}/stat").read_text().rsplit(")", 1)[1].split()
            total += (int(fields[11]) + int(fields[12])) / 100
    return total


def bench_keys(tools, server, rounds):
    stores = {"one with a file": (1, '[store]\npath = "keys.db"'),
              "one with PostgreSQL, no node": (1, f'[store]\nurl = "{server.url()}"')}
    for count in (1, 2, 3):
        stores[f"{count} node{'s' if count > 1 else ''}"] = (
            count, f'[store]\nurl = "{server.url()}"\n[nodes]\nname = "node{{number}}"')
    rates = {name: [] for name in stores}
    costs = {}
    for _ in range(rounds):
        for name, (count, more) in stores.items():
            with tempfile.TemporaryDirectory() as folder, world(tools, folder, count, more) as nodes:
                load_all(tools, nodes, 1, folder)
                cpu, of_server = sum(node.cpu_seconds() for node in nodes), cpu_of_family(server.process.pid)
                before = transactions(server)
                seconds = 5
                rate, slowest = load_all(tools, nodes, seconds, folder)
                spent = sum(node.cpu_seconds() for node in nodes) - cpu
                of_server = cpu_of_family(server.process.pid) - of_server
                keys = rate * seconds
                rates[name].append(rate)
                costs[name] = ((transactions(server) - before) / keys, slowest, spent / keys * 1e6, of_server / keys * 1e6)
    for name, all_rates in rates.items():
        each, slowest, ours, theirs = costs[name]
        tools.figure(f"nodes, {name}", statistics.median(all_rates), "a second", "more")
        print(f"nodes: {name}: {tools.spread(all_rates)} keys a second bound, stored and confirmed, {IN_FLIGHT} in flight; "
              f"{each:.3f} transactions a key; slowest of a hundred {slowest:.0f} ms; processor time a key: snomd {ours:.0f} us, "
              f"PostgreSQL {theirs:.0f} us", flush=True)
    tools.figure("nodes, transactions a key with three", costs["3 nodes"][0], "", "less")


def bench_takeover(tools, server):
    more = f'[store]\nurl = "{server.url()}"\n[nodes]\nname = "node{{number}}"'
    with tempfile.TemporaryDirectory() as folder, world(tools, folder, 3, more) as nodes:
        load_all(tools, nodes, 3, folder)
        memory = [tools.resident_mb(node.process.pid) for node in nodes]
        share = PHONES // 3
        nodes[2].process.kill()
        died = time.monotonic()
        tools.wait_for(lambda: sum(node.held() for node in nodes[:2]) == 3 * share, 60, "the phones to be others'")
        owned = time.monotonic() - died
        tools.wait_for(lambda: sum(node.status()["registered"] for node in nodes[:2]) == 3 * share and
                       not any(node.status()["restores_waiting"] for node in nodes[:2]), 60, "their keys to be sent")
        right = time.monotonic() - died
        tools.figure("nodes, takeover", right, "s", "less")
        print(f"nodes: {share} phones of a node that was killed are others' after {owned:.1f} s, and have their keys after "
              f"{right:.1f} s", flush=True)
        print(f"nodes: {share} phones a node, and {PHONES * 12} keys in each: {max(memory):.0f} MB", flush=True)
        idle = [node.cpu_seconds() for node in nodes[:2]]
        of_server = cpu_of_family(server.process.pid)
        time.sleep(10)
        spent = [node.cpu_seconds() - before for node, before in zip(nodes[:2], idle)]
        print(f"nodes: at rest a node takes {statistics.mean(spent) * 100:.1f} ms of processor time a second, PostgreSQL for two "
              f"{(cpu_of_family(server.process.pid) - of_server) * 100:.1f} ms", flush=True)


def bench(tools, rounds):
    import postgres
    if postgres.PROGRAMS is None:
        print("nodes: there is no PostgreSQL here", flush=True)
        return
    server = postgres.Postgres()
    try:
        bench_keys(tools, server, rounds)
        bench_takeover(tools, server)
    finally:
        server.close()
