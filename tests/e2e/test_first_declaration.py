"""The first declaration, end to end, as each person, in a browser: from 我要申报 to 通过."""

import re
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e import answers
from tests.e2e.conftest import log_in
from tests.e2e.hands import add_records, answer, answer_all, confirm, field, go, heading, paper, seal, upload
from tests.e2e.sheets import cells_of, take_home
from tests.reports.reading import squeezed, whole_text

CALL = "2024年广东省智能制造生态合作伙伴"
COMPANY = "惠州市云杉智能装备有限公司"
TITLE = f"{COMPANY}（智能制造系统解决方案）"


SAVED = re.compile(r"^已保存 \d\d:\d\d$")
OPINIONS = {
    "county_officer": "经核查，材料与原件一致，平台认定文件有效，同意推荐。",
    "city_officer": "企业在储能装配整线方面具有示范意义，建议直接认定。",
    "office_leader": "同意经办意见，予以推荐。",
    "province_officer": "符合直接认定条件，通过。",
}


@pytest.mark.backbone
def test_a_declaration_goes_from_the_first_click_to_approval(as_person, watch, scratch):
    watch.allow("status of 422", "status of 40[01]", "ERR_INTERNET_DISCONNECTED")
    page = as_person("enterprise_admin")
    start(page)
    fill_in(page, scratch)
    document = make_document(page)
    read_document(document)
    seal(page, scratch)
    submit(page)
    recommend_as_county(as_person("county_officer"))
    file_letter(as_person("county_officer"), scratch)
    recommend_as_city(as_person("city_officer"))
    read_sheets(as_person("city_officer"))
    recommend_many_as_leader(as_person("office_leader"))
    approve(as_person("province_officer"))
    see_approval(page)


# ---------------------------------------------------------------- the enterprise fills in the form


def start(page: Page) -> None:
    """Find the open call and begin."""
    page.get_by_role("link", name="我要申报").first.click()
    heading(page, "我要申报")
    line = page.locator("article.opening").filter(has_text="申报中").filter(has_text=CALL)
    line.get_by_role("button", name="申报").click()
    heading(page, "加入方式")


def fill_in(page: Page, scratch: Path) -> None:
    """Fill in every section."""
    choose_route(page)
    fill_basic(page)
    fill_economics(page)
    fill_lists(page)
    fill_texts(page)
    attach_files(page, scratch)


def choose_route(page: Page) -> None:
    """Direct admission asks for qualifications, selection does not."""
    qualifications = page.locator('[data-field="direct_qualifications"]')
    expect(qualifications).to_be_hidden()
    answer_all(page, {"admission_route": answers.ROUTE["admission_route"]})
    expect(qualifications).to_be_visible()
    answer(page, "direct_qualifications", answers.ROUTE["direct_qualifications"])
    expect(page.locator("[data-save-state]")).to_contain_text("已保存")
    go(page)


def fill_basic(page: Page) -> None:
    """Prefilled answers are there; wrong ones get their sentence at their place and are mended."""
    heading(page, "（一）基本情况")
    expect(field(page, "unit_name")).to_have_value(COMPANY)
    expect(field(page, "unit_name")).not_to_be_editable()
    expect(field(page, "credit_code")).to_have_value(re.compile(r"^91441302MADEM0001\w$"))
    answer_all(page, answers.BASIC)
    tick_too_many(page)
    answer(page, "fixed_assets", "61204")
    page.locator(".bar").get_by_role("button", name="保存", exact=True).click()
    wrong = page.locator('[data-error-for="fixed_assets"]')
    expect(wrong).to_have_text("固定资产不得大于资产总额，请核对单位（万元）")
    expect(page.locator('[data-error-for="clusters"]')).to_contain_text("5")
    expect(page.locator("[data-rail-section=basic]")).to_contain_text("错 2")
    answer(page, "fixed_assets", answers.BASIC["fixed_assets"])
    for key in ("new_energy", "digital_creative", "automobile"):
        page.locator(f"#clusters-{key}").uncheck()
    expect(wrong).to_be_hidden()
    expect(page.locator("[data-rail-section=basic] [data-mark]")).to_have_text("✓")
    go(page)


def tick_too_many(page: Page) -> None:
    answer(page, "clusters", answers.CLUSTERS)
    for key in ("new_energy", "digital_creative", "automobile"):
        page.locator(f"#clusters-{key}").check()


def fill_economics(page: Page) -> None:
    """The average appears as soon as its three figures are there."""
    heading(page, "（二）经营情况")
    average = page.locator("output[data-computed]")
    expect(average).to_have_text("—")
    answer_all(page, answers.ECONOMICS)
    expect(average).to_contain_text(answers.AVERAGE)
    go(page)


def fill_lists(page: Page) -> None:
    """Products, certificates and rights; one record too many is deleted again."""
    heading(page, "（三）申报领域业务发展情况")
    surplus = {"name": "填错的一行", "revenue_y2": "1", "revenue_y3": "1", "intro": "将被删除"}
    add_records(page, "products", [*answers.PRODUCTS, surplus])
    page.locator('[data-repeat="products"] [data-row]').nth(2).locator("[data-remove-row]").click()
    expect(page.get_by_role("dialog")).to_contain_text("填错的一行")
    page.get_by_role("dialog").get_by_role("button", name=re.compile("^删除")).click()
    expect(page.locator('[data-repeat="products"] [data-row]')).to_have_count(2)
    go(page)
    heading(page, "（四）相关资质或认定情况")
    add_records(page, "certificates", answers.CERTIFICATES)
    go(page)
    heading(page, "（五）知识产权情况")
    add_records(page, "ip", answers.RIGHTS)
    go(page)


def fill_texts(page: Page) -> None:
    """Truthfulness, profile, cases, projects."""
    heading(page, "（六）真实性承诺声明")
    page.get_by_role("checkbox").check()
    go(page)
    heading(page, "二、企业简介")
    type_without_network(page, "profile_text", answers.PROFILE)
    go(page)
    heading(page, "三、服务能力")
    add_records(page, "cases", answers.CASES)
    go(page)
    heading(page, "四、承担政府项目情况")
    type_without_log_in(page)
    go(page)


def type_without_network(page: Page, name: str, text: str) -> None:
    """Nothing is called saved before the server has it."""
    state = page.locator("[data-save-state]")
    page.context.set_offline(True)
    page.wait_for_function("() => !navigator.onLine")  # the browser takes note in its own time
    answer(page, name, text)
    expect(state).to_have_text("未保存：网络不通，恢复后自动重试")
    page.wait_for_timeout(2500)  # long enough for another attempt
    expect(state).to_contain_text("未保存")
    page.context.set_offline(False)
    expect(state).to_have_text(SAVED)
    page.reload()
    expect(field(page, name)).to_have_value(text)


def type_without_log_in(page: Page) -> None:
    """What is typed while the log-in is lost comes back after the next one."""
    state = page.locator("[data-save-state]")
    page.context.clear_cookies()
    add_records(page, "projects", answers.PROJECTS)
    expect(state).to_contain_text("未保存：登录已失效")
    state.get_by_role("link", name="重新登录").click()
    log_in(page, "enterprise_admin")
    expect(page.get_by_text("已恢复您上次尚未保存的内容")).to_be_visible()
    expect(state).to_have_text(SAVED)
    expect(field(page, "projects-0-intro")).to_have_value(answers.PROJECTS[0]["intro"])


def attach_files(page: Page, scratch: Path) -> None:
    """Every kind that is asked for; a program that calls itself PDF is refused and everything else stays."""
    heading(page, "五、相关附件")
    program = scratch / "营业执照副本.pdf"
    program.write_bytes(b"MZ\x90\x00" + b"\x00" * 4000)
    upload(page, "licence", program)
    expect(page.locator('[data-files="licence"] [data-refusals]')).to_contain_text("营业执照副本.pdf")
    expect(page.locator('[data-files="licence"] [data-refusals]')).to_contain_text("不是 PDF")
    for kind, names in answers.FILES.items():
        upload(page, kind, *(paper(scratch, name) for name in names))
        expect(page.locator(f'[data-files="{kind}"] [data-file]')).to_have_count(len(names))
    expect(page.locator("[data-open-points]")).to_have_text("已全部填写完整")
    page.locator(".bar").get_by_role("button", name="保存并检查").click()
    heading(page, "检查")
    expect(page.get_by_text("没有待处理的问题")).to_be_visible()


# ---------------------------------------------------------------- the document


def make_document(page: Page) -> bytes:
    """Have the document made, see it progress, and take it home."""
    page.get_by_role("link", name="下一步：生成申报书").click()
    heading(page, "生成申报书")
    page.get_by_role("button", name="生成申报书").click()
    expect(page.locator('[data-job="document"] progress')).to_be_visible()
    expect(page.get_by_text("申报书已生成")).to_be_visible(timeout=60_000)
    with page.expect_download() as download:
        page.get_by_role("link", name="下载", exact=True).click()
    assert download.value.suggested_filename.endswith(".pdf")
    return Path(download.value.path()).read_bytes()


def read_document(pdf: bytes) -> None:
    """Everything that was typed stands in the document."""
    text = whole_text(pdf)
    missing = [t for t in answers.printed() if not any(squeezed(form) in text for form in printed_forms(t))]
    assert not missing, f"missing {missing} in {text}"
    assert "填错的一行" not in text


def printed_forms(text: str) -> list[str]:
    """Return the ways in which a typed text may be printed: figures with separators, days and months in words."""
    forms = [text]
    if re.fullmatch(r"-?\d+(\.\d+)?", text):
        forms.append(f"{Decimal(text):,}")
    day = re.fullmatch(r"(\d{4})-(\d\d)(?:-(\d\d))?", text)
    if day:
        year, month, date = day.groups()
        forms.append(f"{year}年{int(month)}月" + (f"{int(date)}日" if date else ""))
    return forms


# ---------------------------------------------------------------- submitting


def submit(page: Page) -> None:
    """Submit after being asked; what was submitted can be read and no longer changed."""
    form = page.url.rpartition("/")[0]
    page.locator(".bar").get_by_role("button", name="提交申报").click()
    expect(page.get_by_role("dialog")).to_contain_text(TITLE)
    confirm(page, "提交申报")
    heading(page, "申报已提交")
    expect(page.locator("main")).to_contain_text("区县审核中")
    page.goto(f"{form}/basic")
    expect(page.get_by_text("该项目已提交，不能再修改")).to_be_visible()
    expect(page.locator("form[data-declaration-form]")).to_have_count(0)
    expect(page.locator("main")).to_contain_text(answers.BASIC["address"])


# ---------------------------------------------------------------- reviewing


def call_line(page: Page) -> Locator:
    """Go to 申报管理 and return the lines of the open programme."""
    page.get_by_role("link", name="申报管理").first.click()
    heading(page, "申报管理")
    return page.locator("tbody").filter(has_text=CALL)


def open_queue(page: Page, words: str = "审核项目") -> None:
    """Go to what waits in the call."""
    call_line(page).get_by_role("link", name=re.compile(f"^{words}")).click()
    page.wait_for_url(re.compile(r"/review/\d+/"))


def open_row(page: Page, text: str) -> None:
    """Open the line of a list that holds the text."""
    page.get_by_role("row").filter(has_text=text).locator(".row-links a").first.click()


def decide(page: Page, username: str, words: str) -> None:
    """Read the declaration, write an opinion and press the button."""
    open_row(page, TITLE)
    heading(page, TITLE)
    for text in (answers.BASIC["address"], answers.CASES[0]["results"], answers.FILES["audits"][0]):
        expect(page.locator(".dossier-left")).to_contain_text(text)
    page.get_by_label("审核意见", exact=True).fill(OPINIONS[username])
    page.get_by_role("button", name=words, exact=True).click()
    expect(page.get_by_role("status").or_(page.locator(".alert-success")).first).to_contain_text(f"“{TITLE}”")


def recommend_as_county(page: Page) -> None:
    open_queue(page)
    decide(page, "county_officer", "推荐")
    expect(page.locator(".alert-success")).to_contain_text("已推荐，送至市级经办审核")


def file_letter(page: Page, scratch: Path) -> None:
    """The county's letter comes after its review and holds nothing up."""
    call_line(page).get_by_role("link", name=re.compile("上传区推荐函")).click()
    box = page.get_by_role("dialog")
    box.locator("input[type=file]").set_input_files(paper(scratch, "惠城区推荐函.pdf"))
    box.get_by_role("button", name="上传推荐函").click()
    expect(page.locator("main")).to_contain_text("惠城区推荐函.pdf")
    expect(page.locator(".alert-success")).to_contain_text("已上传 1 个文件")


def recommend_as_city(page: Page) -> None:
    """The city reads the county's letter and opinion, then recommends."""
    call_line(page).get_by_role("link", name=re.compile("查看区推荐函")).click()
    letter = page.get_by_role("dialog").get_by_role("link", name="惠城区推荐函.pdf", exact=True)
    expect(letter).to_be_visible()
    assert page.request.get(letter.get_attribute("href")).body().startswith(b"%PDF")
    page.get_by_role("dialog").get_by_role("button", name="关闭").click()
    open_queue(page)
    open_row(page, TITLE)
    expect(page.locator("#records")).to_contain_text(OPINIONS["county_officer"])
    page.go_back()
    decide(page, "city_officer", "推荐")


def recommend_many_as_leader(page: Page) -> None:
    """Two at once, after seeing which; each with its own result."""
    open_queue(page, "推荐项目")
    rows = page.locator("form#rows tbody tr")
    count = rows.count()
    assert count >= 2, "the demo keeps one declaration waiting for the leader beside this one"
    page.get_by_label("全选本页").check()
    expect(page.locator("[data-selection-count]")).to_have_text(f"已选 {count} 项")
    page.get_by_role("button", name="批量推荐").click()
    heading(page, "批量推荐")
    expect(page.locator("main")).to_contain_text(TITLE)
    page.get_by_label("审核意见（适用于以上全部项目）").fill(OPINIONS["office_leader"])
    page.get_by_role("button", name=f"推荐 {count} 个项目").click()
    heading(page, "批量办理结果")
    expect(page.locator("main")).to_contain_text(f"成功 {count} 项，未成功 0 项")


def approve(page: Page) -> None:
    open_queue(page)
    open_row(page, TITLE)
    for opinion in list(OPINIONS.values())[:3]:
        expect(page.locator("#records")).to_contain_text(opinion)
    page.go_back()
    decide(page, "province_officer", "通过")


def see_approval(page: Page) -> None:
    """The enterprise sees 通过, and its document is still there."""
    page.get_by_role("link", name="我的项目").first.click()
    row = page.get_by_role("row").filter(has_text=TITLE)
    expect(row).to_contain_text("通过")
    row.get_by_role("link").first.click()
    expect(page.locator(".reading-side")).to_contain_text("通过")


# ---------------------------------------------------------------- the summary sheet


def read_sheets(page: Page) -> None:
    """Both formats hold the two parts of annex 3 with its columns, and the new declaration in its part."""
    sheets = []
    for ending in ("xls", "xlsx"):
        call_line(page).get_by_role("button", name=re.compile(rf"^导出汇总表 .*\.{ending}$")).click()
        download = take_home(page)
        assert download.suggested_filename.endswith(f".{ending}")
        sheets.append(cells_of(download))
        read_sheet(sheets[-1])
    assert _texts(sheets[0]) == _texts(sheets[1])


def read_sheet(rows: list[list[str]]) -> None:
    """Check one sheet cell by cell where this declaration stands."""
    titles = [row[0] for row in rows]
    assert titles[0] == "2024年广东省智能制造生态合作伙伴推荐汇总表"
    selection = next(n for n, title in enumerate(titles) if "遴选加入" in title)
    direct = next(n for n, title in enumerate(titles) if "直接认定" in title)
    assert selection < direct
    header = ["序号", "申报单位名称", "申报领域", "企业联系人", "联系电话"]
    assert [row[:5] for row in rows].count(header) >= 1
    own = [n for n, row in enumerate(rows) if COMPANY in row]
    assert len(own) == 1
    assert own[0] > direct
    assert rows[own[0]][1:5] == [COMPANY, "智能制造系统解决方案", "林晚舟", "0752-2830017"]
    assert any("惠州市工业和信息化局" in cell for row in rows for cell in row)


def _texts(rows: list[list[str]]) -> list[str]:
    return [cell for row in rows for cell in row if cell]


# ---------------------------------------------------------------- sent back, and taken back

REASON = "审计报告与填报的职工总数不一致，请核对后重新提交。"


def test_a_returned_declaration_is_corrected_and_submitted_again_with_both_versions_kept(as_person, watch, scratch):
    watch.allow("status of 422")  # returning without a reason
    officer = as_person("county_officer")
    open_queue(officer)
    open_row(officer, "海石激光")
    title = officer.get_by_role("heading", level=1).inner_text()
    send_back(officer)

    applicant = as_person("company_04")
    expect(applicant.locator("main")).to_contain_text(REASON)
    applicant.get_by_role("link", name=re.compile("修改并重新提交")).first.click()
    form = applicant.url.rpartition("/")[0]
    applicant.goto(f"{form}/basic")
    before = field(applicant, "staff").input_value()
    answer(applicant, "staff", "299")
    expect(applicant.locator("[data-save-state]")).to_have_text(SAVED)
    applicant.goto(f"{form}/check")
    applicant.get_by_role("link", name="下一步：生成申报书").click()
    expect(applicant.get_by_text("内容已修改，请重新生成")).to_be_visible()
    applicant.get_by_role("button", name="生成申报书").click()
    expect(applicant.get_by_text("申报书已生成")).to_be_visible(timeout=60_000)
    seal(applicant, scratch)
    applicant.locator(".bar").get_by_role("button", name="提交申报").click()
    confirm(applicant, "提交申报")
    heading(applicant, "申报已提交")
    expect(applicant.locator("main")).to_contain_text("第 2 次提交")
    read_both_versions(applicant, before)

    open_queue(officer)
    open_row(officer, title)
    expect(officer.locator("#differences")).to_contain_text("299")
    expect(officer.locator("#differences")).to_contain_text(before)
    officer.get_by_role("link", name="第 1 次").click()
    expect(officer.get_by_text("正在查看第 1 次提交的内容")).to_be_visible()


def send_back(page: Page) -> None:
    """Return to the applicant, which needs a reason."""
    page.locator("details.returning summary").click()
    page.get_by_label("申报单位", exact=True).check()
    page.get_by_role("button", name="确认回退").click()
    expect(page.locator("#opinion-error")).to_be_visible()
    page.get_by_label("审核意见", exact=True).fill(REASON)
    page.get_by_role("button", name="确认回退").click()
    expect(page.locator(".alert-success")).to_contain_text("已退回至申报单位")


def read_both_versions(page: Page, before: str) -> None:
    page.get_by_role("link", name="查看申报内容").click()
    expect(page.locator(".reading-main")).to_contain_text("299 人")
    page.get_by_role("link", name=re.compile("第 1 次提交")).click()
    expect(page.locator(".reading-main")).to_contain_text(f"{before} 人")


def test_an_office_takes_back_until_the_next_one_has_acted(as_person):
    officer, leader = as_person("city_officer"), as_person("office_leader")
    address = recommend_found(officer, "北斗星自动化")

    officer.goto(address)
    officer.get_by_role("button", name="撤回").click()
    confirm(officer, "撤回")
    expect(officer.locator(".alert-success")).to_contain_text("已撤回，现在市级经办审核环节")
    assert recommend_found(officer, "北斗星自动化") == address

    leader.goto(address)
    leader.get_by_label("审核意见", exact=True).fill("同意。")
    leader.get_by_role("button", name="推荐", exact=True).click()
    expect(leader.locator(".alert-success")).to_contain_text("送至省级审核")
    officer.goto(address)
    expect(officer.get_by_text("下一环节已处理，无法撤回")).to_be_visible()
    expect(officer.get_by_role("button", name="撤回")).to_have_count(0)
    expect(officer.locator("#records li")).to_have_count(6)


def recommend_found(page: Page, company: str) -> str:
    """Recommend a company's declaration and return its address."""
    open_queue(page)
    open_row(page, company)
    address = page.url.partition("?")[0]
    page.get_by_label("审核意见", exact=True).fill("同意推荐。")
    page.get_by_role("button", name="推荐", exact=True).click()
    expect(page.locator(".alert-success")).to_contain_text("已推荐，送至市级科室领导推荐")
    return address
