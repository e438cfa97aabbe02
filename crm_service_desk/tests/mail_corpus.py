# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Mails in the shapes that real programs send, built here; nobody's mail is copied.

Shapes after the programs' own output and RFC 5322, 2045-2049, 2231 (MIME), 3461-3464
(delivery reports), 3834 (automatic responses), 5546 (calendar replies), 8098 (read
receipts). ``corpus(to, known)`` gives the samples; the names of the groups are the
promises that the tests count.
"""

import base64
import binascii
import quopri
import random
from dataclasses import dataclass

SENDER = "ann@alpha.example.com"
ENGLISH = "The spindle makes noise and the machine stands."
KOREAN = "기계가 멈췄습니다. 확인 부탁드립니다."
# In CP949 and in Korean customers' daily life, but not in EUC-KR.
CP949_ONLY = "똠방각하 펲시콜라 뷁 기계 고장"
PERSON, MACHINE = ("ticket",), ("automatic",)
KEPT = ("quarantined",)
# Nobody can say what a broken mail should become; it must become one thing.
ANY = ("ticket", "message", "stranger", "automatic", "quarantined")


@dataclass
class Sample:
    """One mail and what may become of it."""

    group: str
    name: str
    raw: bytes
    outcomes: tuple
    text: str = ""
    # Mail servers of today refuse some of it; it lies in the mailbox all the same.
    by_smtp: bool = True


class Builder:
    """Makes mails to one desk."""

    def __init__(self, to):
        self.to = to
        self.samples = []

    def add(self, group, name, raw, outcomes=PERSON, text="", by_smtp=True):
        """Keep a sample; ``raw`` may be text (UTF-8)."""
        raw = raw.encode() if isinstance(raw, str) else raw
        raw = raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        self.samples.append(Sample(group, name, raw, outcomes, text, by_smtp))

    def head(self, name, subject="Machine stands", sender=SENDER, extra="", **drop):
        """Return the headers of a mail as text, without the content's."""
        lines = {
            "Delivered-To": self.to,
            "Received": "from mx.example by mail.example; Fri, 20 Nov 2026 15:00:01 +0",
            "From": f"Ann Alpha <{sender}>",
            "To": self.to,
            "Subject": subject,
            "Date": "Fri, 20 Nov 2026 15:00:00 +0000",
            "Message-ID": f"<{name}@alpha.example.com>",
            "MIME-Version": "1.0",
        }
        lines.update({key.replace("_", "-"): value for key, value in drop.items()})
        text = "".join(f"{key}: {value}\n" for key, value in lines.items() if value)
        return text + "".join(f"{line}\n" for line in extra.splitlines())

    def plain(self, name, body=ENGLISH, kind="text/plain; charset=utf-8", **head):
        """Return a mail of one text part as bytes; ``body`` may be bytes."""
        cte = "8bit"
        body = body.encode() if isinstance(body, str) else body
        text = self.head(name, **head) + f"Content-Type: {kind}\n"
        return (text + f"Content-Transfer-Encoding: {cte}\n\n").encode() + body + b"\n"

    def coded(self, name, data, charset, cte, **head):
        """Return a text mail of these bytes in a transfer encoding."""
        if cte == "base64":
            body = base64.encodebytes(data)
        elif cte == "quoted-printable":
            body = quopri.encodestring(data)
        else:
            body = data + b"\n"
        kind = f"Content-Type: text/plain; charset={charset}\n" if charset else ""
        text = self.head(name, **head) + kind + f"Content-Transfer-Encoding: {cte}\n\n"
        return text.encode() + body

    def multi(self, name, kind, parts, **head):
        """Return a multipart mail; each part is (headers, body) as text."""
        content = "".join(f"--edge\n{top}\n\n{body}\n" for top, body in parts)
        return (
            self.head(name, **head)
            + f'Content-Type: multipart/{kind}; boundary="edge"\n\n'
            + f"{content}--edge--\n"
        )


def part(kind, body, extra="", charset="utf-8"):
    """Return a text part in base64 as (headers, body)."""
    top = f"Content-Type: {kind}; charset={charset}\nContent-Transfer-Encoding: base64"
    text = base64.encodebytes(body.encode(charset)).decode().strip()
    return (top + (f"\n{extra}" if extra else ""), text)


def word(text, charset="utf-8"):
    """Return text as an encoded word (RFC 2047)."""
    data = base64.b64encode(text.encode(charset)).decode()
    return f"=?{charset}?B?{data}?="


def corpus(to, known):
    """Return the samples.

    :param str to: address of the desk
    :param dict known: ``ticket`` (its number), ``parent`` (a Message-Id on it)
    """
    build = Builder(to)
    for add in (
        charsets,
        clients,
        forwards,
        autoreplies,
        bounces,
        calendars,
        receipts,
        threads,
        malformed,
        oversize,
        duplicates,
        fuzzed,
    ):
        add(build, known)
    return build.samples


def charsets(build, _known):
    """Texts in many charsets, as declared by those who send them."""
    ways = ("base64", "quoted-printable", "8bit")
    for number, (charset, codec, text) in enumerate(
        (
            ("utf-8", "utf-8", KOREAN),
            ("euc-kr", "euc-kr", KOREAN),
            ("EUC-KR", "cp949", CP949_ONLY),
            ("ks_c_5601-1987", "cp949", CP949_ONLY),
            ("cp949", "cp949", CP949_ONLY),
            ("windows-949", "cp949", CP949_ONLY),
            ("iso-2022-kr", "iso-2022-kr", KOREAN),
            ("johab", "johab", KOREAN),
            ("big5", "big5", "機器停止了"),
            ("big5-hkscs", "big5-hkscs", "機器停止了"),
            ("gb2312", "gb18030", "机器停了 朱镕基"),
            ("gbk", "gbk", "机器停了"),
            ("gb18030", "gb18030", "机器停了"),
            ("hz-gb-2312", "hz", "机器停了"),
            ("iso-2022-jp", "iso-2022-jp", "機械が止まりました"),
            ("shift_jis", "cp932", "機械①が止まりました"),
            ("euc-jp", "euc-jp", "機械が止まりました"),
            ("windows-1252", "cp1252", "Größe – “café” 5 €"),
            ("iso-8859-1", "cp1252", "Größe – “café” 5 €"),
            ("iso-8859-15", "iso-8859-15", "Größe 5 €"),
            ("iso-8859-2", "iso-8859-2", "żółta maszyna stoi"),
            ("windows-1251", "cp1251", "Машина стоит"),
            ("koi8-r", "koi8-r", "Машина стоит"),
            ("windows-1256", "cp1256", "الآلة متوقفة"),
            ("iso-8859-8-i", "iso-8859-8", "המכונה עומדת"),
            ("windows-874", "cp874", "เครื่องหยุด"),
            ("tis-620", "tis-620", "เครื่องหยุด"),
            ("utf-7", "utf-7", "Größe"),
            ("us-ascii", "utf-8", "Größe der Maschine"),
            ("", "utf-8", "Größe der Maschine"),
            ("unknown-8bit", "utf-8", KOREAN),
            ("x-user-defined", "utf-8", KOREAN),
            ("x-unknown", "cp949", CP949_ONLY),
            ("utf8mb4", "utf-8", KOREAN),
            ("default_charset", "cp1252", "Größe café"),
            ("utf-16", "utf-16", KOREAN),
        )
    ):
        way = "base64" if codec == "utf-16" else ways[number % 3]
        data = text.encode(codec)
        name = f"charset-{number}-{charset}"
        raw = build.coded(name, data, charset, way)
        build.add("charsets", name, raw, text=text, by_smtp=way != "8bit")
    for charset in ("euc-kr", "iso-2022-kr", "big5", "x-none"):
        codec = "utf-8" if charset == "x-none" else charset
        text = "機器" if charset == "big5" else "기계"
        subject = word(text, codec).replace(codec, charset)
        raw = build.plain(f"subject-{charset}", subject=subject)
        build.add("charsets", f"subject in {charset}", raw)


def clients(build, _known):
    """What the programs that people write with make of an ordinary mail."""
    html = f"<html><body><p>{KOREAN}</p><p>{ENGLISH}</p></body></html>"
    both = [part("text/plain", KOREAN), part("text/html", html)]
    image = (
        "Content-Type: image/png; name=image001.png\nContent-ID: <image001.png@01DC>\n"
        "Content-Transfer-Encoding: base64\n"
        "Content-Disposition: inline; filename=image001.png",
        "iVBORw0KGgo=",
    )
    pdf = (
        f'Content-Type: application/pdf; name="{word("견적서.pdf")}"\n'
        "Content-Transfer-Encoding: base64\nContent-Disposition: attachment;\n"
        " filename*0*=UTF-8''%EA%B2%AC%EC%A0%81;\n filename*1*=%EC%84%9C.pdf",
        "JVBERi0xLjQK",
    )
    tnef = (
        "Content-Type: application/ms-tnef; name=winmail.dat\n"
        "Content-Transfer-Encoding: base64\n"
        "Content-Disposition: attachment; filename=winmail.dat",
        "eJ8+Ig==",
    )
    outlook = (
        "Thread-Topic: Machine\nThread-Index: AdxZ\nAccept-Language: ko-KR\n"
        "X-MS-Has-Attach:\nX-MS-TNEF-Correlator:\n"
        "X-MS-Exchange-Organization-AuthAs: Internal"
    )
    signature = (
        "Content-Type: application/pgp-signature; name=signature.asc",
        "-----BEGIN PGP SIGNATURE-----\n-----END PGP SIGNATURE-----",
    )
    smime = (
        "Content-Type: application/pkcs7-signature; name=smime.p7s\n"
        "Content-Transfer-Encoding: base64",
        "MIAGCSqGSIb3",
    )
    for name, kind, parts, extra in (
        ("outlook", "alternative", both, outlook),
        ("outlook-inline", "related", [both[1], image], outlook),
        ("outlook-tnef", "mixed", [both[0], tnef], outlook),
        ("exchange", "alternative", both, "X-Auto-Response-Suppress: DR, RN, NRN, OOF"),
        ("gmail", "alternative", both, "X-Gm-Message-State: ABC"),
        ("gmail-file", "mixed", [both[0], pdf], "X-Google-Smtp-Source: ABC"),
        ("apple", "alternative", both, "X-Mailer: Apple Mail (2.3826.400.131)"),
        ("apple-files", "mixed", [both[0], pdf, both[0], image], "X-Mailer: iPhone"),
        ("naver", "alternative", both, "X-Mailer: Naver Mail\nX-Naver-CIP: 1"),
        ("naver-file", "mixed", [both[1], pdf], "X-Originating-IP: 10.0.0.1"),
        ("daum", "alternative", both, "X-Mailer: Daum Web Mailer 1.1\nX-HM-UT: x"),
        ("hanmail", "mixed", [both[1], image], "X-Hanmail-Peer-IP: 10.0.0.1"),
        ("kakao", "alternative", both, "X-Kakaomail-MID: 1\nX-Kakaomail-RCODE: 1"),
        ("thunderbird", "mixed", [both[0], pdf], "User-Agent: Mozilla Thunderbird"),
        ("pgp", "signed", [both[0], signature], "X-Mailer: Mutt"),
        ("smime", "signed", [both[0], smime], "X-Mailer: Apple Mail"),
        ("list", "alternative", both, "List-Id: <users.alpha>\nPrecedence: list"),
        ("yahoo", "alternative", both, "X-Mailer: WebService/1.1 YMailNodin"),
    ):
        raw = build.multi(f"client-{name}", kind, parts, extra=extra)
        build.add("clients", name, raw, text="기계가 멈췄습니다")
    for name, sender_name in (("naver", "홍길동"), ("outlook", "Müller, Jürgen")):
        raw = build.plain(
            f"sender-{name}",
            From=f"{word(sender_name)} <{SENDER}>",
            subject=word("기계 ") + "\n " + word("고장"),
        )
        build.add("clients", f"sender of {name}", raw, text=ENGLISH)
    flowed = "text/plain; charset=utf-8; format=flowed; delsp=yes"
    raw = build.plain("thunderbird-flowed", f"{KOREAN} \n> quoted\n-- \nAnn", flowed)
    build.add("clients", "flowed", raw, text=KOREAN)
    raw = build.plain("iphone", f"{KOREAN}\n\niPhone에서 보냄")
    build.add("clients", "iPhone", raw, text=KOREAN)
    raw = build.plain("html-only", html, "text/html; charset=utf-8")
    build.add("clients", "only HTML", raw, text=KOREAN)


def forwards(build, _known):
    """A person passes on what came to him, also what a machine had sent him."""
    inner = build.plain("inner", KOREAN, extra="Auto-Submitted: auto-replied").decode()
    report = dsn(build, "inner-dsn", "postfix")
    cases = (
        ("Fwd: Machine", "---------- Forwarded message ---------\n" + ENGLISH),
        ("FW: Machine", "-----Original Message-----\nFrom: Bob\n" + ENGLISH),
        (word("전달: 기계"), "----- 전달된 메시지 -----\n" + KOREAN),
        (word("FW: 자동 회신: 기계"), "왜 이런 답이 오나요?\n" + KOREAN),
    )
    for number, (subject, body) in enumerate(cases):
        raw = build.plain(f"forward-{number}", body, subject=subject)
        build.add("forwards", f"inline {number}", raw)
    for name, mail in (("mail", inner), ("report", report)):
        attached = ("Content-Type: message/rfc822", mail)
        raw = build.multi(
            f"forward-{name}", "mixed", [part("text/plain", ENGLISH), attached]
        )
        build.add("forwards", f"attached {name}", raw, text=ENGLISH)
    digest = [("Content-Type: message/rfc822", inner)] * 3
    build.add("forwards", "digest", build.multi("digest", "digest", digest))


def autoreplies(build, _known):
    """Answers of machines, by the headers and subjects that real systems send."""
    english, korean = (
        "I am out of the office.",
        "부재중입니다. 돌아와서 회신하겠습니다.",
    )
    for number, (header, subject, body) in enumerate(
        (
            ("Auto-Submitted: auto-replied", "Re: Machine", english),
            ("Auto-Submitted: auto-replied (vacation)", "Re: Machine", english),
            ("Auto-Submitted: auto-generated", "Report", english),
            ("Auto-Submitted: auto-notified", "Notice", english),
            ("X-Autoreply: yes", "Re: Machine", english),
            ("X-Autorespond: Machine", "Re: Machine", english),
            ("X-Autoreply-From: ann@alpha.example.com", "Re: Machine", english),
            ("X-Mail-Autoreply: 1", "Re: Machine", english),
            ("X-FC-MachineGenerated: true", "Machine", english),
            ("X-POST-MessageClass: 9; Autoresponder", "Machine", english),
            ("Precedence: auto_reply", "Re: Machine", english),
            ("Precedence: bulk", "News of the month", english),
            ("Precedence: junk", "Re: Machine", english),
            ("X-Auto-Response-Suppress: All", "Automatic reply: Machine", english),
            ("", "Out of Office: Machine", english),
            ("", "Out of Office Re: Machine", english),
            ("", "Autoreply: Machine", english),
            ("", "Auto-Reply: Machine", english),
            ("", "Abwesenheitsnotiz: Maschine", "Ich bin nicht im Büro."),
            ("", word("Réponse automatique : machine"), "Je suis absent."),
            ("", word("자동 회신: 기계 고장"), korean),
            ("", word("자동회신: 기계 고장"), korean),
            ("", word("[자동응답] 기계 고장"), korean),
            ("", word("[부재중] 기계 고장"), korean),
            ("", word("부재 중 자동 응답"), korean),
            ("", word("부재중 알림 : 기계 고장"), korean),
            ("X-Naver-Vacation: y\nAuto-Submitted: auto-replied", word("회신"), korean),
        )
    ):
        raw = build.plain(f"auto-{number}", body, subject=subject, extra=header)
        name = header.partition(":")[0] or f"subject {number}"
        build.add("auto-replies", name, raw, MACHINE)


def dsn(build, name, system, extra=""):
    """Return a delivery report (RFC 3464) as text."""
    subject, sender, text = {
        "postfix": ("Undelivered Mail Returned to Sender", "MAILER-DAEMON", ENGLISH),
        "exchange": (word("배달되지 않음: 기계"), "postmaster", "배달하지 못했습니다."),
        "gmail": ("Delivery Status Notification (Failure)", "mailer-daemon", ENGLISH),
        "delayed": ("Delayed Mail (still being retried)", "MAILER-DAEMON", ENGLISH),
        "naver": (word("메일 전송 실패 안내"), "Postmaster", "전송에 실패했습니다."),
    }[system]
    status = (
        "Content-Type: message/delivery-status",
        "Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; gone@x.example\n"
        f"Action: {'delayed' if system == 'delayed' else 'failed'}\nStatus: 5.1.1",
    )
    original = (
        "Content-Type: text/rfc822-headers",
        "Message-ID: <unknown@desk.example>\nSubject: Re: Machine",
    )
    return build.multi(
        name,
        "report; report-type=delivery-status",
        [part("text/plain", text), status, original],
        subject=subject,
        sender=f"{sender}@mx.example",
        extra=f"Return-Path: <>\nAuto-Submitted: auto-replied\n{extra}".strip(),
    )


def bounces(build, known):
    """Reports that a mail was not delivered, with and without RFC 3464."""
    for system in ("postfix", "exchange", "gmail", "delayed", "naver"):
        raw = dsn(build, f"dsn-{system}", system)
        build.add("bounces", system, raw, MACHINE)
    raw = dsn(build, "dsn-thread", "postfix", f"References: {known['parent']}")
    build.add("bounces", "of our answer", raw, MACHINE)
    for name, subject, body in (
        ("qmail", "failure notice", "Hi. This is the qmail-send program."),
        ("daum", word("메일이 반송되었습니다"), "받는 사람을 찾을 수 없습니다."),
    ):
        raw = build.plain(
            f"bounce-{name}",
            body,
            subject=subject,
            sender="MAILER-DAEMON@mx.example",
            extra="Return-Path: <>",
        )
        build.add("bounces", name, raw, MACHINE)


def calendars(build, _known):
    """Answers to invitations; an invitation itself is a person's mail."""
    for number, (method, subject, outcomes) in enumerate(
        (
            ("REPLY", "Accepted: Visit", MACHINE),
            ("REPLY", word("수락: 방문"), MACHINE),
            ("REPLY", "Declined: Visit @ Mon", MACHINE),
            ("REPLY", word("거절됨: 방문"), MACHINE),
            ("REQUEST", "Invitation: Visit", PERSON),
        )
    ):
        event = (
            f"BEGIN:VCALENDAR\nMETHOD:{method}\nBEGIN:VEVENT\nUID:1@x\n"
            "END:VEVENT\nEND:VCALENDAR"
        )
        parts = [
            part("text/plain", ENGLISH),
            (f"Content-Type: text/calendar; charset=utf-8; method={method}", event),
        ]
        raw = build.multi(f"cal-{number}", "alternative", parts, subject=subject)
        build.add("calendar replies", subject, raw, outcomes)
    kind = "text/calendar; charset=utf-8; method=REPLY"
    raw = build.plain("cal-alone", event, kind, subject="Tentative: Visit")
    build.add("calendar replies", "alone", raw, MACHINE)


def receipts(build, _known):
    """Read receipts (RFC 8098)."""
    for number, subject in enumerate(
        ("Read: Machine", word("읽음: 기계"), "Return Receipt (displayed) - Machine")
    ):
        status = (
            "Content-Type: message/disposition-notification",
            "Final-Recipient: rfc822; ann@alpha.example.com\n"
            "Disposition: manual-action/MDN-sent-manually; displayed",
        )
        raw = build.multi(
            f"receipt-{number}",
            "report; report-type=disposition-notification",
            [part("text/plain", ENGLISH), status],
            subject=subject,
        )
        build.add("read receipts", subject, raw, MACHINE)


def threads(build, known):
    """Answers to a ticket: of its customer, of a stranger, of a machine."""
    parent, number = known["parent"], known["ticket"]
    for name, extra, head, outcome in (
        ("in-reply-to", f"In-Reply-To: {parent}", {}, "message"),
        ("references", f"References: <x@y.example>\n {parent}", {}, "message"),
        ("token", "", {"subject": f"Re: [{number}] Machine"}, "message"),
        ("token in Korean", "", {"subject": word(f"회신: {number} 기계")}, "message"),
        (
            "stranger",
            f"In-Reply-To: {parent}",
            {"sender": "eve@nowhere.example"},
            "stranger",
        ),
        (
            "token of a stranger",
            "",
            {"subject": f"Re: {number}", "sender": "eve@nowhere.example"},
            "ticket",
        ),
        (
            "machine",
            f"In-Reply-To: {parent}\nAuto-Submitted: auto-replied",
            {},
            "message",
        ),
    ):
        raw = build.plain(f"thread-{name.replace(' ', '-')}", extra=extra, **head)
        build.add("threads", name, raw, (outcome,))


def malformed(build, _known):
    """What no program should send, and some do."""

    def add(name, raw, outcomes=PERSON, text="", by_smtp=False):
        build.add("malformed", name, raw, outcomes, text, by_smtp)

    name = iter(f"bad-{number}" for number in range(1000))

    def plain(body=ENGLISH, kind="text/plain; charset=utf-8", **head):
        return build.plain(next(name), body, kind, **head)

    def injected(text):
        return "=?utf-8?B?" + base64.b64encode(text.encode()).decode() + "?="

    evil = injected("Ann\r\nBcc: victim@x.example")
    add("NUL in the subject", plain(subject="a\x00b"))
    add("NUL in an encoded subject", plain(subject=injected("a\x00b")))
    add("NUL in the body", plain("a\x00b " + ENGLISH))
    add("NUL in HTML", plain(f"<p>a\x00{ENGLISH}</p>", "text/html; charset=utf-8"))
    add("control characters", plain("a\x01\x02\x1b[31m\x7f" + ENGLISH))
    add("bare CR in the body", plain("first\rsecond " + ENGLISH), text=ENGLISH)
    add("bare CR in a header", plain(subject="first\rsecond"))
    add("break in the sender", plain(From=f"{evil} <{SENDER}>"))
    add("break in the subject", plain(subject=evil))
    add("break in a name of To", plain(To=f"{evil} <{build.to}>"))
    add("break in Reply-To", plain(extra=f"Reply-To: {evil} <x@y.example>"))
    add("break in Message-Id", plain(Message_ID=injected("<a@x>\r\nX: y")))
    add("subject of 2,000 characters", plain(subject="x" * 2000))
    add("subject of 100,000 characters", plain(subject=word("기계 " * 25000)))
    add(
        "subject broken in a character",
        plain(subject="=?utf-8?B?6riw6?= =?utf-8?B?4?="),
    )
    add("encoded word without end", plain(subject="=?utf-8?B?6riw"))
    add("encoded word of no charset", plain(subject="=?x-no-such?B?6riw6rOE?="))
    add("empty subject", plain(subject=" "))
    add("no subject", plain(subject=""))
    add("no Message-Id", plain(Message_ID=""))
    add("Message-Id without brackets", plain(Message_ID="bare-id at x"))
    add("Message-Id of 5,000 characters", plain(Message_ID=f"<{'x' * 5000}@x.example>"))
    add("no Date", plain(Date=""))
    add("Date of no sense", plain(Date="yesterday, after lunch"))
    add("Date of the year 0001", plain(Date="Mon, 1 Jan 0001 00:00:00 +0000"))
    add("Date far away", plain(Date="Fri, 31 Dec 9999 23:59:59 -1400"))
    add("zone of 99 hours", plain(Date="Fri, 20 Nov 2026 15:00:00 +9999"))
    add("no From", plain(From=""), ANY)
    add("empty From", plain(From="<>"), ANY)
    add("From of no address", plain(From="Ann Alpha"), ANY)
    add("two senders", plain(From=f"{SENDER}, bob@alpha.example.com"))
    add("From in raw Korean", plain(From=f"홍길동 <{SENDER}>"))
    add("From quoted wrongly", plain(From=f'"Ann <{SENDER}>'), ANY)
    add("no recipient", plain(To="undisclosed-recipients:;"))
    many = ",\n ".join(f"u{number}@other.example" for number in range(500))
    add("500 recipients", plain(To=f"{build.to},\n {many}"))
    add("References of 100 KB", plain(References="<x@y.example> " * 6000))
    add("In-Reply-To of no sense", plain(In_Reply_To="your mail of today"))
    add("two Content-Types", plain(extra="Content-Type: text/plain; charset=utf-8"))
    add("no charset of that name", plain(kind='text/plain; charset="=?x?"'))
    add("Content-Type of no sense", plain(kind="text"), text=ENGLISH)
    add("Content-Type with a slash too many", plain(kind="text/plain/x; charset=utf-8"))
    add("multipart without boundary", plain(kind="multipart/mixed"))
    add("multipart without end", plain("--e\n\nHello", "multipart/mixed; boundary=e"))
    add("multipart without parts", plain("nothing", "multipart/mixed; boundary=e"))
    add(
        "boundary in boundary",
        plain("--a\n--a\n--a--\n", "multipart/mixed; boundary=a"),
    )
    for cte, body in (
        ("base64", "!!!not base64!!!"),
        ("base64", "6riw6rOE6rCA\n@@@@\n6riw"),
        ("quoted-printable", "=ZZ =E2=8 broken ="),
        ("x-uuencode", binascii.b2a_uu(b"Hello").decode()),
        ("no-such-encoding", ENGLISH),
    ):
        text = build.head(next(name)) + "Content-Type: text/plain; charset=utf-8\n"
        add(f"{cte}: {body[:8]}", f"{text}Content-Transfer-Encoding: {cte}\n\n{body}\n")
    add("empty body", plain(""))
    add("no body", build.head(next(name)))
    add("no blank line", build.head(next(name)) + "This is no header")
    add("header without colon", plain(extra="This is no header line"), ANY)
    add("mbox line", "From ann@alpha Fri Nov 20 15:00:00 2026\n" + plain().decode())
    add("line of 70 KB", plain("x" * 70_000), text="xxxx")
    add("HTML of 3,000 levels", plain("<div>" * 3000, "text/html; charset=utf-8"))
    script = "<script>alert(1)</script><img src=x onerror=alert(1)>" + ENGLISH
    add("HTML with a script", plain(script, "text/html; charset=utf-8"), text=ENGLISH)
    add("half a surrogate", plain(b"\xed\xa0\x80 " + ENGLISH.encode()), text=ENGLISH)
    add("message/partial", plain(ENGLISH, "message/partial; id=x; number=1"), ANY)
    add("message/external-body", plain("x", "message/external-body; access-type=x"))
    files = [
        ('attachment; filename="../../etc/passwd"', "x"),
        (f'attachment; filename="{"x" * 400}.txt"', "x"),
        ("attachment; filename*=no-such''%ff%fe.txt", "x"),
        ("attachment; filename==?euc-kr?B?sKE=?=", "x"),
        ("attachment", ""),
        (f"attachment; filename={injected('a' + chr(0) + 'b.txt')}", "x"),
    ]
    for number, (disposition, content) in enumerate(files):
        parts = [
            part("text/plain", ENGLISH),
            (
                f"Content-Type: text/plain\nContent-Disposition: {disposition}",
                content,
            ),
        ]
        raw = build.multi(next(name), "mixed", parts)
        build.add("malformed", f"file name {number}", raw, text=ENGLISH, by_smtp=False)


def oversize(build, _known):
    """More than a server should be asked to take in; limits of the tests."""
    add, few = build.add, [part("text/plain", ENGLISH)]
    note = ("Content-Type: text/plain", "x")
    add("oversize", "1,200 parts", build.multi("parts", "mixed", [note] * 1200), KEPT)
    nested = build.head("nested")
    for level in range(1100):
        kind = f"Content-Type: multipart/mixed; boundary=b{level}\n\n"
        nested += f"{kind}--b{level}\n"
    add("oversize", "1,100 levels", nested, KEPT, by_smtp=False)
    file = (
        "Content-Type: text/plain; name=f.txt\nContent-Disposition: attachment",
        "x",
    )
    add("oversize", "60 files", build.multi("files", "mixed", few + [file] * 60))
    big = base64.encodebytes(bytes(1_100_000)).decode()
    blob = ("Content-Type: a/b\nContent-Transfer-Encoding: base64", big)
    add("oversize", "more than a megabyte", build.multi("big", "mixed", [blob]), KEPT)


def duplicates(build, _known):
    """The same mail by another way, and another mail under the same Message-Id."""
    raw = build.plain("twice", subject="Twice").decode()
    build.add("duplicates", "first", raw)
    build.add("duplicates", "again", f"Received: by mx2.example\n{raw}", ("duplicate",))
    raw = build.plain("no id", subject="Twice without id", Message_ID="").decode()
    build.add("duplicates", "first without id", raw)
    build.add("duplicates", "without id", f"X-Spam: no\n{raw}", ("duplicate",))
    forged = build.plain("twice", "Something else", subject="Forged")
    build.add("duplicates", "forged id", forged, text="Something else")


def fuzzed(build, _known):
    """Ordinary mails with bytes changed, taken out, doubled; always the same ones."""
    chance = random.Random(19)
    kinds = ("clients", "charsets", "forwards", "bounces")
    good = [sample for sample in build.samples if sample.group in kinds]
    for number in range(40):
        # The line of the own mail server stays: it says whose mailbox it is.
        head, _break, rest = chance.choice(good).raw.partition(b"\r\n")
        rest = bytearray(rest)
        for _change in range(chance.randint(1, 12)):
            at = chance.randrange(len(rest))
            what = chance.randrange(4)
            if what == 0:
                rest[at] = chance.randrange(256)
            elif what == 1:
                del rest[at : at + chance.randint(1, 40)]
            elif what == 2:
                rest[at:at] = rest[at : at + chance.randint(1, 200)]
            else:
                rest[at:at] = chance.randbytes(chance.randint(1, 6))
        unique = f"\r\nX-Fuzzed: {number}\r\n".encode()
        build.add("fuzzed", str(number), head + unique + rest, ANY, by_smtp=False)
