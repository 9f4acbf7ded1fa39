// What stands in a section's form: as posted (name → text or texts), and as rules see it.

import { parseFigure } from "./rules.js";

const FIGURES = new Set(["int", "number", "money", "percent"]);
const NOT_ANSWERS = new Set(["csrf_token"]);

/** The answers of a form as {name: text or list of texts}, in the shape in which the server takes them. */
export function collect(form) {
  const values = {};
  for (const [name, value] of new FormData(form)) {
    if (NOT_ANSWERS.has(name) || name.startsWith("_") || typeof value !== "string") continue;
    values[name] = name in values ? [values[name], value].flat() : value;
  }
  return values;
}

/** Put collected values back into the inputs that are there. */
export function fill(form, values) {
  for (const input of form.querySelectorAll("[name]")) {
    const { name, type } = input;
    if (NOT_ANSWERS.has(name) || name.startsWith("_") || input.readOnly || type === "file" || input.tagName === "BUTTON") continue;
    const given = [values[name] ?? []].flat();
    if (type === "checkbox" || type === "radio") input.checked = given.includes(input.value);
    else if (name in values) input.value = given[0] ?? "";
  }
}

/** Whether nothing was typed in a record. */
export function isBlank(row) {
  return [...row.querySelectorAll("[data-path]")].every((input) => {
    if (input.type === "checkbox" || input.type === "radio") return !input.checked;
    return !input.value?.trim();
  });
}

/** The records of a list that the server will keep, in order. */
export function keptRows(list) {
  return [...list.querySelectorAll("[data-row]")].filter((row) => !isBlank(row));
}

/** The section's own answers as nested objects for rules; unknown ones are null. */
export function ruleValues(grid) {
  const values = {};
  for (const list of grid.querySelectorAll("[data-repeat]")) {
    values[list.dataset.repeat] = keptRows(list).map((row) => rowValues(row));
  }
  for (const input of grid.querySelectorAll("[data-path]")) {
    if (!input.closest("[data-row], template")) put(values, input.dataset.path.split("."), input);
  }
  return values;
}

function rowValues(row) {
  const values = {};
  for (const input of row.querySelectorAll("[data-path]")) put(values, [input.dataset.path.split(".").at(-1)], input);
  return values;
}

function put(values, path, input) {
  const last = path.pop();
  let target = values;
  for (const part of path) target = target[part] ??= {};
  const value = readInput(input);
  if (input.type === "radio" || input.type === "checkbox") merge(target, last, value, input);
  else target[last] = value;
}

function merge(target, name, value, input) {
  if (input.dataset.kind === "choices") {
    target[name] = [...(target[name] ?? []), ...(value === null ? [] : [value])];
    if (!target[name].length) target[name] = null;
  } else {
    target[name] = target[name] ?? value;
  }
}

function readInput(input) {
  const kind = input.dataset.kind;
  if (input.type === "checkbox" || input.type === "radio") {
    if (!input.checked) return null;
    return kind === "consent" ? true : input.value;
  }
  const text = (input.value ?? "").trim();
  return FIGURES.has(kind) ? readFigure(input, text) : text || null;
}

/** A figure within the limits of its input; anything else is unknown, as on the server. */
function readFigure(input, typed) {
  const { unit = "", decimals = "0", min, max } = input.dataset;
  let text = typed.normalize("NFKC").replace(/[\s,]/g, "").replace(/^\+/, "");
  if (unit && text.endsWith(unit)) text = text.slice(0, -unit.length);
  const figure = text ? parseFigure(text) : null;
  if (figure === null || (text.split(".")[1] ?? "").replace(/0+$/, "").length > Number(decimals)) return null;
  const below = min !== undefined && figure.units < parseFigure(min).units;
  const above = max !== undefined && figure.units > parseFigure(max).units;
  return below || above ? null : figure;
}
