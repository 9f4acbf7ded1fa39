// A list of entries that are added, duplicated, deleted and moved, each opened on demand.

import { say } from "./rule_words.js";
import { node } from "./studio_part.js";

const words = {
  up: say("上移", "Move up"),
  down: say("下移", "Move down"),
  copy: say("复制", "Duplicate"),
  remove: say("删除", "Delete"),
  none: say("（未填写）", "(nothing yet)"),
};

export class Entries {
  /**
   * `items()` returns the list and `keep(list)` takes it; `title(item)` names an entry, `fill(item, body, retitle)`
   * builds its controls, `blank()` is a new one, `copied(item)` changes what must differ in a duplicate.
   */
  constructor(studio, options) {
    Object.assign(this, { studio, copied: (item) => item, place: "", ...options });
    this.open = new WeakSet();
    this.list = node("ol", { className: "entries" });
    this.add = node("button", { type: "button", className: "btn", textContent: `＋ ${options.add}` });
    this.add.addEventListener("click", () => this.insert(this.items().length, this.blank()));
    this.element = node("div", {}, this.list, this.add);
    this.draw();
  }

  draw(focus) {
    this.list.replaceChildren(...this.items().map((item, n) => this.entry(item, n)));
    if (focus !== undefined) this.list.children[focus.n]?.querySelector(focus.selector)?.focus();
  }

  entry(item, n) {
    const summary = node("summary", {});
    const retitle = () => (summary.textContent = `${n + 1}. ${this.title(item) || words.none}`);
    const body = node("div", { className: "entry-body" });
    const details = node("details", { className: "entry", open: this.open.has(item) }, summary, body);
    retitle();
    const fill = () => {
      if (!details.open || body.childElementCount) return;
      this.fill(item, body, retitle);
      body.append(this.buttons(item, n));
    };
    details.addEventListener("toggle", () => {
      this.open[details.open ? "add" : "delete"](item);
      fill();
    });
    fill();
    return node("li", {}, details, this.studio.slot(`${this.place}[${n}]`));
  }

  buttons(item, n) {
    const last = this.items().length - 1;
    const button = (name, act, disabled, css) => {
      const made = node("button", { type: "button", className: `btn ${css || ""}`, textContent: words[name], disabled });
      made.dataset.act = name;
      made.setAttribute("aria-label", `${words[name]} ${this.title(item) || n + 1}`);
      made.addEventListener("click", act);
      return made;
    };
    return node("div", { className: "buttons entry-buttons" },
      button("up", () => this.move(n, n - 1, "up"), n === 0), button("down", () => this.move(n, n + 1, "down"), n === last),
      button("copy", () => this.insert(n + 1, this.copied(structuredClone(item)))),
      button("remove", () => this.remove(n), false, "btn-danger"));
  }

  change(items, focus) {
    this.keep(items);
    this.draw(focus);
    this.studio.touch();
    this.studio.showProblems();
  }

  insert(n, item) {
    this.open.add(item);
    this.change(this.items().toSpliced(n, 0, item), { n, selector: ".entry-body :is(input, select, textarea)" });
  }

  move(from, to, act) {
    const items = [...this.items()];
    const [item] = items.splice(from, 1);
    items.splice(to, 0, item);
    const atEnd = to === 0 || to === items.length - 1;
    const other = act === "up" ? "down" : "up";
    this.change(items, { n: to, selector: `[data-act="${atEnd && items.length > 1 ? other : act}"]:not([disabled])` });
  }

  remove(n) {
    this.change(this.items().toSpliced(n, 1));
    (this.list.children[Math.min(n, this.items().length - 1)]?.querySelector("summary") || this.add).focus();
  }
}

/** Return a key that no entry of a list has yet. */
export function freshKey(stem, items, name) {
  const taken = new Set(items.map((item) => item[name]));
  let n = items.length + 1;
  while (taken.has(`${stem}_${n}`)) n += 1;
  return `${stem}_${n}`;
}
