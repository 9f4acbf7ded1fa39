// Asks for the code to the phone without leaving the page; what is wrong stands at its field.

import { shut } from "./countdown.js";

const SECONDS = 60;
const form = document.querySelector("[data-register]");

if (form) {
  const button = form.querySelector("[data-send-code]");
  const told = form.querySelector(".code-sent");

  const clear = (input) => {
    input.removeAttribute("aria-invalid");
    document.getElementById(`${input.id}-error`)?.remove();
  };

  const complain = (name, sentence) => {
    const input = form.elements[name] ?? form.elements.code;
    clear(input);
    const error = document.createElement("span");
    Object.assign(error, { className: "error", id: `${input.id}-error`, textContent: sentence });
    error.setAttribute("role", "alert");
    input.setAttribute("aria-invalid", "true");
    input.setAttribute("aria-describedby", error.id);
    input.after(error);
    return input;
  };

  const drawAnother = () => document.dispatchEvent(new Event("captcha:used"));

  const ask = async () => {
    for (const name of ["mobile", "captcha", "code"]) clear(form.elements[name]);
    told.textContent = "";
    const body = new FormData();
    for (const name of ["csrf_token", "mobile", "captcha", "captcha_id"]) body.append(name, form.elements[name]?.value ?? "");
    const answer = await fetch(form.dataset.register, { method: "POST", body, headers: { Accept: "application/json" } });
    const said = await answer.json();
    if (answer.ok) {
      told.textContent = said.message;
      shut(button, SECONDS, drawAnother);
      form.elements.code.focus();
      return;
    }
    const fields = Object.entries(said.fields ?? { code: said.message });
    const inputs = fields.map(([name, sentence]) => complain(name, sentence));
    if (said.used) drawAnother();
    inputs[0]?.focus();
  };

  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await ask();
    } catch (problem) {
      complain("code", problem.message);
    }
    if (!told.textContent) button.disabled = false;
  });
}
