// 审核流程: through whose hands a declaration goes, as a list of steps and a drawn chain.

import { say } from "./rule_words.js";
import { Entries, freshKey } from "./studio_entries.js";
import { node, put, Studio } from "./studio_part.js";

const studio = new Studio();
const { roles, unitActions } = studio.data;
const order = studio.data.actions.map(({ key }) => key);
const actions = Object.fromEntries(studio.data.actions.map(({ key, label }) => [key, label]));
const workflow = () => studio.parts.workflow || {};
const steps = () => workflow().steps || [];
const UNIT = "unit";

const LEVELS = [
  { key: UNIT, label: say("单位", "Unit") },
  { key: "enterprise.county", label: say("区县", "County") },
  { key: "enterprise.city", label: say("地市", "City") },
  { key: "province", label: say("省级", "Province") },
];
const MOMENTS = [
  { key: "", label: say("不设截止时间", "No deadline") },
  { key: "guide.county_due", label: say("区县审核截止", "End of the county's review") },
  { key: "call.city_due", label: say("地市审核截止", "End of the city's review") },
  { key: "call.closes", label: say("申报截止", "End of declaring") },
  { key: "call.opens", label: say("申报开始", "Begin of declaring") },
];
const nameOf = (options, key, otherwise) => options.find((one) => one.key === key)?.label || key || otherwise;
const labelOf = (action, step) => action.label || (step.scope === UNIT && unitActions[action.do]) || actions[action.do] || action.do;
const read = (action) => (typeof action === "string" ? { do: action } : action);

// ---------------------------------------------------------------- one step

function fill(step, body, retitle) {
  const done = () => {
    retitle();
    chain.draw();
  };
  const level = node("div");
  const drawLevel = () => level.replaceChildren(studio.choice(step, "scope", say("层级", "Level"), LEVELS, { usual: "province", done }));
  drawLevel();
  const role = studio.choice(step, "role", say("角色", "Role"), roles, {
    done: () => {
      fillLevel(step);
      drawLevel();
      done();
    },
  });
  body.append(
    node("div", { className: "studio-fields" },
      studio.text(step, "label", say("环节名称", "Name"), { done }),
      studio.text(step, "public_label", say("对外名称（企业可见）", "What the enterprise reads"), { done }),
      role, level,
      studio.choice(step, "due", say("截止时间", "Deadline"), MOMENTS, { done })),
    node("fieldset", { className: "studio-ticks" }, node("legend", { textContent: say("办理方式", "How it is done") }),
      studio.tick(say("由责任科室办理", "By the responsible office"), step.office === "responsible", (on) => put(step, "office", on && "responsible")),
      studio.flag(step, "batch", say("可批量推荐", "Many at once")), studio.flag(step, "rank", say("推荐时排序", "Ranked"))),
    actionsOf(step, done),
    studio.rule(step, "when", say("条件（满足时才经过此环节）", "Only while"), { done }));
}

/** A role brings the level at which it works; a step of the unit has neither office nor ranking. */
function fillLevel(step) {
  const scope = roles.find((role) => role.key === step.role)?.scope;
  put(step, "scope", scope === "province" ? undefined : scope);
  if (scope !== UNIT) return;
  delete step.office;
  delete step.rank;
}

function actionsOf(step, done) {
  const box = node("fieldset", { className: "studio-ticks studio-actions" }, node("legend", { textContent: say("操作", "Actions") }));
  for (const name of order) box.append(actionLine(step, name, done));
  const dead = node("p", { className: "error", textContent: say("没有“推荐”操作，申报到此无法继续。", "Without recommend a declaration ends here.") });
  const judge = () => (dead.hidden = (step.actions || []).some((action) => read(action).do === "recommend"));
  box.addEventListener("change", judge);
  judge();
  box.append(dead);
  return box;
}

function actionLine(step, name, done) {
  const found = () => (step.actions || []).findIndex((action) => read(action).do === name);
  const current = () => (found() < 0 ? { do: name } : { ...read(step.actions[found()]) });
  const rewrite = (change) => {
    const action = current();
    change(action);
    const kept = Object.keys(action).length === 1 ? name : action;
    if (found() >= 0) step.actions = step.actions.with(found(), kept);
    done();
    studio.touch();
  };
  const usual = (step.scope === UNIT && unitActions[name]) || actions[name];
  const label = node("input", { value: current().label ?? "", placeholder: usual, disabled: found() < 0 });
  label.setAttribute("aria-label", say(`“${usual}”的按钮文字`, `Label of ${usual}`));
  label.addEventListener("input", () => rewrite((action) => put(action, "label", label.value)));
  const needs = () => name === "void" || (current().opinion ?? (name === "recommend" ? "optional" : "required")) === "required";
  const opinion = studio.tick(say("意见必填", "Opinion required"), needs(), (on) => rewrite((action) => {
    const isUsual = on === (name !== "recommend");
    put(action, "opinion", isUsual ? undefined : on ? "required" : "optional");
  }));
  const opinionBox = opinion.querySelector("input");
  opinionBox.disabled = name === "void" || found() < 0;
  opinionBox.setAttribute("aria-label", say(`“${usual}”意见必填`, `${usual}: opinion required`));
  const use = studio.tick(usual, found() >= 0, (on) => {
    const others = (step.actions || []).filter((action) => read(action).do !== name);
    step.actions = on ? inOrder([...others, name]) : others;
    label.disabled = !on;
    opinionBox.disabled = !on || name === "void";
    done();
  });
  return node("div", { className: "studio-action" }, use, label, opinion);
}

const inOrder = (list) => order.flatMap((name) => list.filter((action) => read(action).do === name));

// ---------------------------------------------------------------- the chain

class Chain {
  constructor() {
    this.element = node("ol", { className: "chain" });
    this.element.setAttribute("aria-label", say("流程图", "The chain"));
  }

  draw() {
    const ends = (text) => node("li", { className: "chain-end" }, node("span", { textContent: text }));
    this.element.replaceChildren(ends(say("提交申报", "Submission")), ...steps().map((step) => this.stepNode(step)), ends(say("审核完成", "Done")));
  }

  stepNode(step) {
    const scope = step.scope || "province";
    const goesOn = (step.actions || []).some((action) => read(action).do === "recommend");
    const facts = [
      nameOf(roles, step.role, say("未选择角色", "No role")),
      step.due && nameOf(MOMENTS, step.due),
      step.when !== undefined && say("满足条件时经过", "Only under a condition"),
      (step.actions || []).map((action) => labelOf(read(action), step)).join(" / "),
      !goesOn && say("到此无法继续", "A dead end"),
    ];
    const item = node("li", { className: `chain-step${goesOn ? "" : " chain-dead"}` },
      node("span", { className: "tag", textContent: nameOf(LEVELS, scope) }),
      node("strong", { textContent: step.label || say("未命名环节", "No name yet") }),
      ...facts.filter(Boolean).map((text) => node("span", { className: "chain-fact", textContent: text })));
    item.dataset.level = scope;
    if (step.when !== undefined) item.classList.add("chain-optional");
    return item;
  }
}

// ---------------------------------------------------------------- the page

const set = (key, value) => (studio.parts.workflow = { ...workflow(), [key]: value });

function settings() {
  const withdraw = studio.tick(say("下一环节办理前可以撤回", "An act may be taken back until the next"),
    (workflow().withdraw ?? "until_next_acts") === "until_next_acts", (on) => set("withdraw", on ? "until_next_acts" : "never"));
  const targets = () => workflow().return_to ?? ["applicant", "any_earlier_step"];
  const target = (key, label) => studio.tick(label, targets().includes(key), (on) => {
    const chosen = on ? [...targets(), key] : targets().filter((one) => one !== key);
    set("return_to", ["applicant", "any_earlier_step"].filter((one) => chosen.includes(one)));
  });
  return node("fieldset", { className: "studio-ticks" }, node("legend", { textContent: say("撤回与回退", "Taking back and returning") }), withdraw,
    target("applicant", say("可回退给申报单位", "May return to the applicant")),
    target("any_earlier_step", say("可回退给前面的环节", "May return to earlier steps")));
}

const chain = new Chain();
const fresh = () => freshKey("step", steps(), "key");
const entries = new Entries(studio, {
  items: steps, fill, place: "workflow.steps", add: say("添加环节", "Add a step"),
  keep: (list) => {
    set("steps", list);
    chain.draw();
  },
  title: (step) => [step.label, nameOf(LEVELS, step.scope || "province"), nameOf(roles, step.role, "")].filter(Boolean).join(" · "),
  blank: () => ({ key: fresh(), office: "responsible", actions: ["recommend", "decline", "return"], batch: true }),
  copied: (step) => ({ ...step, key: fresh() }),
});
studio.listeners.push(() => chain.draw());
chain.draw();
studio.card(say("流程图", "The chain"), chain.element);
studio.card(say("审核环节", "Steps"), studio.slot("workflow"), studio.slot("workflow.steps"), entries.element);
studio.card(say("整体设置", "Settings"), settings());
studio.finish();
