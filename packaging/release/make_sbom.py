#!/usr/bin/env python3
"""Writes an SBOM (SPDX 2.3, JSON) of Debian packages: what each is, what it needs at run time with all that that needs, and
with what it was built. Versions are those that dpkg has here: the machine that built them. The same packages give the
same file."""
import argparse
import hashlib
import json
import pathlib
import re
import subprocess
import time


def dpkg(*arguments):
    return subprocess.run(arguments, capture_output=True, text=True, check=True).stdout


def fields_of(package):
    """The control fields of a .deb."""
    return dict(re.findall(r"^([A-Za-z-]+): (.*)$", dpkg("dpkg-deb", "-f", package), re.MULTILINE))


class Installed:
    """What dpkg has on this machine."""

    def __init__(self):
        rows = dpkg("dpkg-query", "-W", "-f", "${Package}\t${Version}\t${Architecture}\t${source:Package}\t${Depends}, ${Pre-Depends}"
                    "\t${Provides}\t${db:Status-Status}\n")
        self.packages, self.providers = {}, {}
        for row in rows.splitlines():
            name, version, architecture, source, depends, provides, status = row.split("\t")
            if status != "installed":
                continue
            self.packages[name] = {"version": version, "architecture": architecture, "source": source, "depends": depends}
            for provided in self.names(provides):
                self.providers.setdefault(provided[0], name)

    @staticmethod
    def names(relations):
        """The alternatives of each relation, without versions."""
        for relation in filter(None, (part.strip() for part in relations.split(","))):
            yield [re.sub(r"[ :(].*", "", name.strip()) for name in relation.split("|")]

    def found(self, alternatives):
        """The one of them that is here; None when it is none of this machine."""
        return next((name if name in self.packages else self.providers[name] for name in alternatives
                     if name in self.packages or name in self.providers), None)

    def closure(self, relations):
        """All that these need, themselves included."""
        needed, waiting = set(), [self.found(names) for names in self.names(relations)]
        while waiting:
            name = waiting.pop()
            if name and name not in needed:
                needed.add(name)
                waiting += [self.found(names) for names in self.names(self.packages[name]["depends"])]
        return needed


def identifier(name):
    return "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", name)


def described(name, version, architecture, distribution, **more):
    return {"name": name, "SPDXID": identifier(f"Package-{name}"), "versionInfo": version, "downloadLocation": "NOASSERTION",
            "filesAnalyzed": False, "licenseConcluded": "NOASSERTION", "licenseDeclared": "NOASSERTION",
            "copyrightText": "NOASSERTION",
            "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                              "referenceLocator": f"pkg:deb/{distribution}/{name}@{version.replace('+', '%2B').replace('~', '~')}"
                                                  f"?arch={architecture}"}], **more}


def built_with(buildinfo):
    """Installed-Build-Depends of a .buildinfo: names."""
    text = buildinfo.read_text(encoding="utf-8")
    block = re.search(r"^Installed-Build-Depends:\n((?: .*\n)+)", text, re.MULTILINE)
    return sorted(set(re.findall(r"^ ([a-z0-9][a-z0-9.+-]+)", block[1], re.MULTILINE))) if block else []


def sbom(folder, installed, created, distribution):
    packages, relations = {}, []

    def relate(one, kind, other):
        relations.append({"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other})

    def of_debian(name):
        here = installed.packages[name]
        packages.setdefault(name, described(name, here["version"], here["architecture"], distribution,
                                            sourceInfo=f"built from the source package {here['source']}"))
        return packages[name]["SPDXID"]

    ours = [path for path in sorted(folder.glob("*.deb")) if "-dbgsym_" not in path.name]
    tools = [name for buildinfo in sorted(folder.glob("*.buildinfo")) for name in built_with(buildinfo)]
    for path in ours:
        fields = fields_of(path)
        name = fields["Package"]
        sum_of = hashlib.sha256(path.read_bytes()).hexdigest()
        packages[name] = described(name, fields["Version"], fields["Architecture"], distribution, packageFileName=path.name,
                                   checksums=[{"algorithm": "SHA256", "checksumValue": sum_of}])
        packages[name].update(licenseDeclared="MIT", copyrightText="2026 The mod_snom authors")
        relate("SPDXRef-DOCUMENT", "DESCRIBES", packages[name]["SPDXID"])
    for path in ours:
        fields = fields_of(path)
        mine = packages[fields["Package"]]["SPDXID"]
        for needed in sorted(installed.closure(f"{fields.get('Depends', '')}, {fields.get('Pre-Depends', '')}")):
            relate(mine, "DEPENDS_ON", of_debian(needed))
        for tool in tools:
            if tool in installed.packages:
                relate(of_debian(tool), "BUILD_DEPENDENCY_OF", mine)
    body = {"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": "mod_snom",
            "creationInfo": {"created": created, "creators": ["Tool: mod_snom-make_sbom"]},
            "packages": [packages[name] for name in sorted(packages)],
            "relationships": sorted(relations, key=lambda one: tuple(one.values()))}
    sum_of = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    return {**body, "documentNamespace": f"urn:sha256:{sum_of}"}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split(":", maxsplit=1)[0])
    parser.add_argument("folder", type=pathlib.Path, help="with the .deb files and their .buildinfo")
    parser.add_argument("--time", type=int, required=True, help="when it was made, seconds since 1970")
    options = parser.parse_args()
    release = dict(re.findall(r'^(\w+)="?([^"\n]*)', pathlib.Path("/etc/os-release").read_text(encoding="utf-8"), re.MULTILINE))
    created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(options.time))
    print(json.dumps(sbom(options.folder, Installed(), created, release["ID"]), indent=1))


if __name__ == "__main__":
    main()
