"""What the person of the end-to-end test types, section by section, in the order of the form.

Keys are input names; a value is a text, `Pick` for radio buttons and boxes to tick, or a list of records.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Pick:
    """One option or several."""

    keys: tuple[str, ...]
    labels: tuple[str, ...]


def pick(**options: str) -> Pick:
    """Return the options by key and label."""
    return Pick(tuple(options), tuple(options.values()))


ROUTE = {
    "admission_route": pick(direct="直接认定"),
    "direct_qualifications": pick(
        support_platform="广东省智能制造公共技术支撑平台", innovation_centre="智能制造领域省级及以上制造业创新中心"
    ),
}
BASIC = {
    "apply_field": pick(solution="智能制造系统解决方案"),
    "address": "惠城区江北街道云山西路 21 号 5 栋",
    "postcode": "516008",
    "legal_representative": "陈安之",
    "nationality": "中国",
    "legal_phone": "13912345678",
    "contact": "林晚舟",
    "contact_phone": "0752-2830017",
    "fax": "0752-2830018",
    "registered_on": "2011-09",
    "registered_capital": "3200",
    "foreign_ratio": "12.5",
    "total_assets": "18250.75",
    "fixed_assets": "6120.4",
    "enterprise_kind": pick(other="其他企业"),
    "enterprise_kind_other": "新型研发机构",
    "listed": pick(overseas="海外"),
    "listed_on": "2019-11",
    "staff": "321",
    "rd_staff": "97",
}
CLUSTERS = pick(high_end_equipment="高端装备制造", intelligent_robot="智能机器人", laser_additive="激光与增材制造")
ECONOMICS = {
    "econ-y1-revenue": "9100.5",
    "econ-y2-revenue": "10240",
    "econ-y3-revenue": "12011.36",
    "econ-y1-main_revenue": "8700.1",
    "econ-y2-main_revenue": "9800.2",
    "econ-y3-main_revenue": "11500.3",
    "econ-y1-rd_spend": "640.25",
    "econ-y2-rd_spend": "755.5",
    "econ-y3-rd_spend": "910.75",
    "econ-y1-profit_rate": "8.6",
    "econ-y2-profit_rate": "9.15",
    "econ-y3-profit_rate": "-1.2",
}
AVERAGE = "10,000.20"  # (8700.1 + 9800.2 + 11500.3) / 3
PRODUCTS = [
    {
        "name": "整线数字孪生平台",
        "revenue_y2": "4100.5",
        "revenue_y3": "5200.25",
        "intro": "面向离散制造的整线建模与仿真平台，支持从单机到车间的逐级搭建；"
        "内置二十余种工位模板，投产前即可验证节拍。",
    },
    {
        "name": "柔性上下料单元",
        "revenue_y2": "2300",
        "revenue_y3": "2650.8",
        "intro": "由协作机器人、快换夹具与视觉定位组成的标准单元，“即插即用”，换线不超过 10 分钟。",
    },
]
CERTIFICATES = [
    {
        "issuer": "广东省工业和信息化厅",
        "name": "智能制造公共技术支撑平台",
        "granted_on": "2021-12",
        "valid_until": "长期有效",
    },
    {"issuer": "惠州市科学技术局", "name": "市级工程技术研究中心", "granted_on": "2020-06", "valid_until": "五年"},
]
RIGHTS = [
    {"ip_type": ("invention", "发明专利"), "title": "一种产线节拍自适应平衡方法", "issued_on": "2020-05-19"},
    {"ip_type": ("invention", "发明专利"), "title": "一种快换夹具及其定位机构", "issued_on": "2021-08-31"},
    {"ip_type": ("software", "软件著作权"), "title": "整线数字孪生建模软件 V3.1", "issued_on": "2022-03-08"},
    {"ip_type": ("group_standard", "团体标准"), "title": "离散制造车间数据采集规范", "issued_on": "2023-10-16"},
]
PROFILE = (
    "公司成立于二〇一一年，由三位从事装备研制的工程师发起，最初为本地电子企业改造单机设备，后来逐步承接整线方案。\n"
    "目前主营整线数字孪生平台、柔性上下料单元及配套的实施服务，客户覆盖消费电子、储能与家电三个行业，"
    "累计交付产线一百三十余条，其中粤港澳大湾区内约占八成。\n"
    "公司建有两千平方米的试制车间与一间对外开放的验证中心，常年向中小企业提供工艺验证；研发人员九十七人，"
    "近三年研发投入占营业收入的比例均在百分之七以上。\n"
    "在行业地位方面，公司参与起草团体标准一项，连续三年在本市装备企业综合评价中名列前茅；"
    "主要市场为广东、江西、广西三省（区），海外业务以越南、马来西亚的电子代工厂为主。\n"
    "未来三年，公司计划把验证中心建成面向全省的公共技术支撑平台，形成“评估—验证—实施—运维”的完整服务能力。"
)
CASES = [
    {
        "name": "储能电池模组装配整线",
        "in_guangdong": ("yes", "是"),
        "finished_on": "2023-04",
        "client": "惠州湖光储能有限公司（虚构）",
        "solved": "模组换型频繁，原产线每次换型停机六小时；工位之间没有数据联系，质量问题只能整批返工。",
        "approach": "先用数字孪生平台推演三种布局，再以十二个标准工位搭建整线，物料与工艺参数随托盘流转。",
        "architecture": "底层为标准工位与柔性上下料单元，中间为统一的产线控制器，上层为孪生平台与质量追溯库，"
        "三层之间按团体标准交换数据。",
        "results": "换型时间由六小时降到二十五分钟，一次通过率由 96.1% 提高到 99.3%，两年内复制到四条产线。",
    },
    {
        "name": "小家电总装车间改造",
        "in_guangdong": ("no", "否"),
        "finished_on": "2022-11",
        "client": "赣南明灯电器有限公司（虚构）",
        "solved": "人工搬运占用三成工时，旺季招工困难，订单交付周期长达二十天。",
        "approach": "以柔性上下料单元替代搬运岗位，并把排产与仓储数据接入同一平台。",
        "architecture": "车间设八个上下料单元、一套线边库与一台边缘服务器，通过工业以太网连接。",
        "results": "减少搬运岗位二十六个，交付周期缩短到九天，投资十八个月收回。",
    },
]
PROJECTS = [
    {
        "name": "面向中小企业的智能制造验证平台",
        "role": ("lead", "牵头"),
        "authority": "惠州市工业和信息化局",
        "intro": "市级专项，建设开放的工艺验证环境，三年内服务企业六十八家，已通过验收。",
    },
]
FILES = {
    "licence": ["营业执照.pdf"],
    "audits": ["审计报告2021.pdf", "审计报告2022.pdf", "审计报告2023.pdf"],
    "direct_evidence": ["公共技术支撑平台认定文件.pdf"],
    "credit_report": ["信用中国报告.pdf"],
    "ip_files": ["发明专利证书.pdf"],
}


def printed() -> list[str]:
    """Return everything typed as it must stand in the document."""
    found: list[str] = []
    everything: list[Any] = [ROUTE, BASIC, CLUSTERS, ECONOMICS, PRODUCTS, CERTIFICATES, RIGHTS, CASES, PROJECTS]
    _collect(everything, found)
    return [*found, AVERAGE, *PROFILE.split("\n")]


def _collect(value: Any, found: list[str]) -> None:
    if isinstance(value, str):
        found.append(value)
    elif isinstance(value, Pick):
        found.extend(value.labels)
    elif isinstance(value, tuple):
        found.append(value[1])
    else:
        for part in value.values() if isinstance(value, dict) else value:
            _collect(part, found)
