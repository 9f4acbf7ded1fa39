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

document.addEventListener("change", (event) => {
  if (event.target.matches(".action-rowtoggle")) for (const box of boxes()) box.checked = event.target.checked;
});
