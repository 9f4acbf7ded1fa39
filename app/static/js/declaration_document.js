// 生成申报书: asks for the document without leaving the page and follows how far it is.

import { words } from "./declaration_words.js";

const PAUSE = 1000;
const BUSY = new Set(["queued", "running"]);

/** Follow document and preview of the page. */
export function followJobs(card) {
  let timer = null;
  const read = async () => {
    try {
      const response = await fetch(card.dataset.follow, { headers: { "X-Requested-With": "XMLHttpRequest" } });
      if (response.status === 401) return location.reload();
      if (!response.ok) throw new Error(String(response.status));
      update(await response.json());
    } catch {
      for (const job of document.querySelectorAll(".job")) {
        if (BUSY.has(job.dataset.state)) job.querySelector("[data-job-words]").textContent = words.statusLost;
      }
      plan();
    }
    return undefined;
  };
  const plan = () => {
    clearTimeout(timer);
    timer = setTimeout(read, PAUSE);
  };
  const update = (status) => {
    for (const [name, state] of Object.entries(status)) show(name, state);
    if (Object.values(status).some((state) => BUSY.has(state.state))) plan();
  };
  for (const form of document.querySelectorAll("[data-make]")) {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      form.hidden = true;
      try {
        const response = await fetch(form.getAttribute("action"), {
          method: "POST",
          headers: { "X-Requested-With": "XMLHttpRequest" },
          body: new URLSearchParams(new FormData(form)),
        });
        const answer = await response.json();
        if (response.ok) update(answer);
        else show(form.dataset.make, { state: "failed", reason: answer.message });
      } catch {
        show(form.dataset.make, { state: "failed", reason: words.noConnection });
      }
    });
  }
  if ([...document.querySelectorAll(".job")].some((job) => BUSY.has(job.dataset.state))) plan();
}

function show(name, state) {
  const job = document.querySelector(`[data-job="${name}"]`);
  const busy = BUSY.has(state.state);
  job.dataset.state = state.state;
  job.querySelector("[data-job-running]").hidden = !busy;
  job.querySelector("[data-job-failed]").hidden = state.state !== "failed";
  job.querySelector("[data-job-reason]").textContent = state.reason ?? "";
  if (busy) {
    job.querySelector("[data-job-words]").textContent = words[state.state];
    job.querySelector("[data-job-percent]").textContent = `${state.progress}%`;
    job.querySelector("progress").value = state.progress;
  }
  for (const node of document.querySelectorAll(`[data-job-done="${name}"]`)) {
    node.hidden = state.state !== "done";
    if (name === "preview" && state.url) node.href = state.url;
  }
  const form = document.querySelector(`[data-make="${name}"]`);
  form.hidden = busy || state.state === "done";
  const button = form.querySelector("[data-make-button]");
  button.textContent = state.state === "failed" ? button.dataset.again : button.dataset.first;
  if (name === "document" && state.state === "done") showDocument(state);
}

function showDocument({ url, pages, made_at: time }) {
  document.querySelector("[data-document-open]").href = url;
  document.querySelector("[data-document-download]").href = `${url}?download=1`;
  document.querySelector("[data-document-pages]").textContent = pages;
  document.querySelector("[data-document-time]").textContent = time;
  document.querySelector("[data-document-open]").focus();
}
