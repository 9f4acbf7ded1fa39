"""How actions and subjects of audit events read; codes without words here are shown as they are."""

from typing import Any

from flask_babel import lazy_gettext as _

ACTIONS = {
    "add": _("新增"),
    "attach_call_guide": _("上传省厅申报指南"),
    "attach_guide": _("上传申报指南"),
    "certify": _("企业认证"),
    "change": _("修改"),
    "check_file": _("校验文件"),
    "delete_draft": _("删除草稿"),
    "restore_draft": _("恢复草稿"),
    "remove_draft": _("彻底删除草稿"),
    "disable": _("停用"),
    "enable": _("启用"),
    "join": _("加入企业"),
    "export_audit": _("导出审计日志"),
    "lock": _("锁定"),
    "place": _("设置所在地区"),
    "publish": _("发布版本"),
    "publish_guide": _("发布申报指南"),
    "recommend": _("推荐"),
    "decline": _("不推荐"),
    "return": _("回退"),
    "withdraw": _("撤回"),
    "recommend_many": _("批量推荐"),
    "register": _("注册"),
    "remove": _("删除"),
    "remove_letter": _("删除推荐函"),
    "resend": _("重发消息"),
    "reset_password": _("重置密码"),
    "retry": _("重试任务"),
    "set_responsible_office": _("设置责任科室"),
    "start": _("开始申报"),
    "submit": _("提交申报"),
    "switch_role": _("分配角色"),
    "unlock": _("解锁"),
    "update": _("更新信息"),
    "add_former_name": _("登记曾用名"),
    "remove_former_name": _("删除曾用名"),
    "import_credit_records": _("导入失信名单"),
    "remove_credit_record": _("移出失信记录"),
    "import_titles": _("导入入选名单"),
    "import_people": _("导入人员"),
    "import_departments": _("导入部门"),
    "match_titles": _("重新匹配入选名单"),
    "link": _("关联企业"),
    "unlink": _("确认无对应企业"),
    "label": _("添加企业标签"),
    "unlabel": _("移除企业标签"),
    "rename": _("重命名"),
    "upload_sheet": _("上传工作簿"),
    "hand_out_passwords": _("领取初始密码"),
    "upload_letter": _("上传推荐函"),
    "make_letter": _("生成推荐函"),
    "save_letter_template": _("保存推荐函模板"),
    "remove_letter_template": _("删除推荐函模板"),
    "export": _("导出Excel"),
    "verify_audit_chain": _("校验审计链"),
}
SUBJECTS = {
    "Account": _("账号"),
    "Call": _("方向"),
    "CallGuide": _("申报指南"),
    "CodeListItem": _("代码表选项"),
    "Declaration": _("申报项目"),
    "DeclarationTypeVersion": _("申报类型版本"),
    "Department": _("部门"),
    "Enterprise": _("企业"),
    "Holiday": _("节假日"),
    "Job": _("后台任务"),
    "Letter": _("推荐函"),
    "LetterTemplate": _("推荐函模板"),
    "CreditRecord": _("失信记录"),
    "Label": _("企业标签"),
    "Material": _("附件材料"),
    "Title": _("称号"),
    "Membership": _("企业成员"),
    "Outbox": _("邮件和短信"),
    "Programme": _("项目认定评定名称"),
    "ResponsibleOffice": _("责任科室"),
    "StoredFile": _("文件"),
}
JOB_KINDS = {
    "declaration_document": _("生成申报书"),
    "declaration_preview": _("生成预览"),
    "summary_sheet": _("导出汇总表"),
    "attachment_bundle": _("打包申报材料"),
    "list_export": _("导出Excel"),
    "letter_preview": _("预览推荐函"),
    "type_preview": _("预览类型的申报书"),
    "recommendation_letter": _("生成推荐函"),
    "credit_query": _("批量信用查询"),
    "import_credit_records": _("导入失信名单"),
    "import_titles": _("导入入选名单"),
    "import_people": _("导入人员"),
    "import_departments": _("导入部门"),
    "tell_moves": _("告知办理结果"),
    "tell_arrivals": _("告知项目送达"),
    "tell_guide": _("告知申报指南"),
    "digest": _("每日提醒"),
}
LOG_IN_REASONS = {
    "Invalid": _("用户名或密码错误"),
    "TooManyAttempts": _("连续失败被暂时锁定"),
    "Forbidden": _("账号已停用或被锁定"),
    "CodeAsked": _("密码正确，待短信验证"),
    "WrongCode": _("短信验证码不正确"),
}


def words_of(words: dict[str, Any]):
    """Return a column formatter that shows the words for a code."""

    def show_words(_view: Any, _context: Any, row: Any, name: str) -> Any:
        code = getattr(row, name)
        return words.get(code, code or "—")

    return show_words
