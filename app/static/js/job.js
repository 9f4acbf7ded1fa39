// Follows a piece of long work: shows how far it is, and loads the page anew when it has come to an end.

const PAUSE = 1000;
const LONGEST_PAUSE = 5000;

const card = document.querySelector("[data-job-state]");
const find = (name) => card.querySelector(`[data-job-${name}]`);
let asked = 0;

find("refresh").hidden = true; // the page looks by itself
plan();

function plan() {
  asked += 1;
  setTimeout(read, Math.min(PAUSE + asked * 50, LONGEST_PAUSE));
}

async function read() {
  try {
    const response = await fetch(card.dataset.jobState, { headers: { "X-Requested-With": "XMLHttpRequest" } });
    if (response.status === 401 || response.status === 404) return location.reload();
    if (!response.ok) throw new Error(String(response.status));
    const job = await response.json();
    if (!job.busy) return location.reload();
    find("label").textContent = job.label;
    find("percent").textContent = `${job.progress}%`;
    find("progress").value = job.progress;
    find("lost").hidden = true;
  } catch {
    find("lost").hidden = false;
  }
  return plan();
}
