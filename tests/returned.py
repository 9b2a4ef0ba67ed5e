"""What other mail systems send back, made up: delivery reports, complaints, and mails of no account."""

from __future__ import annotations

CRLF = "\r\n"


def dsn(
    to: str,
    recipient: str = "ada@example.org",
    *,
    status: str = "5.1.1",
    action: str = "failed",
    diagnostic: str = "smtp; 550 5.1.1 No such user",
    id: str = "1",
    sender: str = "MAILER-DAEMON@mx.example.net",
) -> bytes:
    """A delivery report as Postfix writes them (RFC 3464)."""
    return f"""Return-Path: <>
From: Mail Delivery System <{sender}>
To: {to}
Subject: Undelivered Mail Returned to Sender
Date: Sun, 22 Nov 2026 04:00:00 +0100
Message-ID: <{id}@mx.example.net>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="edge"

--edge
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.example.net. I'm sorry to have to inform you.

--edge
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net
Arrival-Date: Sun, 22 Nov 2026 03:59:58 +0100

Final-Recipient: rfc822; {recipient}
Action: {action}
Status: {status}
Diagnostic-Code: {diagnostic}

--edge
Content-Type: text/rfc822-headers

From: Small Planet <digest@example.org>
Subject: Small Daily

--edge--
""".replace("\n", CRLF).encode()


def arf(
    *,
    feedback_type: str = "abuse",
    return_path: str = "",
    list_unsubscribe: str = "",
    recipient: str = "redacted",
    to: str = "fbl@example.org",
    id: str = "1",
) -> bytes:
    """A complaint (RFC 5965), with as much of our mail as the provider left in."""
    path = f"Return-Path: <{return_path}>\n" if return_path else ""
    link = f"List-Unsubscribe: {list_unsubscribe}\n" if list_unsubscribe else ""
    return f"""From: feedback@isp.example
To: {to}
Subject: FW: Small Daily
Date: Sun, 22 Nov 2026 05:00:00 +0100
Message-ID: <arf-{id}@isp.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="edge"

--edge
Content-Type: text/plain

This is an email abuse report.

--edge
Content-Type: message/feedback-report

Feedback-Type: {feedback_type}
User-Agent: Example/1.0
Version: 1
Original-Rcpt-To: {recipient}

--edge
Content-Type: message/rfc822

{path}From: Small Planet <digest@example.org>
To: {recipient}
{link}Subject: Small Daily

Hello
--edge--
""".replace("\n", CRLF).encode()


def mail(to: str, *, subject: str = "unsubscribe", more: str = "", text: str = "") -> bytes:
    """A person's mail, or their program's."""
    head = f"From: Ada <ada@example.org>\nTo: {to}\nSubject: {subject}\nMessage-ID: <m@example.org>\n{more}"
    return f"{head}\n{text}\n".replace("\n", CRLF).encode()
