// Record lists: adding, deleting, numbering, and pasting rows copied from a spreadsheet.

import { ask } from "./dialog.js";
import { isBlank } from "./declaration_values.js";
import { element, words } from "./declaration_words.js";

const rowsOf = (list) => [...list.querySelectorAll("[data-row]")];
const newId = () => `n${crypto.getRandomValues(new Uint32Array(3)).join("").slice(0, 24)}`;

/** Take over the lists of a section; `changed` is called after each change of rows. */
export function openLists(grid, changed) {
  for (const list of grid.querySelectorAll("[data-repeat]")) openList(list, changed);
}

function openList(list, changed) {
  for (const row of rowsOf(list).slice(1).reverse()) if (isBlank(row)) row.remove();
  const first = rowsOf(list)[0];
  if (rowsOf(list).length > 1 && isBlank(first)) first.remove();
  for (const id of list.querySelectorAll('[data-row] input[name$="-row_id"]')) id.value ||= newId();
  renumber(list);
  list.addEventListener("click", async (event) => {
    const add = event.target.closest("[data-add-row]");
    const remove = event.target.closest("[data-remove-row]");
    if (!add && !remove) return;
    event.preventDefault();
    if (add) focusFirst(addRow(list));
    else if (!(await removeRow(list, remove.closest("[data-row]")))) return;
    changed();
  });
  list.addEventListener("input", (event) => retitle(event.target.closest("[data-row]")));
  list.addEventListener("paste", (event) => {
    if (pasteTable(list, event)) changed();
  });
}

/** Add an empty record at the end and return it; null when the list is full. */
export function addRow(list) {
  const rows = rowsOf(list);
  if (rows.length >= Number(list.dataset.maxRows)) return null;
  const number = 1 + Math.max(-1, ...rows.map((row) => Number(row.dataset.row.split("-").at(-1))));
  const template = list.querySelector("template[data-row-template]");
  const holder = element("template", { innerHTML: template.innerHTML.replaceAll("__row__", String(number)) });
  const row = holder.content.querySelector("[data-row]");
  row.querySelector('input[name$="-row_id"]').value = newId();
  if (row.tagName === "DETAILS") row.open = true;
  list.querySelector("[data-rows]").append(row);
  renumber(list);
  return row;
}

/** Make the list hold exactly these row numbers; used when a kept copy is put back. */
export function setRows(list, numbers) {
  for (const row of rowsOf(list)) row.remove();
  for (const number of numbers) {
    const row = addRow(list);
    if (!row) return;
    rename(row, number);
  }
  renumber(list);
}

function rename(row, number) {
  const [was, name] = [row.dataset.row, `${row.dataset.row.slice(0, row.dataset.row.lastIndexOf("-"))}-${number}`];
  if (was === name) return;
  for (const node of [row, ...row.querySelectorAll("*")]) {
    for (const attribute of [...node.attributes]) {
      const text = attribute.value.replaceAll(was, name).replaceAll(was.replaceAll("-", "."), name.replaceAll("-", "."));
      if (text !== attribute.value) node.setAttribute(attribute.name, text);
    }
  }
}

async function removeRow(list, row) {
  if (!isBlank(row)) {
    const label = list.querySelector("[data-add-row]").textContent.trim().replace(/^(新增|Add )/, "");
    const title = row.querySelector("input[data-path], textarea[data-path], select[data-path]")?.value;
    const number = row.querySelector("[data-row-number]").textContent;
    const answer = await ask({ title: words.deleteRow(label), text: words.deleteRowText, subjects: [`${number}. ${title ?? ""}`], danger: true });
    if (!answer) return false;
  }
  const neighbour = row.nextElementSibling ?? row.previousElementSibling;
  row.remove();
  renumber(list);
  (neighbour?.querySelector("[data-path]") ?? list.querySelector("[data-add-row]"))?.focus();
  return true;
}

function renumber(list) {
  const rows = rowsOf(list);
  rows.forEach((row, index) => {
    row.querySelector("[data-row-number]").textContent = index + 1;
  });
  const add = list.querySelector("[data-add-row]");
  const full = rows.length >= Number(list.dataset.maxRows);
  add.disabled = full;
  add.title = full ? words.fullRows(list.dataset.maxRows) : "";
}

function retitle(row) {
  const title = row?.querySelector("[data-row-title]");
  if (title) title.textContent = row.querySelector("[data-path]").value;
}

function focusFirst(row) {
  row?.querySelector("[data-path]")?.focus();
}

// ---------------------------------------------------------------- rows copied from a spreadsheet

function cellsOf(row) {
  return [...row.querySelectorAll("[data-path]")].filter((input) => !input.readOnly);
}

function pasteTable(list, event) {
  const lines = tableOf(event);
  if (!lines) return false;
  event.preventDefault();
  const row = event.target.closest("[data-row]");
  const column = cellsOf(row).indexOf(event.target);
  let rows = rowsOf(list);
  const start = rows.indexOf(row);
  let pasted = 0;
  for (const [index, cells] of lines.entries()) {
    const target = rows[start + index] ?? addRow(list);
    if (!target) break;
    rows = rowsOf(list);
    setCells(cellsOf(target).slice(column), cells);
    retitle(target);
    pasted += 1;
  }
  announce(list, pasted < lines.length ? words.pasteLimited(pasted) : words.pasted(pasted));
  return true;
}

/** Let copied figures fall into a matrix, from the cell they are pasted into. */
export function openMatrices(grid, changed) {
  for (const table of grid.querySelectorAll("[data-matrix]")) {
    table.addEventListener("paste", (event) => {
      const lines = tableOf(event);
      if (!lines) return;
      event.preventDefault();
      const rows = [...table.tBodies[0].rows];
      const start = rows.indexOf(event.target.closest("tr"));
      const column = cellsOf(rows[start]).indexOf(event.target);
      for (const [index, cells] of lines.entries()) {
        if (rows[start + index]) setCells(cellsOf(rows[start + index]).slice(column), cells);
      }
      changed();
    });
  }
}

/** The lines and cells of a copied table, null when the clipboard holds plain text for one input. */
function tableOf(event) {
  const text = event.clipboardData?.getData("text/plain") ?? "";
  const isCell = event.target.matches?.("[data-path]");
  const several = text.includes("\t") || (event.target.tagName !== "TEXTAREA" && /\n./.test(text.trimEnd()));
  if (!isCell || !several) return null;
  return text.replace(/\r\n?/g, "\n").replace(/\n$/, "").split("\n").map((line) => line.split("\t"));
}

function setCells(inputs, cells) {
  cells.forEach((text, index) => {
    const input = inputs[index];
    if (!input) return;
    if (input.tagName === "SELECT") {
      const option = [...input.options].find((one) => one.textContent.trim() === text.trim() || one.value === text.trim());
      input.value = option?.value ?? "";
    } else if (input.type === "date" || input.type === "month") {
      input.value = isoDay(text.trim()).slice(0, input.type === "month" ? 7 : 10);
    } else {
      input.value = text.trim();
    }
  });
}

function isoDay(text) {
  const found = /^(\d{4})[-/.年](\d{1,2})(?:[-/.月](\d{1,2}))?/.exec(text);
  if (!found) return "";
  return `${found[1]}-${found[2].padStart(2, "0")}-${(found[3] ?? "1").padStart(2, "0")}`;
}

function announce(list, text) {
  let note = list.querySelector("[data-note]");
  if (!note) {
    note = element("span", { className: "help" });
    note.dataset.note = "";
    note.setAttribute("role", "status");
    list.append(note);
  }
  note.textContent = text;
}
