// One section of a declaration: lists, live rules, attachments, autosave, and the buttons at its foot.

import { openFiles } from "./declaration_files.js";
import { follow } from "./declaration_live.js";
import { focusFirstError, neighbour, showProblems, showRail } from "./declaration_problems.js";
import { openLists, openMatrices, setRows } from "./declaration_rows.js";
import { Saver } from "./declaration_saver.js";
import { collect, fill } from "./declaration_values.js";
import { element, words } from "./declaration_words.js";

/** Take over a section's form. */
export function openForm(form) {
  const grid = form.querySelector("[data-section]");
  const live = follow(grid);
  let all = "check" in form.dataset;
  let last = null;
  const changed = () => {
    live();
    saver.touch();
  };
  openLists(grid, changed);
  openMatrices(grid, changed);
  const saver = new Saver(form, (answer) => {
    last = answer;
    showRail(answer);
    showProblems(form, answer.problems, all);
  });
  openFiles(form, saver);
  form.addEventListener("input", changed);
  form.addEventListener("change", () => saver.touch(300));
  live();

  form.addEventListener("submit", async (event) => {
    const go = event.submitter?.value;
    if (event.submitter?.name !== "_go") return;
    event.preventDefault();
    const button = event.submitter;
    button.disabled = true;
    const stored = await saver.save();
    button.disabled = false;
    if (!stored) return;
    const wrong = last?.sections[form.dataset.sectionKey]?.invalid ?? 0;
    if (go === "back" || (go === "next" && !wrong)) {
      location.assign(neighbour(go === "back" ? -1 : 1));
      return;
    }
    all = all || go === "save";
    showProblems(form, last?.problems ?? [], all);
    if (!last) location.assign(`${location.pathname}?check=1`);
    else focusFirstError(form);
  });

  for (const link of document.querySelectorAll(".rail a, .crumb, a[data-save-first]")) {
    link.addEventListener("click", async (event) => {
      if (!saver.isDirty || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      if (await saver.save()) location.assign(link.href);
    });
  }

  restore(form, saver, live);
  if ("refused" in form.dataset) saver.saved = "";
  if (location.hash) reveal(form, location.hash.slice(1));
  else if (all) focusFirstError(form);
}

/** Put back what could not be saved last time, and save it: the server finds out whether it still fits. */
function restore(form, saver, live) {
  const copy = saver.copy.read();
  if (!copy) return;
  if (JSON.stringify(copy.values) === saver.saved) {
    saver.copy.drop();
    return;
  }
  for (const list of form.querySelectorAll("[data-repeat]")) {
    const start = `${list.dataset.repeat}-`;
    const numbers = Object.keys(copy.values).filter((name) => name.startsWith(start) && name.endsWith("-row_id"));
    setRows(list, numbers.map((name) => Number(name.slice(start.length).split("-")[0])).sort((a, b) => a - b));
  }
  fill(form, copy.values);
  live();
  saver.revision = copy.revision;
  const note = element("div", { className: "alert alert-info" }, [element("span", { textContent: words.restored })]);
  note.setAttribute("role", "status");
  form.before(element("div", { className: "sheet-note" }, [note]));
  if (JSON.stringify(collect(form)) !== saver.saved) saver.save();
}

/** Show the field that a link points to, opening the record it stands in. */
function reveal(form, id) {
  const target = document.getElementById(decodeURIComponent(id));
  if (!target || !form.contains(target)) return;
  for (let details = target.closest("details"); details; details = details.parentElement.closest("details")) details.open = true;
  const input = target.matches("input, select, textarea") ? target : target.querySelector("input:not([type=hidden]), select, textarea, button");
  input?.focus({ preventScroll: true });
  target.scrollIntoView({ block: "center" });
}
