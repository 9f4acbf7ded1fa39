// Computing from several figures: a chain of fields and numbers under one sign. Other rules are left to the rows.

import { button, h } from "./form_designer_page.js";
import { t } from "./form_designer_words.js";

const SIGNS = { "+": "相加", "-": "相减", "*": "相乘", "/": "相除" };
const FIGURES = ["int", "number", "money", "percent", "computed", "sum"];
const OF_TWO = ["-", "/"];
const NUMBER = "#";

const isOperand = (part, paths) => typeof part === "number" || (part !== null && typeof part === "object" && Object.keys(part).join() === "var" && paths.has(part.var));

/** Return {sign, operands} of a rule that is such a chain, otherwise null. */
export function chainOf(rule, fields) {
  const [sign, ...more] = Object.keys(rule ?? {});
  const paths = new Set(figures(fields).map((field) => field.path));
  if (!(sign in SIGNS) || more.length || !Array.isArray(rule[sign]) || rule[sign].length < 2) return null;
  return rule[sign].every((part) => isOperand(part, paths)) ? { sign, operands: rule[sign] } : null;
}

const figures = (fields) => fields.filter((field) => FIGURES.includes(field.type) && field.type !== "sum");

/** Begin a chain: the sum of the first two figures, or null when the form has none. */
export function firstChain(fields) {
  const [one, other] = figures(fields);
  return one ? { "+": [{ var: one.path }, other ? { var: other.path } : 0] } : null;
}

/** The chain as rows; `changed(rule)` hears of every change, `redraw` says whether the rows must be drawn again. */
export function chainRows({ sign, operands }, fields, changed) {
  const tell = (parts, by = sign, redraw = true) => changed({ [by]: parts }, redraw);
  const signs = Object.entries(SIGNS).filter(([name]) => operands.length === 2 || !OF_TWO.includes(name));
  const select = h("select", { className: "form-control", "aria-label": t("运算"), "data-focus": "sum-sign" }, signs.map(([name, text]) => h("option", { value: name }, t(text))));
  select.value = sign;
  select.addEventListener("change", () => tell(operands, select.value));
  const rows = operands.map((operand, number) => {
    const replace = (part, redraw) => tell(operands.map((other, place) => (place === number ? part : other)), sign, redraw);
    const pick = h("select", { className: "form-control", "aria-label": `${t("数值")} ${number + 1}`, "data-focus": `sum-${number}` },
      figures(fields).map((field) => h("option", { value: field.path }, `${field.group}：${field.label}`)), h("option", { value: NUMBER }, t("固定数值")));
    pick.value = typeof operand === "number" ? NUMBER : operand.var;
    pick.addEventListener("change", () => replace(pick.value === NUMBER ? 0 : { var: pick.value }, true));
    const typed = h("input", { type: "number", step: "any", className: "form-control", value: operand, "aria-label": `${t("固定数值")} ${number + 1}`, "data-focus": `sum-number-${number}` });
    typed.addEventListener("input", () => typed.value !== "" && replace(Number(typed.value), false));
    const drop = button(`sum-drop-${number}`, "×", () => tell(operands.filter((_, place) => place !== number)), { disabled: operands.length < 3, "aria-label": `${t("删除")} ${number + 1}` });
    return h("li", {}, pick, typeof operand === "number" && typed, drop);
  });
  const more = !OF_TWO.includes(sign) && button("sum-add", t("添加数值"), () => tell([...operands, 0]));
  return [select, h("ol", { className: "d-options" }, rows), more];
}
