// What every page does: ask before, act once, put the focus where the work is.

import "./dialog.js";

// Attributes are read as such: a form's inputs may be called "method" or "action".
const post = (form) => form.getAttribute("method")?.toLowerCase() === "post";
const leaves = (form) => form.getAttribute("action")?.endsWith("/logout/");
const COPIES = "shenbao:copy:"; // what declaration_copy.js keeps

// A double click never acts twice. A page that comes back from the history may be sent again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!post(form) || event.defaultPrevented || form.hasAttribute("data-repeatable")) return;
  if (leaves(form)) return forgetCopies(); // may be asked again: the browser lets one stay with what is not saved
  if (form.dataset.sent === "yes") event.preventDefault();
  form.dataset.sent = "yes";
});

// Whoever logs out leaves nothing of their drafts behind on a shared computer.
function forgetCopies() {
  document.dispatchEvent(new Event("shenbao:logout"));
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith(COPIES)) localStorage.removeItem(key);
  } catch {
    // storage is forbidden: then nothing was kept either
  }
}

window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    delete form.dataset.confirmed;
  }
});

// A search leaves out what was not asked, so that addresses stay short.
document.addEventListener("formdata", (event) => {
  if (event.target.getAttribute("role") !== "search") return;
  for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
});

// Enter moves on within a long form instead of sending it.
document.addEventListener("keydown", (event) => {
  const { target, key } = event;
  if (key === "Enter" && target.matches("form[data-no-enter] input:not([type=submit])")) event.preventDefault();
  if (key !== "Escape") return;
  if (location.hash === "#menu") location.hash = "#content";
  for (const menu of document.querySelectorAll("details.menu[open]")) menu.open = false;
});

document.addEventListener("click", (event) => {
  const dismiss = event.target.closest("[data-dismiss-message]");
  if (dismiss) dismiss.closest(".alert").remove();
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
});

document.querySelector('[aria-invalid="true"]')?.focus();
