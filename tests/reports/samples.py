"""A filled declaration on the shipped form, and the pieces the report tests share."""

from app.forms.definition import TypeDefinition, parse_type
from app.forms.package import TYPES, load_package

KEY = "gd_smart_partner_2024_a"

INTRODUCTION = "面向3C电子行业的高速贴装与检测一体化装备，节拍0.12秒/点，重复定位精度±0.01mm，已在12家企业应用。"

PROFILE = (
    "惠州市智造装备股份有限公司成立于2009年5月，注册资金5,000万元，是一家从事智能制造装"
    "备研发、生产与销售的国家高新技术企业（证书编号：GR202144001234）。公司现有员工"
    "326人，其中研发人员98人，建有省级工程技术研究中心；2023年营业收入2.35亿元，同比"
    "增长18.6%。\n"
    "公司主营“高速贴装机”“自动光学检测设备（AOI）”与“柔性装配线”三大系列产品，主要客户包"
    "括TCL、德赛西威、亿纬锂能等。产品已覆盖华南、华东地区，并出口越南、墨西哥等国家——海外收"
    "入占比约12%。\n"
    "在行业地位方面，公司连续三年位列广东省电子专用设备行业前十；参与制定国家标准2项、行业标准3"
    "项、团体标准5项，拥有发明专利36件、实用新型72件、软件著作权41件。公司坚持“以客户为中"
    "心，以奋斗者为本”的理念，持续投入研发，近三年研发投入占营业收入的比例分别为8.2%、8.9"
    "%、9.4%。"
)

ARCHITECTURE = (
    "方案由感知层、网络层、平台层和应用层组成：\n"
    "1.感知层：传感器与机器视觉；\n"
    "2.网络层：5G专网；\n"
    "3.平台层：工业互联网平台。"
)

LONG = (
    "针对客户产线换型时间长（平均4.5小时）、人工检测漏检率高（约1.8%）、设备数据孤岛等问题"
    "，项目组对现有36台设备进行联网改造，部署边缘网关12台，打通MES、ERP与WMS之间的数"
    "据接口，形成“设备—产线—车间—企业”四级数据贯通。\n"
    "方案采用OPC UA统一建模，数据采集频率达到100毫秒/次；在此基础上构建工艺参数自适应模"
    "型，实现贴装压力、温度与速度的在线优化。"
)


def shipped_definition() -> TypeDefinition:
    """Return the definition of annex 2.1."""
    return parse_type(load_package(TYPES / KEY))


def filled_answers(cases: int = 3) -> dict:
    """Return answers to every question of the form, as a submission freezes them."""
    return {
        "route": {"admission_route": "direct", "direct_qualifications": ["robot_backbone", "data_ai_backbone"]},
        "basic": {
            "unit_name": "惠州市智造装备股份有限公司",
            "apply_field": "equipment",
            "credit_code": "91441300MA4W1XYZ2B",
            "region": "惠州市/惠城区",
            "address": "广东省惠州市惠城区江北街道云山西路8号智造大厦A座18楼",
            "postcode": "516000",
            "legal_representative": "欧阳㐂明",
            "nationality": "中国",
            "legal_phone": "0752-2808123",
            "contact": "李晓梅",
            "contact_phone": "13800138000",
            "fax": "0752-2808124",
            "clusters": ["electronic_information", "software_service", "intelligent_robot"],
            "registered_on": "2009-05",
            "registered_capital": "5000",
            "foreign_ratio": "0",
            "total_assets": "31200.5",
            "fixed_assets": "8600.1234",
            "enterprise_kind": "other",
            "enterprise_kind_other": "股份合作制企业",
            "listed": "overseas",
            "listed_on": "2019-11",
            "staff": "326",
            "rd_staff": "98",
        },
        "economics": {
            "econ": {
                "y1": {"revenue": "16800", "main_revenue": "16500.25", "rd_spend": "1377.6", "profit_rate": "9.8"},
                "y2": {"revenue": "19800", "main_revenue": "19320", "rd_spend": "1762.2", "profit_rate": "10.25"},
                "y3": {"revenue": "23500", "main_revenue": "23010.1234", "rd_spend": "2209", "profit_rate": "-1.5"},
            },
            "avg_main_revenue": "19610.12",
        },
        "business": {
            "products": [
                {
                    "_id": "r1",
                    "name": "ZM-800高速贴装机",
                    "revenue_y2": "8200",
                    "revenue_y3": "9600.5",
                    "intro": INTRODUCTION,
                },
                {
                    "_id": "r2",
                    "name": "AOI光学检测设备",
                    "revenue_y2": "6100",
                    "revenue_y3": "7300",
                    "intro": "第一代\n第二代",
                },
                {
                    "_id": "r3",
                    "name": "柔性装配线",
                    "revenue_y2": "3300",
                    "revenue_y3": "4100",
                    "intro": INTRODUCTION * 4,
                },
            ]
        },
        "qualifications": {
            "certificates": [
                {
                    "_id": "r1",
                    "issuer": "广东省科学技术厅、广东省财政厅、国家税务总局广东省税务局",
                    "name": "高新技术企业证书",
                    "granted_on": "2021-12",
                    "valid_until": "三年",
                },
                {
                    "_id": "r2",
                    "issuer": "广东省工业和信息化厅",
                    "name": "省级机器人骨干（培育）企业",
                    "granted_on": "2022-06",
                    "valid_until": "2022年6月至2025年6月",
                },
            ]
        },
        "intellectual_property": {
            "ip": [
                {
                    "_id": f"r{number}",
                    "ip_type": ("invention", "utility_model", "software")[number % 3],
                    "title": f"一种用于电子元件贴装的视觉定位方法及系统（第{number}项）",
                    "issued_on": f"2022-{number % 12 + 1:02d}-{number % 28 + 1:02d}",
                }
                for number in range(1, 24)
            ]
        },
        "truth": {"truth_statement": True},
        "profile": {"profile_text": PROFILE},
        "services": {
            "cases": [
                {
                    "_id": f"r{number}",
                    "name": f"某电子企业SMT车间数字化改造项目（{number}期）",
                    "in_guangdong": "yes" if number % 2 else "no",
                    "finished_on": f"2023-0{number % 9 + 1}",
                    "client": "惠州市某某电子科技有限公司",
                    "solved": LONG,
                    "approach": LONG * 2,
                    "architecture": ARCHITECTURE,
                    "results": "投产后换型时间由4.5小时缩短至1.2小时，漏检率下降至0.05%，人均产值提高37.5%。",
                }
                for number in range(1, cases + 1)
            ]
        },
        "government_projects": {
            "projects": [
                {
                    "_id": "r1",
                    "name": "2022年省级促进经济高质量发展专项（智能制造方向）",
                    "role": "lead",
                    "authority": "广东省工业和信息化厅",
                    "intro": LONG,
                }
            ]
        },
    }


FILES = {
    "case_media": ["方案架构图.jpg"],
    "licence": ["智造装备营业执照.pdf"],
    "audits": ["智造装备审计报告1.pdf", "智造装备审计报告2.pdf", "智造装备审计报告3.pdf"],
    "credit_report": ["智造装备信用中国报告.pdf"],
}
