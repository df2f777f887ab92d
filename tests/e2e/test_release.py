"""What goes with a release: one version, and the SBOM."""

import json
import re
import subprocess
import sys

from programs import BIN, HOME, LIMIT

MAKE_SBOM = HOME / "packaging" / "release" / "make_sbom.py"


def dpkg_version(name):
    return subprocess.run(["dpkg-query", "-W", "-f", "${Version}", name], capture_output=True, text=True, check=True).stdout


def test_the_version_is_in_one_place():
    version = re.search(r"^project\(mod_snom VERSION ([\d.]+)", (HOME / "CMakeLists.txt").read_text(), re.MULTILINE)[1]
    for program in ("snomd", "snomctl", "snomphone"):
        said = subprocess.run([BIN / program, "--version"], capture_output=True, text=True, timeout=LIMIT, check=True).stdout
        assert said == f"{program} {version}\n"
    elsewhere = [path.relative_to(HOME) for folder in ("src", "packaging", "words", "cmake") for path in (HOME / folder).rglob("*")
                 if path.is_file() and "__pycache__" not in path.parts and
                 re.search(rf"(?<![\d.]){re.escape(version)}(?![\d.])", re.sub(r"\s*(#|//).*", "", path.read_text(errors="replace")))]
    assert elsewhere == []


def sbom_of(folder):
    return subprocess.run([sys.executable, MAKE_SBOM, folder, "--time", "1767225600"], capture_output=True, text=True,
                          timeout=6 * LIMIT, check=True).stdout


def test_the_sbom_names_what_a_package_needs_and_was_built_with(tmp_path):
    control = tmp_path / "tree" / "DEBIAN"
    control.mkdir(parents=True)
    (control / "control").write_text("Package: snomd\nVersion: 9.9-1\nArchitecture: amd64\nMaintainer: nobody <nobody@localhost>\n"
                                     "Depends: bash (>= 5), no-such-package | coreutils\nDescription: a sample\n")
    subprocess.run(["dpkg-deb", "--root-owner-group", "-b", tmp_path / "tree", tmp_path / "snomd_9.9-1_amd64.deb"], check=True,
                   capture_output=True)
    (tmp_path / "a.buildinfo").write_text(f"Format: 1.0\nInstalled-Build-Depends:\n sed (= {dpkg_version('sed')}),\n "
                                          "never-installed (= 1)\nEnvironment:\n A=1\n")
    said = sbom_of(tmp_path)
    assert said == sbom_of(tmp_path)  # the same, to the byte
    sbom = json.loads(said)
    assert (sbom["spdxVersion"], sbom["dataLicense"], sbom["SPDXID"]) == ("SPDX-2.3", "CC0-1.0", "SPDXRef-DOCUMENT")
    assert sbom["creationInfo"]["created"] == "2026-01-01T00:00:00Z" and sbom["documentNamespace"].startswith("urn:sha256:")
    packages = {package["name"]: package for package in sbom["packages"]}
    assert packages["snomd"]["versionInfo"] == "9.9-1" and len(packages["snomd"]["checksums"][0]["checksumValue"]) == 64
    assert packages["libc6"]["versionInfo"] == dpkg_version("libc6")  # of bash, and so of it
    assert packages["libc6"]["externalRefs"][0]["referenceLocator"].startswith("pkg:deb/debian/libc6@")
    relations = {tuple(relation.values()) for relation in sbom["relationships"]}
    mine = packages["snomd"]["SPDXID"]
    assert ("SPDXRef-DOCUMENT", "DESCRIBES", mine) in relations
    for name in ("bash", "coreutils", "libc6"):
        assert (mine, "DEPENDS_ON", packages[name]["SPDXID"]) in relations
    assert (packages["sed"]["SPDXID"], "BUILD_DEPENDENCY_OF", mine) in relations
    identifiers = {"SPDXRef-DOCUMENT", *(package["SPDXID"] for package in sbom["packages"])}
    assert all(one in identifiers and other in identifiers for one, _, other in relations)
    assert all(re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", one) for one in identifiers)
