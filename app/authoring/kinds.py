"""What the kinds of fields are called by authors."""

KIND_NAMES = {
    "text": "单行文字",
    "longtext": "多行文字",
    "int": "整数",
    "number": "小数",
    "money": "金额",
    "percent": "百分比",
    "date": "日期",
    "month": "年月",
    "choice": "单选",
    "choices": "多选",
    "region": "地区",
    "phone": "电话",
    "email": "电子邮箱",
    "credit_code": "统一社会信用代码",
    "id_number": "身份证号",
    "file": "附件",
    "consent": "承诺",
    "computed": "计算值",
    "matrix": "固定表格",
    "repeat": "记录清单",
}
