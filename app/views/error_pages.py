"""Refusals and failures as pages with a sentence and a way on."""

import logging

from flask import Flask, Response, jsonify, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError

from ..errors import DomainError
from ..extensions import db
from .access import wants_json
from .urls import safe_path

log = logging.getLogger(__name__)

SENTENCES = {
    400: (_("请求无法识别"), _("提交的内容不完整或已失效，请返回后重试。")),
    401: (_("请先登录"), _("登录已失效，请重新登录后继续。")),
    403: (_("您没有权限进行此操作"), _("如工作需要，请联系本单位的管理员为您开通。")),
    404: (_("没有找到该页面或记录"), _("它可能已被删除、地址有误，或不在您的管理范围内。")),
    405: (_("请求无法识别"), _("该地址不支持这种访问方式，请从菜单重新进入。")),
    409: (_("内容已有变化"), _("其他人刚刚处理了同一条记录，您的操作没有执行，请刷新后查看最新情况。")),
    410: (_("该内容已不再开放"), _("办理时间已过或事项已经结束。")),
    413: (_("上传的文件过大"), _("请压缩或拆分文件后重新上传。")),
    422: (_("操作没有完成"), _("请按提示修改后重试。")),
    429: (_("操作过于频繁"), _("请稍等一会儿再试。")),
    500: (_("系统出现问题"), _("我们已经记录了这个问题，您的数据没有丢失，请稍后重试；如仍不行，请联系平台运维。")),
}


def init_error_pages(app: Flask) -> None:
    """Answer every refusal and failure in words."""
    app.register_error_handler(DomainError, _refused)
    app.register_error_handler(CSRFError, _expired)
    app.register_error_handler(HTTPException, _http_error)


def _refused(refusal: DomainError):
    db.session.rollback()
    title, _sentence = _words(refusal.status)
    return _answer(refusal.status, title, str(refusal), refusal.details)


def _expired(error: CSRFError):
    log.info("csrf refused: %s", error.description)
    return _answer(400, gettext("页面已失效"), gettext("页面打开时间过长或已重新登录，请刷新页面后再提交。"))


def _http_error(error: HTTPException):
    if error.code is None or error.code < 400 or isinstance(error.response, Response):
        return error.get_response()
    if isinstance(error, InternalServerError):
        return _failed(error)
    response = _answer(error.code, *_words(error.code))
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _failed(_error: InternalServerError):
    db.session.rollback()
    return _answer(500, *_words(500), bare=True)


def _words(status: int) -> tuple[str, str]:
    title, sentence = SENTENCES.get(status) or SENTENCES[400 if status < 500 else 500]
    return str(title), str(sentence)


def _answer(status: int, title: str, sentence: str, details: dict | None = None, *, bare: bool = False) -> Response:
    if wants_json():
        plain = {k: v for k, v in (details or {}).items() if isinstance(v, str | int | float | bool | dict | list)}
        response = jsonify(message=sentence, **plain)
    else:
        page = render_template(
            "skin/error.html", title=title, sentence=sentence, status=status, bare=bare, back=_back()
        )
        response = Response(page, mimetype="text/html")
    response.status_code = status
    return response


def _back() -> str | None:
    """Return the page the person came from on this site."""
    referrer = request.referrer or ""
    host = request.host_url.rstrip("/")
    return safe_path(referrer.removeprefix(host)) if referrer.startswith(f"{host}/") else None
