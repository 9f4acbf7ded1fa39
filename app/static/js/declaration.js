// The pages on which a declaration is filled in. Everything here works without this script too, by posting the form.

import { startCountdown } from "./declaration_countdown.js";
import { followJobs } from "./declaration_document.js";
import { openForm } from "./declaration_form.js";

const frame = document.querySelector(".declare");
if (frame) startCountdown(frame);

const rail = document.querySelector("[data-rail]");
const narrow = window.matchMedia("(max-width: 1100px)");
const fold = () => {
  if (rail) rail.open = !narrow.matches;
};
fold();
narrow.addEventListener("change", fold);
rail?.querySelector("summary").addEventListener("click", (event) => {
  if (!narrow.matches) event.preventDefault();
});

const form = document.querySelector("form[data-declaration-form]");
if (form) openForm(form);

const jobs = document.querySelector("[data-follow]");
if (jobs) followJobs(jobs);
