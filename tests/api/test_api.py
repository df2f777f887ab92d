"""docs/openapi.json by what others made: a linter, a generator of clients, and such a client at a real snomd."""

import os
import pathlib
import shutil
import subprocess

import pytest

from programs import BIN, HOME

HERE = pathlib.Path(__file__).resolve().parent
TOOLS = HERE / "node_modules" / ".bin"
FILE = HOME / "docs" / "openapi.json"
COMPILED = HOME / "build" / "test-api" / "js"
LIMIT = 300


def run(*command, **more):
    done = subprocess.run([str(part) for part in command], cwd=HERE, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=LIMIT, check=False, **more)
    return done.returncode, done.stdout + done.stderr


def lint(file):
    return run(TOOLS / "spectral", "lint", "--fail-severity=hint", "--ruleset", HERE / "spectral.yaml", file)


def test_the_linter_has_nothing_to_say():
    status, said = lint(FILE)
    assert status == 0, said


def test_the_linter_would_say_so(tmp_path):
    wrong = tmp_path / "openapi.json"
    wrong.write_text(FILE.read_text().replace('"operationId": "getPhone",', "", 1))
    status, said = lint(wrong)
    assert status == 1 and "operation-operationId" in said, said


@pytest.fixture(scope="module")
def compiled():
    """The generated client and its test, as JavaScript."""
    shutil.rmtree(HERE / "generated", ignore_errors=True)
    shutil.rmtree(COMPILED, ignore_errors=True)
    status, said = run(TOOLS / "openapi-ts", "--input", FILE, "--output", HERE / "generated", "--client", "@hey-api/client-fetch",
                       "--silent")
    assert status == 0, said
    status, said = run(TOOLS / "tsc", "-p", HERE)
    assert status == 0, said
    return COMPILED


def test_a_generated_client_does_what_the_file_promises(house, compiled):
    tokens = house.folder / "tokens"
    made = subprocess.run([BIN / "snomctl", "token", "add", "root", "--role", "admin", "--file", tokens],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT, check=True)
    snomd = house.snomd(http='listen = "127.0.0.1:0"\ntokens_file = "tokens"')
    house.phone(snomd, more=("--model", "D785"))
    status, said = run("node", "--test", compiled / "smoke.test.js",
                       env={**os.environ, "SNOM_SERVER": snomd.server, "SNOM_TOKEN": made.stdout.strip()})
    assert status == 0, said
