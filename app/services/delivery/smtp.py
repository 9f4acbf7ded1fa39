"""E-mail by SMTP, with the mail server that the environment names."""

import smtplib
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate
from typing import Any

from flask_babel import gettext

from . import NotDelivered, Parcel, Send

REFUSED_FOR_GOOD = range(500, 600)  # RFC 5321: permanent negative completion


class SmtpAdapter:
    """`SMTP_SECURITY` is `starttls` (default), `tls` from the first byte, or `none` inside a closed network."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.config = config

    @contextmanager
    def opened(self) -> Iterator[Send]:
        """Connect once for several e-mails; raises NotDelivered when the server cannot be reached."""
        try:
            server = self._connect()
        except (OSError, smtplib.SMTPException) as error:
            raise NotDelivered(gettext("无法连接邮件服务器：%(reason)s", reason=error)) from error
        try:
            yield lambda parcel: self._send(server, parcel)
        finally:
            _leave(server)

    def _connect(self) -> smtplib.SMTP:
        config, context = self.config, ssl.create_default_context()
        place = config["SMTP_HOST"], config["SMTP_PORT"]
        timeout = config["SMTP_TIMEOUT"]
        if config["SMTP_SECURITY"] == "tls":
            server = smtplib.SMTP_SSL(*place, timeout=timeout, context=context)
        else:
            server = smtplib.SMTP(*place, timeout=timeout)
            if config["SMTP_SECURITY"] == "starttls":
                server.starttls(context=context)
        if config["SMTP_USER"]:
            server.login(config["SMTP_USER"], config["SMTP_PASSWORD"])
        return server

    def _send(self, server: smtplib.SMTP, parcel: Parcel) -> None:
        try:
            server.send_message(self._letter(parcel))
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPResponseException) as error:
            _clear(server)
            code, text = _answer_of(error)
            reason = gettext("邮件服务器拒收：%(code)s %(text)s", code=code, text=text)
            raise NotDelivered(reason, for_good=code in REFUSED_FOR_GOOD) from error
        except (ValueError, MessageError) as error:
            raise NotDelivered(gettext("收件地址或标题无效：%(reason)s", reason=error), for_good=True) from error
        except (OSError, smtplib.SMTPException) as error:
            raise NotDelivered(gettext("邮件发送中断：%(reason)s", reason=error)) from error

    def _letter(self, parcel: Parcel) -> EmailMessage:
        """Return the e-mail; its Message-ID is the parcel's, so that a mail sent twice can be told."""
        sender = self.config["MAIL_FROM"]
        letter = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
        letter["From"], letter["To"], letter["Subject"] = sender, parcel.address, parcel.subject
        letter["Date"], letter["Message-ID"] = formatdate(), f"<{parcel.id}@{sender.rpartition('@')[2].rstrip('>')}>"
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(parcel.body)
        return letter


def _answer_of(error: smtplib.SMTPRecipientsRefused | smtplib.SMTPResponseException) -> tuple[int, str]:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()))
    else:
        code, text = error.smtp_code, error.smtp_error
    return code, text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)


def _clear(server: smtplib.SMTP) -> None:
    """Make the connection ready for the next e-mail; one that is gone says so when that is sent."""
    try:
        server.rset()
    except (OSError, smtplib.SMTPException):
        server.close()


def _leave(server: smtplib.SMTP) -> None:
    try:
        server.quit()
    except (OSError, smtplib.SMTPException):
        server.close()
