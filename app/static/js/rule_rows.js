// A rule as rows of field, comparison and value: mount(element, {rule, fields, onChange, kind, label, words}).
// kind is "condition" (the default) or "value" (a figure, a count or a sum). A rule that rows cannot express is shown
// in words and stays as it is. onChange(rule) gets undefined when no condition is left.

import { comparable, countable, isComplete, measurable, operatorsOf, rowRule, toGroup, toRule, toValue, valueKind, valueRule } from "./rule_model.js";
import { operatorName, words } from "./rule_words.js";

let mounted = 0;

const node = (name, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children.filter(Boolean));
  return made;
};

/** Show a rule as rows and report every change of it. */
export function mount(element, options) {
  const { rule, fields, kind = "condition", words: said } = options;
  const model = kind === "value" ? toValue(rule, fields) : toGroup(rule, fields);
  if (!model) {
    element.replaceChildren(complexRule(said));
    return;
  }
  const rows = kind === "value" ? new ValueRows(element, model, options) : new Rows(element, model, options);
  rows.draw();
}

function complexRule(said) {
  return node("div", { className: "rule rule-complex" },
    said && node("p", { textContent: said }), node("p", { className: "help", textContent: words.complex }));
}

class Rows {
  constructor(element, group, { fields, onChange = () => {}, label = "" }) {
    Object.assign(this, { element, group, fields, onChange, label, id: `rule-${(mounted += 1)}` });
  }

  draw(focus) {
    this.element.replaceChildren(this.groupNode(this.group, this.fields, "", this.label));
    const wanted = focus && this.element.querySelector(`[data-at="${focus}"]`);
    if (wanted) wanted.focus();
  }

  /** Something was typed: tell the rule, and mark the rows that say nothing yet. */
  tell() {
    this.onChange(toRule(this.group, this.fields), { complete: isComplete(this.group, this.fields) });
  }

  changed(focus) {
    this.draw(focus);
    this.tell();
  }

  groupNode(group, fields, at, label, depth = 0) {
    const list = node("ol", { className: "rule-list" });
    group.items.forEach((item, n) => list.append(this.itemNode(group, item, n, fields, `${at}${n}`, depth)));
    const box = node("div", { className: "rule" }, list, this.buttons(group, fields, at, depth));
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", label || words.group);
    if (group.items.length > 1) box.prepend(this.joinSelect(group, at));
    return box;
  }

  joinSelect(group, at) {
    const select = node("select", { className: "rule-join" },
      node("option", { value: "and", textContent: words.all }), node("option", { value: "or", textContent: words.any }));
    select.value = group.join;
    select.setAttribute("aria-label", words.joined);
    select.dataset.at = `${at}join`;
    select.addEventListener("change", () => {
      group.join = select.value;
      this.tell();
    });
    return select;
  }

  buttons(group, fields, at, depth) {
    const add = node("button", { type: "button", className: "link", textContent: `＋ ${words.add}` });
    add.dataset.at = `${at}add`;
    add.addEventListener("click", () => {
      group.items.push({ path: "", op: "" });
      this.changed(`${at}${group.items.length - 1}field`);
    });
    const box = node("div", { className: "rule-buttons" }, !group.items.length && depth === 0 && node("span", { className: "muted", textContent: words.always }), add);
    if (depth === 0 && group.items.length) box.append(this.groupButton(group, at));
    return box;
  }

  groupButton(group, at) {
    const button = node("button", { type: "button", className: "link", textContent: `＋ ${words.addGroup}` });
    button.addEventListener("click", () => {
      const join = group.join === "and" ? "or" : "and";
      group.items.push({ join, items: [{ path: "", op: "" }, { path: "", op: "" }] });
      this.changed(`${at}${group.items.length - 1}-0field`);
    });
    return button;
  }

  itemNode(group, item, n, fields, at, depth) {
    const remove = node("button", { type: "button", className: "link link-danger rule-remove", textContent: words.remove });
    remove.setAttribute("aria-label", `${words.remove} ${words.number(n + 1)}`);
    remove.addEventListener("click", () => {
      group.items.splice(n, 1);
      this.changed(`${at.replace(/\d+$/, "")}add`);
    });
    if (item.items) {
      return node("li", { className: "rule-group" }, this.groupNode(item, fields, `${at}-`, words.group, depth + 1), remove);
    }
    const line = node("li", { className: "rule-row" });
    this.fillRow(line, item, n, fields, at);
    line.querySelector(".rule-cells").append(remove);
    return line;
  }

  fillRow(line, row, n, fields, at) {
    const label = (name) => `${words.number(n + 1)} ${name}`;
    const field = fields.find((one) => one.path === row.path);
    const cells = node("div", { className: "rule-cells" }, this.fieldSelect(row, fields, label(words.field), at),
      this.operatorSelect(row, field, label(words.operator), at), this.valueNode(row, field, fields, label, at));
    line.append(cells);
    if (field?.columns && (row.op in { some: 1, all: 1, none: 1 } || row.op?.startsWith("count"))) {
      line.append(this.whereNode(row, field, at));
    }
    const unfinished = node("p", { className: "rule-unfinished", textContent: words.unfinished });
    unfinished.hidden = !row.path || rowRule(row, fields) !== undefined;
    line.append(unfinished);
    line.addEventListener("input", () => (unfinished.hidden = rowRule(row, fields) !== undefined));
    line.addEventListener("change", () => (unfinished.hidden = rowRule(row, fields) !== undefined));
  }

  fieldSelect(row, fields, label, at) {
    const select = fieldOptions(fields.filter((field) => operatorsOf(field).length), row.path);
    return this.wired(select, label, `${at}field`, () => {
      const field = fields.find((one) => one.path === select.value);
      Object.assign(row, { path: select.value, op: field ? operatorsOf(field)[0] : "", value: undefined, other: undefined, where: undefined });
      this.changed(`${at}field`);
    });
  }

  operatorSelect(row, field, label, at) {
    const names = field ? operatorsOf(field) : [];
    const select = node("select", {}, ...names.map((op) =>
      node("option", { value: op, textContent: operatorName(op, Boolean(field.columns)) })));
    select.value = row.op;
    select.disabled = !field;
    return this.wired(select, label, `${at}op`, () => {
      if (valueKind(field, select.value) !== valueKind(field, row.op)) row.value = undefined;
      row.op = select.value;
      if (!comparable(this.fields, field, row.op).length && valueKind(field, row.op) !== "names") row.other = undefined;
      this.changed(`${at}op`);
    });
  }

  wired(control, label, at, act, event = "change") {
    control.setAttribute("aria-label", label);
    control.dataset.at = at;
    control.addEventListener(event, act);
    return control;
  }

  valueNode(row, field, fields, label, at) {
    const box = node("div", { className: "rule-value" });
    const kind = field ? valueKind(field, row.op) : "none";
    if (kind === "none" || kind === "where") return box;
    const names = kind === "names" ? fields.filter((one) => one.type === "names") : comparable(fields, field, row.op);
    if (kind === "names") row.other ??= "";
    else if (names.length) box.append(this.sourceSelect(row, label(words.source), at));
    if (row.other !== undefined) box.append(this.otherSelect(row, names, label(words.otherField), at));
    else box.append(...this.valueInputs(row, field, kind, label, at));
    if (field.unit && row.other === undefined && kind === "figure" && !row.op.startsWith("count")) box.append(node("span", { className: "muted", textContent: field.unit }));
    return box;
  }

  sourceSelect(row, label, at) {
    const select = node("select", { className: "rule-source" },
      node("option", { value: "", textContent: words.ownValue }), node("option", { value: "field", textContent: words.otherField }));
    select.value = row.other === undefined ? "" : "field";
    return this.wired(select, label, `${at}source`, () => {
      Object.assign(row, { other: select.value ? "" : undefined, value: undefined });
      this.changed(`${at}source`);
    });
  }

  otherSelect(row, fields, label, at) {
    const select = fieldOptions(fields, row.other);
    return this.wired(select, label, `${at}other`, () => {
      row.other = select.value;
      this.tell();
    });
  }

  valueInputs(row, field, kind, label, at) {
    const name = label(words.value);
    if (kind === "between") {
      const type = operatorsOf(field).includes("between") && field.type.match(/date|month/) ? field.type : "figure";
      row.value = Array.isArray(row.value) ? row.value : [undefined, undefined];
      return [0, 1].map((n) => this.input(type, row.value[n], label(n ? words.to : words.from), `${at}value${n}`, (value) => {
        row.value[n] = value;
      }));
    }
    const keep = (value) => (row.value = value);
    if (kind === "keys") return [this.boxes(field.choices, row, name, at)];
    if (kind === "texts") return [this.lines(row, name, at)];
    if (kind === "choice" && field.choices) return [this.choice(field.choices, row, name, at)];
    if (kind === "bool") return [this.yesNo(row, name, at)];
    return [this.input(kind === "date" ? field.type : kind, row.value, name, `${at}value`, keep)];
  }

  input(type, value, label, at, keep) {
    const kinds = { figure: "number", date: "date", month: "month" };
    const input = node("input", { type: kinds[type] || "text", value: value ?? "" });
    if (input.type === "number") input.step = "any";
    return this.wired(input, label, at, () => {
      const empty = input.value === "";
      keep(empty ? undefined : type === "figure" ? Number(input.value) : input.value);
      this.tell();
    }, "input");
  }

  choice(choices, row, label, at) {
    const select = node("select", {}, node("option", { value: "", textContent: words.choose }),
      ...choices.map(({ key, label: text }) => node("option", { value: key, textContent: text })));
    select.value = row.value ?? "";
    return this.wired(select, label, `${at}value`, () => {
      row.value = select.value || undefined;
      this.tell();
    });
  }

  yesNo(row, label, at) {
    const select = node("select", {}, node("option", { value: "", textContent: words.choose }),
      node("option", { value: "true", textContent: words.yes }), node("option", { value: "false", textContent: words.no }));
    select.value = row.value === undefined ? "" : String(row.value);
    return this.wired(select, label, `${at}value`, () => {
      row.value = { true: true, false: false }[select.value];
      this.tell();
    });
  }

  boxes(choices, row, label, at) {
    row.value = Array.isArray(row.value) ? row.value : [];
    const box = node("div", { className: "rule-boxes" });
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", label);
    choices.forEach(({ key, label: text }, n) => {
      const input = node("input", { type: "checkbox", checked: row.value.includes(key), id: `${this.id}-${at}-${n}` });
      input.addEventListener("change", () => {
        const chosen = new Set(row.value);
        if (input.checked) chosen.add(key);
        else chosen.delete(key);
        row.value = choices.map((choice) => choice.key).filter((one) => chosen.has(one));
        this.tell();
      });
      box.append(node("label", { htmlFor: input.id }, input, ` ${text}`));
    });
    return box;
  }

  lines(row, label, at) {
    const area = node("textarea", { rows: 3, value: (row.value || []).join("\n"), placeholder: words.perLine });
    return this.wired(area, label, `${at}value`, () => {
      row.value = area.value.split("\n").map((line) => line.trim()).filter(Boolean);
      this.tell();
    }, "input");
  }

  /** Conditions on the records of a list: rows of their own, over its columns. */
  whereNode(row, field, at) {
    row.where ??= { join: "and", items: [] };
    const box = node("div", { className: "rule-where" });
    if (row.op.startsWith("count")) box.append(node("p", { className: "help", textContent: words.onRecords }));
    box.append(this.groupNode(row.where, field.columns, `${at}-where-`, words.onRecords, 0));
    return box;
  }
}

class ValueRows extends Rows {
  constructor(element, model, options) {
    super(element, model, options);
    this.value = model;
  }

  draw(focus) {
    const { value, fields } = this;
    const select = fieldOptions(fields.filter(measurable), value.path, true);
    this.wired(select, this.label || words.measured, "value", () => {
      Object.assign(value, { path: select.value, where: undefined });
      this.changed("value");
    });
    const box = node("div", { className: "rule" }, select);
    const field = fields.find((one) => one.path === value.path);
    if (field?.columns && countable(field)) {
      value.where ??= { join: "and", items: [] };
      box.append(node("div", { className: "rule-where" }, node("p", { className: "help", textContent: words.onRecords }),
        this.groupNode(value.where, field.columns, "where-", words.onRecords)));
    }
    this.element.replaceChildren(box);
    const wanted = focus && box.querySelector(`[data-at="${focus}"]`);
    if (wanted) wanted.focus();
  }

  tell() {
    const { value, fields } = this;
    const columns = fields.find((one) => one.path === value.path)?.columns || [];
    this.onChange(valueRule(value, fields), { complete: !value.where || isComplete(value.where, columns) });
  }
}

/** Return a select of fields under the headings of their sections. */
function fieldOptions(fields, chosen, counts = false) {
  const select = node("select", {}, node("option", { value: "", textContent: words.choose }));
  const groups = new Map();
  for (const field of fields) {
    const name = field.group || "";
    if (!groups.has(name)) groups.set(name, name ? node("optgroup", { label: name }) : select);
    const counted = counts && countable(field) ? ` ${operatorName("count==", Boolean(field.columns)).replace(operatorName("=="), "")}` : "";
    groups.get(name).append(node("option", { value: field.path, textContent: field.label + counted }));
  }
  for (const group of groups.values()) if (group !== select) select.append(group);
  select.value = chosen || "";
  return select;
}
