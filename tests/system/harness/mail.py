"""mail -- a mail server that takes one message after the other.

As much of SMTP as a client needs: EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA, RSET,
QUIT.  What it took is in .letters, parsed; .replies says otherwise than 250
for a command ("MAIL": "451 later"), for as long as it stands there.
"""

import base64
import email
import email.policy
import socket
import threading

from .wait import eventually


class Letter:
    """One message and its envelope."""

    def __init__(self, sender, recipients, data, is_secure, login):
        self.sender, self.recipients = sender, recipients
        self.is_secure, self.login = is_secure, login
        self.raw = data
        self.message = email.message_from_bytes(data, policy=email.policy.SMTP)

    @property
    def text(self):
        """The body, decoded."""
        return self.message.get_content()

    def __repr__(self):
        return f"<{self.message['subject']!r} to {self.recipients}>"


class MailServer:
    """On a port of its own.  tls: a context of tls.py; at once or by STARTTLS.
    login: the (user, password) that it wants."""

    def __init__(self, tls=None, at_once=False, login=None):
        self._tls, self._at_once, self._login = tls, at_once, login
        self.letters, self.commands, self.replies = [], [], {}
        self.faults = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"smtp{'s' if at_once else ''}://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        connection.settimeout(30)
        try:
            if self._at_once:
                connection = self._tls.wrap_socket(connection, server_side=True)
            _Session(self, connection).run()
        except OSError:
            pass
        finally:
            connection.close()

    def taken(self, session, data):
        """The end of a DATA."""
        self.letters.append(Letter(session.sender, session.recipients, data,
                                   session.is_secure, session.login))

    def wait(self, n, seconds=15):
        """Until there are n letters; all of them."""
        eventually(lambda: len(self.letters) >= n, f"{n} letters", seconds)
        return list(self.letters)

    def stop(self):
        """Close the port."""
        self._listener.close()


class _Session:
    """One connection."""

    def __init__(self, server, connection):
        self.server, self.connection = server, connection
        self.is_secure = server._at_once
        self.login, self.sender, self.recipients = None, None, []
        self.stream = connection.makefile("rb")

    def say(self, *lines):
        """A reply of one line or more, "250 text" each."""
        last = len(lines) - 1
        out = "".join((l if i == last else l[:3] + "-" + l[4:]) + "\r\n"
                      for i, l in enumerate(lines))
        self.connection.sendall(out.encode())

    def run(self):
        """Until it says QUIT or goes."""
        self.say("220 mail.test")
        while line := self.stream.readline():
            text = line.decode("ascii").rstrip("\r\n")
            verb, _, rest = text.partition(" ")
            self.server.commands.append(text)
            reply = self.server.replies.get(verb.upper())
            if reply:
                self.say(reply)
            elif not getattr(self, "on_" + verb.lower(), self.unknown)(rest):
                return

    def unknown(self, _):
        """What is not known here."""
        self.say("502 no such command")
        return True

    def on_ehlo(self, _):
        """Greeting; what there is."""
        more = []
        if self.server._tls and not self.is_secure:
            more.append("250 STARTTLS")
        if self.server._login and (self.is_secure or not self.server._tls):
            more.append("250 AUTH PLAIN")
        self.say("250 mail.test", *more)
        return True

    def on_starttls(self, _):
        """The same connection goes on in TLS."""
        self.say("220 go on")
        self.connection = self.server._tls.wrap_socket(self.connection, server_side=True)
        self.stream = self.connection.makefile("rb")
        self.is_secure = True
        return True

    def on_auth(self, rest):
        """PLAIN, with or without an initial response."""
        _, _, initial = rest.partition(" ")
        if not initial:
            self.say("334 ")
            initial = self.stream.readline().decode().strip()
        _, user, password = base64.b64decode(initial).decode().split("\0")
        if (user, password) != self.server._login:
            self.say("535 no")
            return True
        self.login = user
        self.say("235 ok")
        return True

    def on_mail(self, rest):
        """FROM:<address>"""
        if self.server._login and not self.login:
            self.say("530 log in first")
            return True
        self.sender, self.recipients = rest.partition("<")[2].partition(">")[0], []
        self.say("250 ok")
        return True

    def on_rcpt(self, rest):
        """TO:<address>"""
        self.recipients.append(rest.partition("<")[2].partition(">")[0])
        self.say("250 ok")
        return True

    def on_data(self, _):
        """The message, up to its dot."""
        self.say("354 go on")
        data = b""
        while (line := self.stream.readline()) not in (b".\r\n", b""):
            if not line.endswith(b"\r\n") or len(line) > 1000:
                self.server.faults.append(f"mail: not a line of RFC 5322: {line!r}")
            data += line[1:] if line.startswith(b"..") else line
        self.server.taken(self, data)
        self.say("250 taken")
        return True

    def on_rset(self, _):
        """Forget the envelope."""
        self.say("250 ok")
        return True

    def on_quit(self, _):
        """The end."""
        self.say("221 bye")
        return False
