// What the pages of the studio share: the parts in hand, saving them with their revision, what stands against them.

import { mount } from "./rule_rows.js";
import { say } from "./rule_words.js";
import { sentenceOf } from "./studio_problems.js";

const words = {
  save: say("保存", "Save"),
  saved: say("已保存", "Saved"),
  saving: say("正在保存…", "Saving…"),
  unsaved: say("有未保存的修改", "There are unsaved changes"),
  clean: say("没有未保存的修改", "Nothing to save"),
  incomplete: say("有未填完的条件行，未计入规则", "Unfinished rows do not count"),
  failed: say("未保存：网络不通或系统暂时不可用，请稍后重试", "Not saved: the system cannot be reached, try again later"),
  left: say("未保存：登录已失效，请在新窗口重新登录后再保存", "Not saved: log in again in another window, then save"),
  refused: say("未保存：", "Not saved: "),
  look: say("在新窗口查看最新内容", "Look at the newest state in a new window"),
  overwrite: say("以本页内容覆盖", "Replace it by this page"),
};

/** Make an element. */
export function node(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/** Set a key of an entry, or take it out where there is nothing to say. */
export function put(entry, key, value) {
  if (value === undefined || value === null || value === "" || value === false) delete entry[key];
  else entry[key] = value;
}

export class Studio {
  constructor() {
    this.root = document.querySelector("[data-studio]");
    this.data = JSON.parse(document.querySelector("[data-studio-data]").textContent);
    this.parts = structuredClone(this.data.parts);
    this.stored = Object.fromEntries(Object.entries(this.parts).map(([name, part]) => [name, JSON.stringify(part)]));
    this.said = new Map(this.data.said.map(([rule, text]) => [JSON.stringify(rule), text]));
    this.unfinished = new Set();
    this.listeners = [];
    this.numbered = 0;
    window.addEventListener("beforeunload", (event) => this.changedParts().length && event.preventDefault());
    document.addEventListener("keydown", (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.key !== "s") return;
      event.preventDefault();
      this.save();
    });
  }

  /** Put the bar that saves at the end of the page. */
  finish() {
    this.button = node("button", { type: "button", className: "btn btn-primary", textContent: words.save });
    this.button.addEventListener("click", () => this.save());
    this.status = node("span", { className: "studio-status" });
    this.status.setAttribute("role", "status");
    this.root.append(node("div", { className: "studio-bar" }, this.button, this.status));
    this.say(words.clean);
    this.showProblems();
  }

  say(text, tone = "", ...more) {
    this.status.replaceChildren(text, ...more);
    this.status.dataset.tone = tone;
  }

  changedParts() {
    return Object.keys(this.parts).filter((name) => JSON.stringify(this.parts[name]) !== this.stored[name]);
  }

  /** Something was changed. */
  touch() {
    const changed = this.changedParts().length;
    this.say(this.unfinished.size ? words.incomplete : changed ? words.unsaved : words.clean, changed ? "wait" : "");
    for (const listen of this.listeners) listen();
  }

  async save() {
    if (this.saving) return;
    this.saving = true;
    this.say(words.saving);
    try {
      for (const name of this.changedParts()) if (!(await this.savePart(name))) return;
      this.say(words.saved, "ok");
      this.showProblems();
      this.showVerdict();
    } finally {
      this.saving = false;
    }
  }

  async savePart(name) {
    const value = this.parts[name] ?? null;
    const sent = JSON.stringify(this.parts[name]);
    const answer = await this.put(name, value);
    if (answer.status === 409) return this.conflict(answer.body);
    if (answer.status === 401) return this.fail(words.left);
    if (answer.status === 0 || answer.status >= 500) return this.fail(words.failed);
    if (answer.status !== 200) return this.fail(words.refused + (answer.body.message || answer.status));
    Object.assign(this.data, { revision: answer.body.revision, problems: answer.body.problems, hints: answer.body.hints });
    this.stored[name] = sent;
    return true;
  }

  async put(name, value) {
    try {
      const response = await fetch(this.data.address + name, {
        method: "PUT",
        headers: { "Content-Type": "application/json", "X-CSRFToken": this.data.token, "X-Requested-With": "XMLHttpRequest" },
        body: JSON.stringify({ revision: this.data.revision, value }),
      });
      const isJson = response.headers.get("Content-Type")?.includes("json");
      return { status: response.status, body: isJson ? await response.json() : {} };
    } catch {
      return { status: 0, body: {} };
    }
  }

  fail(text) {
    this.say(text, "stop");
    return false;
  }

  /** Somebody was faster: what was typed stays, and the person decides. */
  conflict({ message, revision }) {
    const look = node("a", { href: location.href, target: "_blank", textContent: words.look });
    const overwrite = node("button", { type: "button", className: "link", textContent: words.overwrite });
    overwrite.addEventListener("click", () => {
      this.data.revision = revision;
      this.save();
    });
    this.say(message, "stop", " ", look, " ", overwrite);
    return false;
  }

  /** Write what is wrong and what to think about at its entry; whatever has no entry stands on top. */
  showProblems() {
    const slots = [...this.root.querySelectorAll("[data-place]")];
    for (const slot of slots) slot.replaceChildren();
    const found = [
      ...this.data.problems.map((text) => ({ text: sentenceOf(text), place: text, tone: "stop" })),
      ...this.data.hints.map(({ place, sentence }) => ({ text: sentence, place: `. ${place}`, tone: "warn" })),
    ];
    for (const { text, place, tone } of found) {
      const at = place.replace(/^\S+ /, "");
      const fitting = slots.filter((slot) => at.startsWith(slot.dataset.place) && !/^[\w]/.test(at.slice(slot.dataset.place.length)));
      const slot = fitting.sort((one, other) => other.dataset.place.length - one.dataset.place.length)[0];
      slot?.append(node("li", { className: `studio-${tone}`, textContent: text }));
    }
  }

  /** Say in the head of the page whether the draft may be published now. */
  showVerdict() {
    const count = this.data.problems.length;
    const verdict = count
      ? node("a", { className: "tag tag-stop", href: "./", textContent: say(`${count} 处问题待处理`, `${count} problems left`) })
      : node("span", { className: "tag tag-ok", textContent: say("可以发布", "May be published") });
    document.querySelector(".head :is(.tag-stop, .tag-ok)")?.replaceWith(verdict);
  }

  /** Return the list in which the problems of a place are written. */
  slot(place) {
    const list = node("ul", { className: "studio-problems" });
    list.dataset.place = place;
    return list;
  }

  // ---------------------------------------------------------------- what entries are built from

  /** Return a labelled control. */
  labelled(label, control, { help = "", wide = false } = {}) {
    control.id ||= `studio-${(this.numbered += 1)}`;
    const name = node("label", { htmlFor: control.id, textContent: label });
    return node("div", { className: wide ? "studio-field wide" : "studio-field" }, name, control,
      help && node("span", { className: "help", textContent: help }));
  }

  text(entry, key, label, { long = false, done, ...more } = {}) {
    const control = node(long ? "textarea" : "input", { value: entry[key] ?? "" });
    if (long) control.rows = 2;
    control.addEventListener("input", () => {
      put(entry, key, control.value);
      done?.();
      this.touch();
    });
    return this.labelled(label, control, more);
  }

  figure(entry, key, label, { whole = false, ...more } = {}) {
    const control = node("input", { type: "number", step: whole ? "1" : "any", value: entry[key] ?? "" });
    control.addEventListener("input", () => {
      put(entry, key, control.value === "" ? undefined : Number(control.value));
      if (control.value !== "" && Number(control.value) === 0) entry[key] = 0;
      this.touch();
    });
    return this.labelled(label, control, more);
  }

  /** A choice; `usual` is the key that stands for itself when nothing is written. */
  choice(entry, key, label, options, { usual = "", done, ...more } = {}) {
    const current = entry[key] ?? usual;
    const known = options.some((option) => option.key === current);
    const all = known ? options : [...options, { key: current, label: current || say("请选择", "Choose") }];
    const control = node("select", {}, ...grouped(all));
    control.value = current;
    control.addEventListener("change", () => {
      put(entry, key, control.value === usual ? undefined : control.value);
      done?.();
      this.touch();
    });
    return this.labelled(label, control, more);
  }

  tick(label, checked, act) {
    const control = node("input", { type: "checkbox", checked, id: `studio-${(this.numbered += 1)}` });
    control.addEventListener("change", () => {
      act(control.checked);
      this.touch();
    });
    return node("span", { className: "studio-tick" }, control, node("label", { htmlFor: control.id, textContent: ` ${label}` }));
  }

  flag(entry, key, label, done) {
    return this.tick(label, entry[key] === true, (checked) => {
      put(entry, key, checked);
      done?.();
    });
  }

  /** A rule of an entry as rows. */
  rule(entry, key, label, { fields = this.data.fields, kind, done } = {}) {
    const host = node("div");
    const mark = {};
    mount(host, {
      rule: entry[key], fields, kind, label, words: this.said.get(JSON.stringify(entry[key])),
      onChange: (rule, { complete }) => {
        put(entry, key, rule);
        this.unfinished[complete ? "delete" : "add"](mark);
        done?.();
        this.touch();
      },
    });
    return node("div", { className: "studio-field wide" }, node("span", { className: "studio-label", textContent: label }), host);
  }

  card(title, ...children) {
    const section = node("section", { className: "card" }, node("div", { className: "card-head" }, node("h2", { textContent: title })),
      node("div", { className: "card-body" }, ...children));
    this.root.append(section);
    return section;
  }
}

function grouped(options) {
  const made = [];
  const groups = new Map();
  for (const { key, label, group } of options) {
    const option = node("option", { value: key, textContent: label });
    if (!group) {
      made.push(option);
      continue;
    }
    if (!groups.has(group)) {
      groups.set(group, node("optgroup", { label: group }));
      made.push(groups.get(group));
    }
    groups.get(group).append(option);
  }
  return made;
}
