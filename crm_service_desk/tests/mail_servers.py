# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A mailbox on loopback: mails go in by SMTP and are fetched by POP3.

SMTP is aiosmtpd's; POP3 (RFC 1939) is the part that ``poplib`` speaks.
"""

import contextlib
import socket
import socketserver
import threading

from aiosmtpd.controller import Controller

HOST = "127.0.0.1"


class Mailbox:
    """The mails (bytes) of one account; what is deleted is gone at QUIT."""

    def __init__(self):
        self.mails = []
        self.deleted = []

    async def handle_DATA(self, _server, _session, envelope):
        """Take a mail as aiosmtpd hands it over."""
        self.drop(envelope.original_content or envelope.content)
        return "250 OK"

    def drop(self, raw):
        """Put a mail in, as a delivery agent on the same machine does."""
        self.mails.append(raw)


class Pop3Handler(socketserver.StreamRequestHandler):
    """One session."""

    def handle(self):
        """Answer commands until QUIT or the end of the connection."""
        box = self.server.mailbox
        self.mails, self.gone = list(box.mails), set()
        self._say("+OK ready")
        while line := self.rfile.readline():
            command, *words = line.decode("ascii", "replace").split()
            if command.upper() == "QUIT":
                box.deleted += [self.mails[number] for number in sorted(self.gone)]
                for number in self.gone:
                    box.mails.remove(self.mails[number])
                self._say("+OK bye")
                return
            self._answer(command.upper(), [int(w) - 1 for w in words if w.isdigit()])

    def _answer(self, command, numbers):
        if command == "STAT":
            self._say(f"+OK {len(self.mails)} {sum(map(len, self.mails))}")
        elif command == "LIST":
            self._say("+OK")
            for number, raw in enumerate(self.mails, 1):
                self._say(f"{number} {len(raw)}")
            self._say(".")
        elif command == "RETR":
            self._say("+OK")
            self._send(self.mails[numbers[0]])
        elif command == "DELE":
            self.gone.add(numbers[0])
            self._say("+OK")
        else:
            self._say("+OK")

    def _say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def _send(self, raw):
        """Send a mail with its dots doubled."""
        lines = raw.split(b"\n")
        if lines[-1] == b"":
            lines.pop()
        for line in lines:
            line = line.removesuffix(b"\r")
            self.wfile.write((b"." if line.startswith(b".") else b"") + line + b"\r\n")
        self.wfile.write(b".\r\n")


class Pop3Server(socketserver.ThreadingTCPServer):
    """Serves one mailbox to whoever asks."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, mailbox):
        self.mailbox = mailbox
        super().__init__((HOST, 0), Pop3Handler)

    @property
    def port(self):
        """Port that the system gave."""
        return self.server_address[1]


@contextlib.contextmanager
def pop3(mailbox):
    """Serve a mailbox by POP3; gives the server."""
    with Pop3Server(mailbox) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@contextlib.contextmanager
def smtp(mailbox):
    """Take mails for a mailbox by SMTP; gives the port."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    controller = Controller(mailbox, hostname=HOST, port=port, decode_data=False)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()
