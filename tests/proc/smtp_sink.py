"""Mail servers to send to: one that is good, and some that are not."""

import email
import email.policy
import logging
import os
import socket
import socketserver
import ssl
import subprocess
import threading
import warnings

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from stack import free_port

logging.getLogger("mail.log").setLevel(logging.CRITICAL + 1) # clients that leave are its daily bread
logging.getLogger("asyncio").setLevel(logging.CRITICAL + 1)

USER, PASSWORD = "gatehouse@example.net", "correct horse: battery"


class Certificate:
    """One for localhost that vouches for itself."""

    def __init__(self, folder, name="sink"):
        self.cert, self.key = "%s/%s.crt" % (folder, name), "%s/%s.key" % (folder, name)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                        "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout",
                        self.key, "-out", self.cert], check=True, capture_output=True)
        os.chmod(self.cert, 0o644)

    def context(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.cert, self.key)
        return context


class Sink:
    """Takes mail on a port of its own; .mode says how it fails: None, "421", "450", "550"."""

    def __init__(self, certificate=None, tls="none", port=None):
        self.port, self.mails, self.mode, self.passwords = port or free_port(), [], None, []
        self.certificate, self.tls, self.controller = certificate, tls, None
        self.commands, self.dropped = [], []

    # what aiosmtpd calls

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.mode in ("450", "550"):
            return self.mode + " 5.1.1 not that one\x07 <%s>" % address
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server, session, envelope):
        if self.mode == "421":
            return "421 busy, come back"
        if self.mode == "drop":
            self.dropped.append(envelope.original_content)
            server.transport.abort()
            return "421 gone"
        self.mails.append((envelope.mail_from, list(envelope.rcpt_tos), envelope.original_content))
        return "250 taken"

    def authenticate(self, server, session, envelope, mechanism, data):
        given = (data.login.decode(), data.password.decode())
        self.passwords.append(given)
        # handled=False: else aiosmtpd never answers
        return AuthResult(success=given == (USER, PASSWORD), handled=False)

    def smtp(self):
        how = {"decode_data": False, "hostname": "localhost", "ident": "sink"}
        if self.tls == "tls": # which it does not know of: TLS was there before it
            warnings.simplefilter("ignore", UserWarning)
        if self.tls != "none":
            how.update(authenticator=self.authenticate, auth_required=True,
                       auth_require_tls=self.tls == "starttls")
        if self.tls == "starttls":
            how.update(tls_context=self.certificate.context(), require_starttls=True)
        return SMTP(self, **how)

    # for tests

    def __enter__(self):
        sink = self

        class Mine(Controller):
            def factory(self):
                return sink.smtp()

        context = self.certificate.context() if self.tls == "tls" else None
        self.controller = Mine(self, hostname="127.0.0.1", port=self.port, ssl_context=context)
        if context is not None: # its own probe does not manage TLS
            self.controller._trigger_server = self.probe
        self.controller.start()
        return self

    def probe(self):
        context = ssl.create_default_context(cafile=self.certificate.cert)
        with socket.create_connection(("127.0.0.1", self.port)) as s:
            with context.wrap_socket(s, server_hostname="localhost") as t:
                t.recv(100)

    def __exit__(self, *_):
        self.controller.stop()

    def ids(self):
        return [parsed(m)["Message-ID"].strip("<>") for m in list(self.mails)]


def parsed(mail):
    return email.message_from_bytes(mail[2] if isinstance(mail, tuple) else mail,
                                    policy=email.policy.default)


class Tarpit:
    """Takes connections and says nothing, or one line and then nothing."""

    def __init__(self, greeting=b"", port=0):
        self.listener, self.greeting, self.taken = socket.socket(), greeting, []
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", port))
        self.listener.listen(64)
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while True:
            try:
                taken = self.listener.accept()[0]
                taken.sendall(self.greeting)
            except OSError:
                return
            self.taken.append(taken)

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for s in self.taken:
            s.close()
        self.thread.join()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Mad:
    """Follows RFC 5321, but at the step .step it does what .said says: bytes to answer with, None to hang up,
    FLOOD to talk without an end. Steps are commands; "CONNECT" is before the first, "." the end of a mail."""

    FLOOD = object()
    GOOD = {"CONNECT": b"220 mad\r\n", "EHLO": b"250-mad\r\n250 SIZE 1000000\r\n", "HELO": b"250 mad\r\n",
            "DATA": b"354 go on\r\n", "QUIT": b"221 bye\r\n"}

    def __init__(self):
        self.step, self.said, self.hello = "", b"", set()
        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), None, bind_and_activate=False)
        self.server.allow_reuse_address = self.server.daemon_threads = True
        self.server.RequestHandlerClass = lambda connection, *_: self.serve(connection)
        self.server.server_bind()
        self.server.server_activate()
        self.port = self.server.server_address[1]

    def answer(self, connection, step):
        """False when that was its last word."""
        if step != self.step:
            connection.sendall(self.GOOD.get(step, b"250 ok\r\n"))
        elif self.said is Mad.FLOOD:
            while True:
                connection.sendall(b"220-and another thing\r\n" * 1000)
        elif self.said is not None:
            connection.sendall(self.said)
        return step != "QUIT" and (step != self.step or self.said is not None)

    def serve(self, connection):
        in_mail = False
        try:
            if not self.answer(connection, "CONNECT"):
                return
            for line in connection.makefile("rb"):
                if in_mail and line != b".\r\n":
                    continue
                step = "." if in_mail else line[:4].decode()
                in_mail = step == "DATA" and self.step != "DATA"
                if step == "EHLO":
                    self.hello.add(line[5:].decode().strip())
                if not self.answer(connection, step):
                    return
        except OSError:
            pass

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
