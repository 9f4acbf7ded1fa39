// The countdown to the deadline, by the server's clock: the difference to this computer's clock is taken once.

import { words } from "./declaration_words.js";

const HOUR = 3600;

/** How long there is left, in words. */
export function remaining(seconds) {
  if (seconds <= 0) return words.over;
  const days = Math.floor(seconds / 86400);
  const hours = Math.floor((seconds % 86400) / HOUR);
  const minutes = Math.floor((seconds % HOUR) / 60);
  if (days) return words.days(days, hours);
  return hours ? words.hours(hours, minutes) : words.minutes(minutes, seconds % 60);
}

/** Keep the countdown of a page going. */
export function startCountdown(frame) {
  const shown = frame.querySelector("[data-countdown]");
  const closes = Date.parse(frame.dataset.closes);
  if (!shown || Number.isNaN(closes)) return;
  const ahead = Date.parse(frame.dataset.now) - Date.now();
  const tick = () => {
    const seconds = Math.floor((closes - Date.now() - ahead) / 1000);
    shown.textContent = remaining(seconds);
    shown.classList.toggle("urgent", seconds < 24 * HOUR);
    if (seconds > 0) setTimeout(tick, seconds > HOUR ? 20000 : 1000);
  };
  tick();
}
