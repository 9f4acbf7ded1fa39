// The dialog that shows two texts of one section and lets a person choose, field by field.

import { element, words } from "./declaration_words.js";

/**
 * Resolves to the values to save, or null when put off. Fields that keep the stored text are simply not sent.
 * `values` are mine, `base` is what both sides started from: it says who changed what, so that the proposal is sensible.
 */
export function chooseSides(conflict, values, base) {
  const choices = conflict.fields.map((field) => new Choice(field, isMine(field.key, values, base)));
  const later = element("button", { type: "button", className: "btn", textContent: words.later });
  const go = element("button", { type: "button", className: "btn btn-primary", textContent: words.keepChosen });
  const dialog = element("dialog", { className: "dialog dialog-wide" }, [
    element("h2", { textContent: words.conflictTitle, id: "conflict-title" }),
    element("p", { textContent: words.conflictText(conflict.saved_at) }),
    element("div", { className: "conflict" }, choices.map((choice) => choice.node)),
    element("div", { className: "buttons" }, [later, go]),
  ]);
  dialog.setAttribute("aria-labelledby", "conflict-title");
  document.body.append(dialog);
  return new Promise((resolve) => {
    let chosen = null;
    later.addEventListener("click", () => dialog.close());
    go.addEventListener("click", () => {
      chosen = merge(values, base, choices);
      dialog.close();
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(chosen);
    });
    dialog.showModal();
    dialog.querySelector("input").focus();
  });
}

class Choice {
  constructor(field, changedByMe) {
    this.field = field;
    const group = `side-${field.key}`;
    const sides = [this.side(group, "theirs"), this.side(group, "mine")];
    const both = field.rows ? [this.both(group)] : [];
    this.node = element("fieldset", {}, [
      element("legend", { textContent: field.label }),
      element("div", { className: "sides" }, sides),
      ...both,
    ]);
    const proposal = changedByMe ? (field.rows ? "both" : "mine") : "theirs";
    this.node.querySelector(`input[value="${proposal}"]`).checked = true;
  }

  get picked() {
    return this.node.querySelector("input:checked").value;
  }

  side(group, name) {
    const single = this.field.lines.length === 1 && this.field.lines[0].label === this.field.label;
    const text = this.field.lines
      .map((line) => (single ? line[name] || words.empty : `${line.label}：${line[name] || words.empty}`))
      .join("\n");
    return element("label", { className: "side-text" }, [
      element("input", { type: "radio", name: group, value: name }),
      ` ${words[name]}`,
      element("p", { textContent: text }),
    ]);
  }

  both(group) {
    return element("label", { className: "both" }, [
      element("input", { type: "radio", name: group, value: "both" }),
      ` ${words.both}`,
    ]);
  }
}

const belongs = (name, key) => name === key || name.startsWith(`${key}-`);

function isMine(key, values, base) {
  const names = new Set([...Object.keys(values), ...Object.keys(base)].filter((name) => belongs(name, key)));
  return [...names].some((name) => JSON.stringify(values[name]) !== JSON.stringify(base[name]));
}

function merge(values, base, choices) {
  const sent = {};
  for (const [name, value] of Object.entries(values)) {
    const choice = choices.find(({ field }) => belongs(name, field.key));
    if (!choice || choice.picked === "mine") sent[name] = value;
  }
  for (const { picked, field } of choices) if (picked === "both") Object.assign(sent, mergeRecords(field, values, base));
  return sent;
}

// ---------------------------------------------------------------- record lists: nobody's record is lost

/** Return the records of both sides under new numbers: what only one side changed or added counts, what both changed stays twice. */
function mergeRecords({ key, rows }, values, base) {
  const [mine, started, theirs] = [recordsOf(key, values), recordsOf(key, base), storedRecords(rows)];
  const merged = [];
  for (const [id, record] of mine) {
    const [before, other] = [started.get(id), theirs.get(id)];
    const changedByMe = !before || !same(record, before);
    if (!other && before && !changedByMe) continue; // deleted by them
    if (!other || same(record, other) || (before && same(other, before))) merged.push([id, record]);
    else if (!changedByMe) merged.push([id, other]);
    else merged.push([id, record], [`${id}_2`.slice(-32), other]);
  }
  for (const [id, record] of theirs) {
    const before = started.get(id);
    if (!mine.has(id) && (!before || !same(record, before))) merged.push([id, record]);
  }
  const sent = { [`${key}-_posted`]: "1" };
  merged.forEach(([id, record], number) => {
    sent[`${key}-${number}-row_id`] = id;
    for (const [column, text] of Object.entries(record)) sent[`${key}-${number}-${column}`] = text;
  });
  return sent;
}

/** {id: {column: text}} of collected values; empty columns are left out, as the server does. */
function recordsOf(key, values) {
  const byNumber = new Map();
  for (const [name, text] of Object.entries(values)) {
    const [head, number, ...column] = name.split("-");
    if (head !== key || !/^\d+$/.test(number ?? "") || !text) continue;
    byNumber.set(number, { ...byNumber.get(number), [column.join("-")]: text });
  }
  const records = [...byNumber.values()].map(({ row_id: id, ...record }) => [id, record]);
  return new Map(records.filter(([, record]) => Object.keys(record).length));
}

function storedRecords(rows) {
  return new Map(rows.map(({ _id: id, ...record }) => [id, record]));
}

function same(one, other) {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].every((name) => String(one[name] ?? "").trim() === String(other[name] ?? "").trim());
}
