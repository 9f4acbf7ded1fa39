// Conditional fields and computed values follow what is typed, by the same rules as on the server.

import { evaluate, Figure, parseFigure, tooLarge } from "./rules.js";
import { ruleValues } from "./declaration_values.js";
import { words } from "./declaration_words.js";

const PASSES = 6; // a condition may hang on a computed value that hangs on a condition

const revive = (_key, value) =>
  value !== null && typeof value === "object" && "figure" in value ? parseFigure(value.figure) : value;

/** Return a function that brings fields, computed values and counters up to date. */
export function follow(grid) {
  const outside = JSON.parse(grid.dataset.values || "{}", revive);
  const fields = [...grid.querySelectorAll("[data-field]")];
  const conditions = fields.filter((field) => field.dataset.show).map((field) => [field, JSON.parse(field.dataset.show)]);
  const computed = [...grid.querySelectorAll("output[data-computed]")].map((output) => [output, JSON.parse(output.dataset.computed)]);
  return () => {
    const shown = settle(outside, ruleValues(grid), conditions, computed);
    for (const [field] of conditions) field.hidden = !shown.has(field);
    for (const row of grid.querySelectorAll("[data-row-of-grid]")) {
      row.hidden = [...row.querySelectorAll(".form-pair[data-field]")].every((pair) => pair.hidden);
    }
    count(grid);
  };
}

function settle(outside, own, conditions, computed) {
  let shown = new Set(conditions.map(([field]) => field));
  for (let pass = 0; pass < PASSES; pass += 1) {
    const values = { ...outside, ...own };
    for (const [field] of conditions) if (!shown.has(field)) values[field.dataset.field] = null;
    for (const [output, rule] of computed) values[output.dataset.path] = show(output, evaluate(rule, values));
    const next = new Set(conditions.filter(([, rule]) => evaluate(rule, values) === true).map(([field]) => field));
    const settled = next.size === shown.size && [...next].every((field) => shown.has(field));
    shown = next;
    if (settled) break;
  }
  return shown;
}

/** Show a computed figure with its decimals and unit; returns it as rules see it. */
function show(output, value) {
  const decimals = Number(output.dataset.decimals ?? 0);
  const rounded = value instanceof Figure ? evaluate({ round: [{ var: "value" }, decimals] }, { value }) : null;
  const over = rounded !== null && tooLarge(rounded);
  output.classList.toggle("error", over);
  if (rounded === null || over) {
    output.textContent = over ? words.overflow : "—";
    return null;
  }
  const [whole, rest = ""] = String(rounded).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  const text = decimals ? `${grouped}.${rest.padEnd(decimals, "0")}` : grouped;
  output.textContent = output.dataset.unit ? `${text} ${output.dataset.unit}` : text;
  return rounded;
}

function count(grid) {
  for (const counter of grid.querySelectorAll("[data-counter-for]")) {
    const input = grid.querySelector(`[name="${CSS.escape(counter.dataset.counterFor)}"]`);
    if (!input?.dataset.maxChars) continue;
    const length = input.value.replace(/\s/g, "").length;
    counter.textContent = words.characters(length, input.dataset.maxChars);
    counter.classList.toggle("over", length > Number(input.dataset.maxChars));
  }
}
