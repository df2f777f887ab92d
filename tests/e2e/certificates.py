"""Certificates for tests: an authority, and what it issues, made by openssl."""

import pathlib
import subprocess


def openssl(*arguments, **more):
    return subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, text=True, **more)


class Authority:
    """Issues certificates into a folder."""

    def __init__(self, folder, name="authority"):
        self.folder = pathlib.Path(folder)
        self.key = self.folder / f"{name}.key"
        self.file = self.folder / f"{name}.pem"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", self.key,
                "-out", self.file, "-days", "30", "-subj", f"/CN={name}", "-addext", "basicConstraints=critical,CA:TRUE")

    def issue(self, name, names="IP:127.0.0.1,DNS:localhost", days=10):
        """NAME.pem and NAME.key; with fewer days than none it has expired."""
        certificate, key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        request, extensions = self.folder / f"{name}.csr", self.folder / f"{name}.ext"
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", request,
                "-subj", f"/CN={name}")
        extensions.write_text(f"subjectAltName={names}\n")
        if days > 0:
            openssl("x509", "-req", "-in", request, "-CA", self.file, "-CAkey", self.key, "-CAcreateserial", "-days", days,
                    "-extfile", extensions, "-out", certificate)
        else:
            self._issue_expired(request, extensions, certificate)
        return certificate, key

    def _issue_expired(self, request, extensions, certificate):
        database = self.folder / "database"
        database.write_text("")
        (self.folder / "serial").write_text("1000\n")
        config = self.folder / "ca.cnf"
        config.write_text(f"[ca]\ndefault_ca=a\n[a]\ndatabase={database}\nserial={self.folder}/serial\n"
                          f"new_certs_dir={self.folder}\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n")
        openssl("ca", "-batch", "-config", config, "-in", request, "-cert", self.file, "-keyfile", self.key, "-startdate",
                "20200101000000Z", "-enddate", "20210101000000Z", "-extfile", extensions, "-out", certificate, "-notext")
