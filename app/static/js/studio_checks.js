// 校验: what is checked between fields.

import { say } from "./rule_words.js";
import { Entries, freshKey } from "./studio_entries.js";
import { node, Studio } from "./studio_part.js";

const studio = new Studio();
const items = () => studio.parts.checks || [];
const places = studio.data.targets.map(({ path, label, group }) => ({ key: path, label, group }));
const levels = [
  { key: "error", label: say("错误：改正后才能提交", "Error: blocks the submission") },
  { key: "warn", label: say("提醒：可以提交，审核人员可见", "Warning: shown to reviewers too") },
];

function fill(check, body, retitle) {
  body.append(
    node("div", { className: "studio-fields" },
      studio.choice(check, "target", say("提示位置", "Where it is said"), [{ key: "", label: say("请选择", "Choose") }, ...places]),
      studio.choice(check, "level", say("级别", "Level"), levels, { usual: "error" }),
      studio.text(check, "message", say("不满足时的提示", "What is said"), { long: true, wide: true, done: retitle })),
    studio.rule(check, "rule", say("应满足的规则", "The rule that must hold")),
    studio.rule(check, "applies", say("适用条件（满足时才检查）", "Checked only while")));
}

const entries = new Entries(studio, {
  items, fill, place: "checks", add: say("添加校验", "Add a check"),
  keep: (list) => (studio.parts.checks = list),
  title: (check) => check.message,
  blank: () => ({ id: freshKey("check", items(), "id") }),
  copied: (check) => ({ ...check, id: freshKey("check", items(), "id") }),
});

studio.card(say("字段之间的校验", "Checks between fields"),
  node("p", { className: "muted", textContent: say("单个字段的必填、字数和范围在“表单”中设置；这里设置字段之间的关系，例如研发人员数不大于职工总数。", "Rules between fields, such as: staff in research is at most all staff.") }),
  studio.slot("checks"), entries.element);
studio.finish();
