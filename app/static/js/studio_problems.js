// What the server says of a part, as an author reads it at the entry.

import { say } from "./rule_words.js";

const NAMES = {
  label: say("名称", "name"),
  message: say("提示", "message"),
  role: say("角色", "role"),
  actions: say("操作", "actions"),
  rule: say("规则", "rule"),
  value: say("取值", "value"),
  threshold: say("阈值", "threshold"),
  target: say("提示位置", "place"),
  text: say("内容", "text"),
  why: say("说明", "reason"),
  then: say("数量", "number"),
  rows: say("名额行", "rows"),
  kinds: say("申报主体", "kinds"),
  public_label: say("对外名称", "public name"),
  key: say("标识", "key"),
};
const named = (key) => NAMES[key] || key;
const all = (keys) => keys.split(", ").map(named).join(say("、", ", "));

const SENTENCES = [
  [/a step without recommend is a dead end/, () => say("没有“推荐”操作，申报到此无法继续，请勾选“推荐”", "A step without recommend is a dead end")],
  [/at least one step is needed/, () => say("至少需要一个审核环节", "At least one step is needed")],
  [/a step of a bureau is needed after/, () => say("单位审核之后须有主管部门的审核环节", "A bureau must follow the unit")],
  [/a step of the unit must come before/, () => say("单位审核须排在主管部门之前", "The unit comes before bureaus")],
  [/belong together/, () => say("“单位”层级只能由企业管理员办理，企业管理员也只能办理“单位”层级", "The level of the unit and its administrator belong together")],
  [/a step of the unit has no (\w+)/, () => say("单位审核不设责任科室和排序", "A step of the unit has no office or ranking")],
  [/void always needs a reason/, () => say("“无效申报”必须填写意见", "Void always needs a reason")],
  [/duplicate key/, () => say("标识重复", "Duplicate key")],
  [/missing ([\w, ]+)$/, (_, keys) => say(`请填写：${all(keys)}`, `Missing: ${keys}`)],
  [/target '(.*)' is not a field/, (_, key) => say(`提示位置“${key}”不在表单中，请重新选择`, `${key} is not a field`)],
  [/target None is not a field/, () => say("请选择提示位置", "Choose a place")],
  [/whitelist '(.*)' is not defined/, (_, key) => say(`名单“${key}”不存在`, `There is no list ${key}`)],
  [/markup is not allowed/, () => say("不能包含尖括号标记", "Markup is not allowed")],
  [/unknown placeholder (\{.*\})/, (_, name) => say(`没有名为 ${name} 的变量`, `Unknown name ${name}`)],
  [/then must not be negative/, () => say("数量不能为负数", "Must not be negative")],
  [/a number is expected/, () => say("请填写数字", "A number is expected")],
  [/at least one entry is expected/, () => say("至少需要一项", "At least one entry is expected")],
  [/longer than (\d+) characters/, (_, n) => say(`最多 ${n} 字`, `At most ${n} characters`)],
  [/\.(\w+): (?:a )?(?:value|rule|text) is (?:missing|expected).*$/, (_, key) => say(`请填写${named(key)}`, `${key} is missing`)],
  [/missing key '(\w+)'/, (_, key) => say(`请填写${named(key)}`, `${key} is missing`)],
];

/** Return a problem as a sentence for the author. */
export function sentenceOf(problem) {
  for (const [pattern, sentence] of SENTENCES) {
    const found = pattern.exec(problem);
    if (found) return sentence(...found);
  }
  return problem.replace(/^\S+ [\w.[\]]+: /, "");
}
