// Keeps a button shut for some seconds, says how many are left, and calls `then` after them.

export function shut(button, seconds, then = () => {}) {
  const name = (button.dataset.name ??= button.textContent);
  const end = Date.now() + seconds * 1000;
  const tick = () => {
    const left = Math.ceil((end - Date.now()) / 1000);
    button.disabled = left > 0;
    button.textContent = left > 0 ? button.dataset.waiting.replace("{seconds}", left) : name;
    if (left > 0) setTimeout(tick, 250);
    else then();
  };
  tick();
}

for (const button of document.querySelectorAll("button[data-wait]")) {
  const seconds = Number(button.dataset.wait);
  if (seconds > 0) shut(button, seconds);
}
