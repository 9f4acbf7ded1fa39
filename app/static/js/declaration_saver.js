// Saving as one types. 已保存 is shown only after the server has answered with the stored revision.

import { chooseSides } from "./declaration_conflict.js";
import { Copy } from "./declaration_copy.js";
import { collect } from "./declaration_values.js";
import { element, words } from "./declaration_words.js";

const PAUSE = 1200; // after the last key
const PATIENCE = 20000; // for an answer
const RETRY_FIRST = 2000;
const RETRY_LONGEST = 30000;

export class Saver {
  /** `stored(answer)` is called with every answer that confirms a saved revision. */
  constructor(form, stored) {
    this.form = form;
    this.stored = stored;
    this.revision = Number(form.dataset.revision);
    this.copy = new Copy(form.dataset);
    this.saved = this.typed();
    this.retryAfter = RETRY_FIRST;
    this.stopped = false;
    this.postponed = false; // a conflict that the person wants to look at later
    this.running = null;
    this.place = document.querySelector("[data-save-state]");
    window.addEventListener("online", () => this.wake());
    window.addEventListener("focus", () => this.wake());
    window.addEventListener("pagehide", () => this.keepCopy());
    document.addEventListener("shenbao:logout", () => {
      this.forgetting = true; // until something is typed again: the person may have stayed
    });
    window.addEventListener("beforeunload", (event) => {
      if (this.isDirty && !this.leaving) event.preventDefault();
    });
  }

  typed() {
    return JSON.stringify(collect(this.form));
  }

  get isDirty() {
    return this.running !== null || this.typed() !== this.saved;
  }

  /** Something was typed: save after a short pause. */
  touch(pause = PAUSE) {
    this.forgetting = false;
    if (this.stopped || this.typed() === this.saved) return;
    if (this.postponed) {
      this.keepCopy();
      return;
    }
    if (!this.running && !this.failing) this.say(words.waiting, "wait");
    this.plan(pause);
  }

  plan(pause) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.saveByItself(), pause);
  }

  wake() {
    if (this.failing && this.isDirty) this.saveByItself();
  }

  /** Save without being asked; a conflict that was put off is left alone. */
  async saveByItself() {
    while (this.running) await this.running;
    if (!this.postponed) await this.save();
  }

  keepCopy() {
    if (this.isDirty && !this.forgetting) this.copy.keep(this.revision, collect(this.form));
  }

  /** Save what is typed now and return whether it is stored. */
  async save() {
    clearTimeout(this.timer);
    while (this.running) await this.running;
    if (this.stopped) return false;
    if (this.typed() === this.saved) return true;
    this.postponed = false;
    this.running = this.send();
    const done = await this.running;
    this.running = null;
    if (done && this.typed() !== this.saved) this.plan(PAUSE);
    return done;
  }

  async send() {
    const values = collect(this.form);
    if (!this.failing) this.say(words.saving, "wait");
    const answer = await this.put(values);
    if (answer === null) return this.fail(navigator.onLine ? words.serverDown : words.offline, true);
    return this.receive(answer, values);
  }

  /** Send one request; null when no answer came. */
  async put(values) {
    try {
      const response = await fetch(this.form.getAttribute("action"), {
        method: "PUT",
        headers: {
          "Content-Type": "application/json",
          "If-Match": `"${this.revision}"`,
          "X-CSRFToken": this.form.elements.csrf_token.value,
          "X-Requested-With": "XMLHttpRequest",
        },
        body: JSON.stringify(values),
        signal: AbortSignal.timeout(PATIENCE),
      });
      const isJson = response.headers.get("Content-Type")?.includes("json");
      return { status: response.status, body: isJson ? await response.json() : {} };
    } catch (error) {
      return error instanceof TypeError ? { status: 0, body: {} } : null;
    }
  }

  async receive({ status, body }, values) {
    if (status === 200 && Number.isInteger(body.revision)) return this.accept(body, values);
    if (status === 0) return this.fail(words.offline, true);
    if (status === 401) return this.loggedOut();
    if (status === 400 && !this.renewed) return this.renewToken(body);
    if (status === 409 && body.fields) return this.choose(body, values);
    if (status >= 500) return this.fail(words.serverDown, true);
    if (status === 410) this.stopped = true;
    return this.fail(words.refused(body.message || words.unknownReason), false);
  }

  accept(body, values) {
    this.revision = body.revision;
    this.form.elements._revision.value = body.revision;
    this.saved = JSON.stringify(values);
    this.failing = false;
    this.retryAfter = RETRY_FIRST;
    this.renewed = false;
    if (this.typed() === this.saved) {
      this.copy.drop();
      this.say(words.saved(body.saved_at), "ok");
    } else {
      this.keepCopy();
      this.say(words.waiting, "wait");
    }
    this.stored(body);
    return true;
  }

  fail(text, again) {
    this.failing = true;
    this.keepCopy();
    this.say(text, "stop");
    if (again) {
      this.plan(this.retryAfter);
      this.retryAfter = Math.min(this.retryAfter * 2, RETRY_LONGEST);
    }
    return false;
  }

  async loggedOut() {
    this.fail(words.loggedOut, false);
    const link = element("a", { href: this.form.dataset.login, textContent: words.logIn });
    link.addEventListener("click", () => {
      this.leaving = true;
    });
    this.place.append(" ", link);
    return false;
  }

  /** After a new log-in elsewhere the page's token is stale: take a fresh one, if it is still the same person. */
  async renewToken({ message }) {
    const answer = await this.askToken();
    if (answer.status === 401) return this.loggedOut();
    if (answer.status !== 200) return this.fail(words.refused(message || words.unknownReason), false);
    if (String(answer.body.account) !== this.form.dataset.account) {
      this.stopped = true;
      return this.fail(words.otherAccount, false);
    }
    this.renewed = true;
    this.form.elements.csrf_token.value = answer.body.csrf_token;
    return this.send();
  }

  async askToken() {
    try {
      const response = await fetch(this.form.dataset.token, { headers: { "X-Requested-With": "XMLHttpRequest" } });
      return { status: response.status, body: await response.json() };
    } catch {
      return { status: 0, body: {} };
    }
  }

  /** Two hands on one section: the person chooses, and the choice is saved on top of what is stored. */
  async choose(conflict, values) {
    this.fail(words.conflictLeft, false);
    const chosen = await chooseSides(conflict, values, JSON.parse(this.saved || "{}"));
    if (!chosen) return this.offerChoice();
    this.revision = conflict.revision;
    this.renewed = false;
    const answer = await this.put(chosen);
    if (answer?.status === 409) return this.choose(answer.body, values);
    if (answer?.status !== 200) return answer ? this.receive(answer, values) : this.fail(words.serverDown, true);
    this.saved = this.typed();
    this.copy.drop();
    location.reload();
    return true;
  }

  offerChoice() {
    this.postponed = true;
    const button = element("button", { type: "button", className: "link", textContent: words.resolve });
    button.addEventListener("click", () => this.save());
    this.place.append(" ", button);
    return false;
  }

  say(text, tone) {
    this.place.textContent = text;
    this.place.dataset.tone = tone;
  }
}
