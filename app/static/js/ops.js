// Flask-Admin's pages without its inline handlers, which the content security policy blocks.

import { ask } from "./dialog.js";

const boxes = () => [...document.querySelectorAll("input.action-checkbox")];

const subjectOf = (box) =>
  [...box.closest("tr").querySelectorAll('td[class^="col-"]')].slice(0, 3).map((cell) => cell.innerText.trim()).join(" ");

async function act(name, title) {
  const { confirmations, nothing } = document.getElementById("ops-actions").dataset;
  const picked = boxes().filter((box) => box.checked);
  const text = picked.length ? JSON.parse(confirmations)[name] : nothing;
  const subjects = picked.map(subjectOf);
  if (text && !(await ask({ title, text, subjects, danger: name === "delete" }))) return;
  if (!picked.length) return;
  const form = document.getElementById("action_form");
  form.querySelector("#action").value = name;
  form.append(...picked.map((box) => box.cloneNode()));
  form.submit();
}

// a title is not a name for everybody
for (const box of document.querySelectorAll("input[type=checkbox][title]")) box.setAttribute("aria-label", box.title);

document.addEventListener("click", (event) => {
  // `javascript:` addresses do nothing here but would be reported as violations
  if (event.target.closest('a[href^="javascript:"]')) event.preventDefault();
  const button = event.target.closest("[data-ops-action]");
  if (button) act(button.dataset.opsAction, button.textContent.trim());
  const add = event.target.closest("[data-ops-add]");
  if (add) window.faForm.addInlineField(add, add.dataset.opsAdd);
});

// A cell that can be changed is kept at once; what became of it stands beside it.
const words = document.documentElement.lang.startsWith("zh")
  ? { saving: "正在保存", saved: "已保存", failed: "未保存，请稍后重试" }
  : { saving: "Saving", saved: "Saved", failed: "Not saved, please try again" };

async function keep(field) {
  const said = field.parentElement.querySelector("output") || document.createElement("output");
  field.after(said);
  const say = (text, wrong) => {
    said.textContent = text;
    said.className = wrong ? "overdue" : "muted";
    field.toggleAttribute("aria-invalid", wrong);
  };
  say(words.saving, false);
  const body = new FormData();
  body.set("list_form_pk", field.dataset.pk);
  body.set(field.name, field.type === "checkbox" ? (field.checked ? "1" : "") : field.value);
  const headers = { "X-CSRFToken": field.dataset.csrf, "X-Requested-With": "XMLHttpRequest" };
  try {
    const answer = await fetch("./ajax/update/", { method: "POST", body, headers });
    if (answer.ok) return say(words.saved, false);
    const refusal = await answer.json().catch(() => null);
    say(refusal?.message || words.failed, true);
  } catch {
    say(words.failed, true);
  }
  if (field.type === "checkbox") field.checked = !field.checked;
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-ops-cell]")) keep(event.target);
  if (event.target.matches(".action-rowtoggle")) for (const box of boxes()) box.checked = event.target.checked;
});
