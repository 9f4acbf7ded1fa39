// 申报条件: who may declare, how often, and against which figures they are judged.

import { say } from "./rule_words.js";
import { Entries, freshKey } from "./studio_entries.js";
import { node, put, Studio } from "./studio_part.js";

const studio = new Studio();
const { parts } = studio;
const part = (name) => parts[name] || {};
const applies = () => say("适用条件", "Applies while");
const basis = () => say("依据", "Basis");

/** Set a key of a part; a part that says nothing any more goes, as it was before it said something. */
function set(name, key, value) {
  const next = { ...part(name) };
  put(next, key, value);
  if (Array.isArray(value) && !value.length) delete next[key];
  parts[name] = Object.keys(next).length || studio.data.parts[name] ? next : null;
  if (parts[name] === null && studio.data.parts[name] === undefined) delete parts[name];
}

/** Entries under a key of 申报条件. */
function conditionsOf(key, more) {
  return new Entries(studio, {
    items: () => part("eligibility")[key] || [], keep: (list) => set("eligibility", key, list), place: `eligibility.${key}`, ...more,
  }).element;
}

// ---------------------------------------------------------------- who

function applicants() {
  const kinds = () => part("applicants").kinds || ["unit"];
  const tick = (key, label) => studio.tick(label, kinds().includes(key), (checked) => {
    const chosen = checked ? [...kinds(), key] : kinds().filter((one) => one !== key);
    set("applicants", "kinds", ["unit", "individual"].filter((one) => chosen.includes(one)));
    if (!chosen.length) parts.applicants = { ...part("applicants"), kinds: [] };
  });
  const declarers = [
    { key: "authorised", label: say("企业管理员和获授权的员工", "The administrator and authorised employees") },
    { key: "administrator", label: say("仅企业管理员", "The administrator alone") },
  ];
  const holder = { declarers: part("applicants").declarers };
  const who = studio.choice(holder, "declarers", say("由谁发起和提交", "Who starts and submits"), declarers, {
    usual: "authorised", done: () => set("applicants", "declarers", holder.declarers),
  });
  const box = node("fieldset", { className: "studio-ticks" }, node("legend", { textContent: say("申报主体", "Who declares") }),
    tick("unit", say("单位", "Units")), tick("individual", say("个人", "Individuals")));
  studio.card(say("申报主体", "Who declares"), studio.slot("applicants"), node("div", { className: "studio-fields" }, box, who));
}

// ---------------------------------------------------------------- gates, lists

function gates() {
  const items = () => part("eligibility").gates || [];
  const fresh = () => freshKey("gate", items(), "id");
  const fill = (gate, body, retitle) => body.append(
    node("div", { className: "studio-fields" },
      studio.text(gate, "label", say("条件名称", "The condition in words"), { done: retitle }),
      studio.text(gate, "message", say("不满足时的提示", "What is said"), { long: true, wide: true, done: retitle })),
    studio.rule(gate, "rule", say("应满足的规则", "The rule that must hold"), { fields: studio.data.gateFields }));
  studio.card(say("准入条件", "Gates"),
    node("p", { className: "muted", textContent: say("不满足任一准入条件的单位不能填报，并看到相应的提示。", "Who does not meet one cannot declare, and reads why.") }),
    studio.slot("eligibility.gates"),
    conditionsOf("gates", {
      fill, title: (gate) => gate.label || gate.message, add: say("添加准入条件", "Add a gate"),
      blank: () => ({ id: fresh() }), copied: (gate) => ({ ...gate, id: fresh() }),
    }));
}

function lists() {
  const host = node("div");
  const whitelist = node("div");
  const drawChoice = () => {
    const options = [{ key: "", label: say("不限", "Everybody") }, ...Object.keys(part("lists")).map((key) => ({ key, label: key }))];
    const holder = { whitelist: part("eligibility").whitelist };
    whitelist.replaceChildren(studio.choice(holder, "whitelist", say("仅限名单内单位申报", "Only units on this list"), options, {
      done: () => set("eligibility", "whitelist", holder.whitelist),
    }));
  };
  const draw = () => {
    host.replaceChildren(...Object.entries(part("lists")).map(([key, list]) => listBox(key, list, redraw)));
    drawChoice();
  };
  const redraw = () => {
    draw();
    studio.touch();
  };
  const add = node("button", { type: "button", className: "btn", textContent: say("＋ 添加名单", "＋ Add a list") });
  add.addEventListener("click", () => {
    const key = freshKey("list", Object.keys(part("lists")).map((name) => ({ name })), "name");
    parts.lists = { ...part("lists"), [key]: [] };
    redraw();
    host.lastElementChild.querySelector("textarea").focus();
  });
  draw();
  studio.card(say("名单", "Lists"), studio.slot("lists"), host, add, whitelist);
}

function listBox(key, list, redraw) {
  if (!Array.isArray(list)) {
    const text = say("取自代码表，请在“代码表”中维护", "Taken from a code list");
    return node("p", { textContent: `${key}：${text}` });
  }
  const area = node("textarea", { rows: 4, value: list.join("\n") });
  area.addEventListener("input", () => {
    const lines = area.value.split("\n").map((line) => line.trim()).filter(Boolean);
    parts.lists = { ...part("lists"), [key]: lines };
    studio.touch();
  });
  const remove = node("button", { type: "button", className: "link link-danger", textContent: say("删除名单", "Delete the list") });
  remove.setAttribute("aria-label", `${remove.textContent} ${key}`);
  remove.addEventListener("click", () => {
    const { [key]: _gone, ...others } = part("lists");
    parts.lists = Object.keys(others).length ? others : null;
    redraw();
  });
  return node("div", { className: "studio-list" },
    studio.labelled(`${say("名单", "List")} ${key}`, area, { help: say("每行一个单位名称或统一社会信用代码", "One name or credit code per line"), wide: true }), remove);
}

// ---------------------------------------------------------------- quota

function quota() {
  const rows = () => part("eligibility").quota?.rows || [];
  const keep = (list) => set("eligibility", "quota", list.length ? { ...part("eligibility").quota, rows: list } : undefined);
  const holder = { per: part("eligibility").quota?.per };
  const per = studio.choice(holder, "per", say("按什么计数", "Counted per"), [
    { key: "enterprise", label: say("单位（含其个人）", "Unit, with its individuals") },
    { key: "applicant", label: say("单位和每名个人分别计数", "Unit and individuals by themselves") },
  ], {
    usual: "enterprise",
    done: () => {
      const next = { ...part("eligibility").quota };
      put(next, "per", holder.per);
      if (next.rows) set("eligibility", "quota", next);
    },
  });
  const fill = (row, body, retitle) => body.append(
    node("div", { className: "studio-fields" },
      studio.figure(row, "then", say("限报数量（项）", "Number allowed"), { whole: true }),
      studio.text(row, "why", say("说明", "Why"), { done: retitle })),
    studio.rule(row, "when", say("条件（无条件则为其余单位）", "While")));
  const entries = new Entries(studio, {
    items: rows, keep, fill, place: "eligibility.quota.rows", add: say("添加一档", "Add a line"),
    title: (row) => [row.why, row.then === undefined ? "" : say(`${row.then} 项`, `${row.then}`)].filter(Boolean).join(" · "),
    blank: () => ({ then: 1 }),
  });
  studio.card(say("申报数量", "Quota"),
    node("p", { className: "muted", textContent: say("从上到下，以第一档满足条件的为准；最后一档一般不设条件。", "The first line whose condition holds counts.") }),
    studio.slot("eligibility.quota"), node("div", { className: "studio-fields" }, per), entries.element);
}

// ---------------------------------------------------------------- indicators and conditions in words

const COMPARISONS = [
  { key: ">=", label: say("不小于", "At least") }, { key: ">", label: say("大于", "Greater than") },
  { key: "<=", label: say("不大于", "At most") }, { key: "<", label: say("小于", "Less than") },
  { key: "==", label: say("为", "Is") }, { key: "!=", label: say("不为", "Is not") },
];

function threshold(indicator) {
  const plain = indicator.threshold === undefined || typeof indicator.threshold === "number";
  return plain ? studio.figure(indicator, "threshold", say("阈值", "Threshold")) : studio.rule(indicator, "threshold", say("阈值", "Threshold"), { kind: "value" });
}

function indicators() {
  const fill = (indicator, body, retitle) => body.append(
    node("div", { className: "studio-fields" },
      studio.text(indicator, "label", say("指标名称", "Name"), { done: retitle }),
      studio.text(indicator, "basis", basis())),
    studio.rule(indicator, "value", say("取值", "Value"), { kind: "value" }),
    node("div", { className: "studio-fields" },
      studio.choice(indicator, "cmp", say("比较", "Comparison"), COMPARISONS, { usual: ">=" }), threshold(indicator),
      studio.text(indicator, "unit", say("单位", "Unit"))),
    studio.rule(indicator, "applies", applies()));
  const holder = { on_fail: part("eligibility").on_fail };
  const outcome = studio.choice(holder, "on_fail", say("指标不满足时", "Who misses one"), [
    { key: "allow_with_flag", label: say("可以提交，标明不满足", "May submit, flagged") },
    { key: "block", label: say("不能提交", "Cannot submit") },
  ], { usual: "allow_with_flag", done: () => set("eligibility", "on_fail", holder.on_fail) });
  const whole = { indicators_apply: part("eligibility").indicators_apply };
  studio.card(say("量化指标", "Indicators"), studio.slot("eligibility.indicators"),
    node("div", { className: "studio-fields" }, outcome),
    studio.rule(whole, "indicators_apply", say("评定前提（满足时才评定全部指标）", "Judged only while"), {
      done: () => set("eligibility", "indicators_apply", whole.indicators_apply),
    }),
    conditionsOf("indicators", { fill, title: (one) => one.label, add: say("添加指标", "Add an indicator"), blank: () => ({}) }));
}

function worded() {
  const fill = (condition, body, retitle) => body.append(
    node("div", { className: "studio-fields" },
      studio.text(condition, "text", say("条件", "Condition"), { long: true, wide: true, done: retitle }),
      studio.text(condition, "basis", basis())),
    studio.rule(condition, "applies", applies()));
  studio.card(say("由审核人员判断的条件", "Conditions judged by people"), studio.slot("eligibility.conditions"),
    conditionsOf("conditions", { fill, title: (one) => one.text, add: say("添加条件说明", "Add a condition"), blank: () => ({}) }));
}

applicants();
studio.root.append(studio.slot("eligibility"));
gates();
lists();
quota();
indicators();
worded();
studio.finish();
