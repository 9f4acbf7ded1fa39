// What is still open, at the fields and in the rail.

import { keptRows } from "./declaration_values.js";
import { element, words } from "./declaration_words.js";

/** Show the server's findings at the fields; what is merely missing only when `all`. */
export function showProblems(form, problems, all) {
  const errors = new Map();
  const warnings = new Map();
  for (const problem of problems) {
    if (problem.kind === "missing" && !all) continue;
    const target = problem.level === "error" ? errors : warnings;
    const path = localPath(form, problem.path);
    target.set(path, [...(target.get(path) ?? []), problem.message]);
  }
  for (const place of form.querySelectorAll("[data-error-for]")) write(place, errors.get(place.dataset.errorFor));
  for (const place of form.querySelectorAll("[data-error-for]")) warn(place, warnings.get(place.dataset.errorFor));
  for (const input of form.querySelectorAll("[data-path]")) mark(input, errors.has(input.dataset.path));
}

/** The server counts records without the empty ones; inputs keep their own numbers. */
function localPath(form, path) {
  const [key, index, ...rest] = path.split(".");
  const list = rest.length ? form.querySelector(`[data-repeat="${CSS.escape(key)}"]`) : null;
  if (!list || !/^\d+$/.test(index)) return path;
  const row = keptRows(list)[Number(index)];
  return row ? [row.dataset.row.replaceAll("-", "."), ...rest].join(".") : key;
}

function write(place, messages) {
  const text = messages ? messages.join("；") : "";
  if (place.textContent !== text) place.textContent = text;
  place.hidden = !messages;
}

function warn(place, messages) {
  const path = place.dataset.errorFor;
  let note = place.parentElement.querySelector(`[data-warning-for="${CSS.escape(path)}"]`);
  if (!messages) {
    note?.remove();
    return;
  }
  if (!note) {
    note = element("span", { className: "warning" });
    note.dataset.warningFor = path;
    place.after(note);
  }
  note.textContent = messages.join("；");
}

function mark(input, wrong) {
  const holder = input.type === "radio" || input.type === "checkbox" ? input.closest("[role]") ?? input : input;
  if (wrong) holder.setAttribute("aria-invalid", "true");
  else holder.removeAttribute("aria-invalid");
}

/** Put the focus on the first field with an error; returns whether there is one. */
export function focusFirstError(form) {
  const place = [...form.querySelectorAll("[data-error-for]")].find((one) => !one.hidden && one.textContent && one.checkVisibility());
  const folded = [...form.querySelectorAll("details:not([open]) [data-error-for]")].find((one) => !one.hidden && one.textContent);
  const target = place ?? folded;
  if (!target) return false;
  for (let details = target.closest("details"); details; details = details.parentElement.closest("details")) details.open = true;
  const path = CSS.escape(target.dataset.errorFor);
  const input = form.querySelector(`[data-path="${path}"]:not(output)`) ?? target.parentElement.querySelector("input:not([type=hidden]), select, textarea, button");
  input?.focus({ preventScroll: true });
  (input ?? target).scrollIntoView({ block: "center" });
  return true;
}

/** Bring the rail up to date: which sections are asked, what is missing in each, and what is open in all. */
export function showRail({ sections, open_points: openPoints, title }) {
  for (const item of document.querySelectorAll("[data-rail-section]")) {
    const state = sections[item.dataset.railSection];
    item.hidden = !state;
    if (state) markSection(item.querySelector("[data-mark]"), state, item.querySelector("[aria-current]"));
  }
  const count = document.querySelector("[data-open-points]");
  if (count) count.textContent = words.openPoints(openPoints);
  const heading = document.querySelector("[data-title]");
  if (heading && title) heading.textContent = title;
}

function markSection(place, state, isHere) {
  const was = place.firstElementChild?.className ?? "";
  let mark = null;
  if (state.invalid) mark = element("span", { className: "mark mark-stop", textContent: words.invalid(state.invalid) });
  else if (state.missing) mark = element("span", { className: "mark", textContent: words.missing(state.missing) });
  else if (isHere || was) mark = element("span", { className: "mark mark-ok", textContent: "✓", title: words.complete });
  place.replaceChildren(...(mark ? [mark] : []));
}

/** The address of the shown section before or after the present one, or null. */
export function neighbour(step) {
  const links = [...document.querySelectorAll("[data-rail-section]:not([hidden]) a, .rail-steps a")];
  const here = links.findIndex((link) => link.hasAttribute("aria-current"));
  return links[here + step]?.href ?? null;
}
