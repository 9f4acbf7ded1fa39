// Attachments: uploaded as soon as they are chosen, with progress; ordered and deleted in place.

import { ask } from "./dialog.js";
import { showRail } from "./declaration_problems.js";
import { element, words } from "./declaration_words.js";

const MEGABYTE = 1024 * 1024;

/** Take over the attachment kinds of a section; the text is saved before anything is uploaded. */
export function openFiles(form, saver) {
  for (const box of form.querySelectorAll("[data-files]")) openKind(form, box, saver);
}

function openKind(form, box, saver) {
  dress(box);
  box.addEventListener("change", (event) => {
    if (event.target.matches("[data-file-input]")) upload(form, box, saver, [...event.target.files]);
  });
  box.addEventListener("click", async (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    event.preventDefault();
    const file = button.closest("[data-file]")?.dataset.file;
    if (button.dataset.move) await act(form, box, `${box.dataset.upload}/${file}/${button.dataset.move}`, file, button.dataset.move);
    else if ("delete" in button.dataset) await remove(form, box, button, file);
    else if (button.dataset.introduce) {
      if (!saver.isDirty || (await saver.save())) location.assign(button.dataset.introduce);
    } else if ("uploadButton" in button.dataset) box.querySelector("[data-file-input]").click();
  });
  for (const name of ["dragover", "dragleave", "drop"]) {
    box.addEventListener(name, (event) => {
      const target = box.querySelector(".upload");
      if (!target || !event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      target.classList.toggle("dropping", name === "dragover");
      if (name === "drop") upload(form, box, saver, [...event.dataTransfer.files]);
    });
  }
}

/** With this script one button does both: choose and upload. */
function dress(box) {
  const button = box.querySelector("[data-upload-button]");
  if (button) button.textContent = words.chooseFiles;
  const input = box.querySelector("[data-file-input]");
  if (input) {
    input.classList.add("visually-hidden");
    input.tabIndex = -1;
  }
}

function refusal(input, file) {
  const kinds = input.accept.split(",").map((kind) => kind.slice(1));
  const ending = file.name.split(".").at(-1).toLowerCase();
  if (!kinds.includes(ending)) return words.wrongKind(file.name, kinds.join("、"));
  const limit = Number(input.dataset.maxMb);
  return file.size > limit * MEGABYTE ? words.tooLarge(file.name, limit) : null;
}

async function upload(form, box, saver, files) {
  const input = box.querySelector("[data-file-input]");
  const refusals = files.map((file) => refusal(input, file)).filter(Boolean);
  const good = files.filter((file) => !refusal(input, file));
  await saver.save();
  for (const file of good) {
    const answer = await send(form, box, file);
    if (answer.html) show(box, answer);
    refusals.push(...(answer.refusals ?? [answer.message ?? words.uploadFailed]));
  }
  complain(box, refusals);
  const again = box.querySelector("[data-file-input]");
  if (again) again.value = "";
}

/** Send one file; resolves to the server's answer, {} when none came. */
function send(form, box, file) {
  const body = new FormData();
  body.append("file", file);
  const request = new XMLHttpRequest();
  const bar = box.querySelector("[data-upload-progress]");
  const text = bar.querySelector("[data-upload-text]");
  bar.hidden = false;
  text.textContent = words.uploading(file.name, 0);
  return new Promise((resolve) => {
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      const percent = Math.floor((100 * loaded) / (total || 1));
      bar.querySelector("progress").value = percent;
      text.textContent = percent < 100 ? words.uploading(file.name, percent) : words.checking(file.name);
    });
    request.addEventListener("loadend", () => {
      bar.hidden = true;
      resolve(request.response ?? {});
    });
    request.open("POST", box.dataset.upload);
    request.responseType = "json";
    request.setRequestHeader("X-CSRFToken", form.elements.csrf_token.value);
    request.setRequestHeader("X-Requested-With", "XMLHttpRequest");
    request.send(body);
  });
}

async function remove(form, box, button, file) {
  const name = button.closest("[data-file]").querySelector("a").textContent;
  const answer = await ask({ title: words.deleteFile, text: words.deleteFileText, subjects: [name], danger: true });
  if (answer) await act(form, box, `${box.dataset.upload}/${file}/delete`);
}

async function act(form, box, address, file = "", way = "") {
  try {
    const response = await fetch(address, {
      method: "POST",
      headers: { "X-CSRFToken": form.elements.csrf_token.value, "X-Requested-With": "XMLHttpRequest" },
      body: new URLSearchParams({ confirmed: "1" }),
    });
    const answer = await response.json();
    if (answer.html) show(box, answer);
    else complain(box, [answer.message ?? words.uploadFailed]);
  } catch {
    complain(box, [words.uploadFailed]);
  }
  const moved = box.querySelector(`[data-file="${CSS.escape(file)}"] [data-move="${way}"]:not([disabled])`);
  (moved ?? box.querySelector("[data-upload-button], .file-list a"))?.focus();
}

function show(box, answer) {
  box.querySelector("[data-files-list]").innerHTML = answer.html;
  dress(box);
  showRail(answer);
  complain(box, answer.refusals);
  const place = box.closest("form").querySelector(`[data-error-for="${CSS.escape(box.dataset.files)}"]`);
  if (!place) return;
  place.textContent = answer.problems.join("；");
  place.hidden = !answer.problems.length;
}

function complain(box, refusals) {
  box.querySelector("[data-refusals]").replaceChildren(...refusals.map((text) => element("p", { textContent: text })));
}
