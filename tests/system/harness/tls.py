"""tls -- certificates made for one case, and Python's ssl as the other side.

An Authority is a CA in a folder of the case; what it issues is a Pair of PEM
files.  Contexts do not take a connection that just closes for one that has
ended: that is what close_notify is for, and cases look at the difference.
"""

import ssl
import subprocess
import threading
from pathlib import Path

from .wait import SLACK


def openssl(*words):
    """Run the openssl command."""
    done = subprocess.run(["openssl", *map(str, words)], capture_output=True, text=True,
                          timeout=60 * SLACK, stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == 0, (words, done.stderr)
    return done.stdout


class Pair:
    """A certificate and its key, as files."""

    def __init__(self, certificate, key):
        self.certificate, self.key = Path(certificate), Path(key)

    def config(self):
        """As keys of a configuration."""
        return {"certificate": str(self.certificate), "key": str(self.key)}

    def copy_to(self, other):
        """Put these files where other's are, as somebody who renews does."""
        for new, old in ((self.key, other.key), (self.certificate, other.certificate)):
            temporary = old.with_suffix(".renewed")
            temporary.write_bytes(new.read_bytes())
            temporary.rename(old)


class Authority:
    """A CA of a case."""

    def __init__(self, folder, name="test CA"):
        self.dir = Path(folder)
        self.dir.mkdir(exist_ok=True)
        self.certificate = self.dir / "ca.pem"
        self._key = self.dir / "ca.key"
        self._serial = 0
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                "-nodes", "-keyout", self._key, "-out", self.certificate, "-days", "30",
                "-subj", f"/CN={name}")

    def issue(self, *names, subject=None, days=30, key="ec"):
        """A pair for these names: DNS names, wildcards, IP addresses."""
        self._serial += 1
        base = self.dir / f"pair{self._serial}"
        pair = Pair(base.with_suffix(".pem"), base.with_suffix(".key"))
        how = {"ec": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
               "rsa": ["rsa:2048"], "weak": ["rsa:1024"]}[key]
        openssl("req", "-new", "-utf8", "-newkey", *how, "-nodes", "-keyout", pair.key,
                "-out", base.with_suffix(".csr"),
                "-subj", subject or f"/CN={names[0] if names else 'nobody'}")
        extensions = base.with_suffix(".ext")
        san = ",".join(("IP:" if n.replace(".", "").isdigit() or ":" in n else "DNS:") + n
                       for n in names)
        extensions.write_text(f"subjectAltName={san}\n" if san else "basicConstraints=CA:FALSE\n")
        openssl("x509", "-req", "-in", base.with_suffix(".csr"), "-CA", self.certificate,
                "-CAkey", self._key, "-set_serial", str(self._serial), "-days", str(days),
                "-out", pair.certificate, "-extfile", extensions)
        pair.key.chmod(0o600)
        return pair


class Bare:
    """TLS over a Client's plain connection, its bytes in the case's hands: what
    outgoing() gives goes out when, and in the pieces that, the case likes."""

    def __init__(self, client, context, name):
        self.client = client
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self._in, self._out, server_hostname=name)

    def outgoing(self):
        """The bytes that are to be sent now."""
        return self._out.read()

    def begin(self):
        """The ClientHello."""
        try:
            self.tls.do_handshake()
        except ssl.SSLWantReadError:
            pass
        return self.outgoing()

    def until(self, action, *args):
        """Send and receive until the action can be done."""
        while True:
            try:
                return action(*args)
            except ssl.SSLWantReadError:
                self.client.send(self.outgoing())
                data = self.client.sock.recv(65536)
                if not data:
                    raise EOFError("the peer has closed") from None
                self._in.write(data)

    def shake(self):
        """The whole handshake."""
        self.until(self.tls.do_handshake)
        self.client.send(self.outgoing())


class Console:
    """openssl s_server or s_client, by its standard input and output: it can
    do what Python cannot, exchange the keys of a connection."""

    def __init__(self, *words):
        self.process = subprocess.Popen(["openssl", *map(str, words)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.seen = b""
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        while data := self.process.stdout.read1(65536):
            with self._changed:
                self.seen += data
                self._changed.notify_all()

    def say(self, text):
        """One line or more of input, taken at once."""
        self.process.stdin.write(text)
        self.process.stdin.flush()

    def wait(self, text, times=1, seconds=15):
        """Until the text was printed that often."""
        with self._changed:
            ok = self._changed.wait_for(lambda: self.seen.count(text) >= times, seconds * SLACK)
            assert ok, f"no {text!r} in {self.seen[-600:]!r}"

    def stop(self):
        """End it."""
        self.process.kill()
        self.process.wait()
        self._reader.join(5)
        self.process.stdin.close()
        self.process.stdout.close()


def strict(context):
    """A close without close_notify is an error."""
    context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
    return context


def client_context(ca=None, pair=None, version=None, alpn=("http/1.1",)):
    """For a client; ca: an Authority, None verifies nothing; version "1.2"."""
    context = strict(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    if ca is None:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    else:
        context.load_verify_locations(str(ca.certificate))
    if pair:
        context.load_cert_chain(str(pair.certificate), str(pair.key))
    if version:
        context.minimum_version = context.maximum_version = {
            "1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}[version]
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return context


def server_context(pair, client_ca=None, version=None):
    """For a backend; client_ca: an Authority whose clients only are let in."""
    context = strict(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
    context.load_cert_chain(str(pair.certificate), str(pair.key))
    if client_ca:
        context.load_verify_locations(str(client_ca.certificate))
        context.verify_mode = ssl.CERT_REQUIRED
    if version:
        context.minimum_version = context.maximum_version = {
            "1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}[version]
    return context
