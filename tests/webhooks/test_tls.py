"""Over HTTPS the socket goes to the checked address and the certificate is held against the name."""

import datetime as dt
import ssl
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from portal.common.calling import post


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Nothing is printed."""


def certificate(name: str) -> bytes:
    """A key and a certificate for `name` that signs itself, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ) + made.public_bytes(serialization.Encoding.PEM)


@pytest.fixture
def serving(tmp_path, monkeypatch):
    """A function that serves HTTPS under a certificate for a name, and trusts it or not."""
    servers = []

    def serve(name: str, *, trusted: bool) -> int:
        file = tmp_path / f"{name}.pem"
        file.write_bytes(certificate(name))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        server = HTTPServer(("127.0.0.1", 0), Handler)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        if trusted:
            monkeypatch.setenv("SSL_CERT_FILE", str(file))
        return server.server_address[1]

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def test_a_certificate_of_the_name_that_is_trusted_is_taken(serving):
    port = serving("localhost", trusted=True)
    assert post(f"https://localhost:{port}/hook/", b"{}", {}).status == 204


@pytest.mark.parametrize(("name", "trusted"), [("localhost", False), ("example.cn", True)])
def test_one_of_another_name_or_of_nobody_is_not(serving, name, trusted):
    port = serving(name, trusted=trusted)
    answer = post(f"https://localhost:{port}/hook/", b"{}", {})
    assert answer.status is None
    assert "CERTIFICATE_VERIFY_FAILED" in answer.error or "match" in answer.error
