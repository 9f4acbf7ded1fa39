// 表单: an author edits the sections and fields of a draft. The model holds what is meant, this page draws it again after
// every change; nothing that is typed is ever run.

import { Inspector } from "./form_designer_inspector.js";
import { Model } from "./form_designer_model.js";
import { button, h, placeOf, same, within } from "./form_designer_page.js";
import { problemSentence } from "./form_designer_problems.js";
import { t } from "./form_designer_words.js";

const PREVIEW_PAUSE = 500;
const NARROW = matchMedia("(max-width: 1180px)"); // the settings stand below the fields

class Designer {
  constructor(root, data) {
    this.root = root;
    this.data = data;
    this.kinds = data.kindOrder.map((name) => [name, data.kinds[name]]);
    this.model = new Model(data);
    this.words = { options: [`${t("选项")}1`, `${t("选项")}2`], statement: t("本单位承诺上述内容真实、合法。"), row: `${t("行")}1`, column: `${t("列")}1` };
    this.path = this.model.settle([0]);
    this.inspector = new Inspector(this);
    this.frame();
    this.judge(data.problems, data.hints);
    this.draw();
    addEventListener("beforeunload", (event) => {
      if (this.model.changedParts.length) event.preventDefault();
    });
    document.addEventListener("keydown", (event) => this.key(event));
  }

  get item() {
    return this.model.at(this.path);
  }

  // -------------------------------------------------------------- drawing

  frame() {
    this.status = h("span", { role: "status", className: "d-status" });
    this.bar = h("div", { className: "card d-bar" });
    this.refusal = h("div", { className: "d-refusal", role: "alert" });
    this.points = h("div", {});
    this.outline = h("nav", { className: "card d-outline", "aria-label": t("栏目") });
    this.canvas = h("section", { className: "card d-canvas", "aria-label": t("字段") });
    this.panel = h("section", { className: "card d-panel", "aria-label": t("设置") });
    this.preview = h("div", { className: "card-body d-preview", inert: true });
    this.root.append(this.bar, this.refusal, this.points,
      h("div", { className: "d-columns" }, this.outline, this.canvas, this.panel),
      h("section", { className: "card", "aria-labelledby": "d-preview-title" },
        h("div", { className: "card-head" }, h("h2", { id: "d-preview-title" }, t("预览")), h("span", { className: "muted" }, t("申报单位看到的样子；有显示条件的字段在此全部显示。"))), this.preview));
  }

  draw({ panel = true } = {}) {
    const focus = document.activeElement?.dataset?.focus;
    const [start, end] = panel ? [] : [document.activeElement?.selectionStart, document.activeElement?.selectionEnd];
    const open = new Set([...this.panel.querySelectorAll("details[open] > summary")].map((summary) => summary.dataset.focus));
    this.drawBar();
    this.drawPoints();
    this.outline.replaceChildren(...this.sectionList());
    this.canvas.replaceChildren(...this.fieldList());
    if (panel) {
      const kept = this.drawnPath && same(this.drawnPath, this.path);
      this.panel.replaceChildren(...this.inspector.draw().filter(Boolean));
      if (kept) for (const summary of this.panel.querySelectorAll("summary")) if (open.has(summary.dataset.focus)) summary.parentElement.open = true;
      this.drawnPath = [...this.path];
    }
    if (focus && document.activeElement?.dataset?.focus !== focus) this.focus(focus);
    if (start !== undefined && start !== null) document.activeElement.setSelectionRange?.(start, end);
    this.planPreview();
  }

  focus(name, select = false) {
    const place = this.root.querySelector(`[data-focus="${CSS.escape(name)}"]:not([disabled])`);
    place?.focus();
    if (select) place?.select?.();
  }

  drawBar() {
    const { model } = this;
    const dirty = model.changedParts.length > 0;
    if (dirty && this.outdated) {
      this.outdated = false;
      this.say("");
    }
    this.bar.replaceChildren(
      h("button", { type: "button", className: "btn btn-primary", "data-focus": "save", onclick: () => this.save(), title: "Ctrl+S" }, t("保存")),
      button("undo", t("撤销"), () => this.travel("undo"), { disabled: !model.before.length, title: "Ctrl+Z" }),
      button("redo", t("重做"), () => this.travel("redo"), { disabled: !model.after.length, title: "Ctrl+Y" }),
      this.status,
      h("span", { className: `tag ${dirty ? "tag-warn" : "tag-ok"}` }, dirty ? t("有未保存的修改") : t("已保存")),
    );
  }

  say(text) {
    this.status.textContent = text;
  }

  // -------------------------------------------------------------- problems

  judge(problems, hints) {
    this.open = problems.length;
    this.sentences = [
      ...problems.map((text) => ({ text: problemSentence(text), tone: "problem", ...placeOf(text) })),
      ...hints.map(({ place, sentence }) => ({ text: sentence, tone: "hint", ...placeOf(place) })),
    ];
  }

  sentencesAt(path) {
    return this.sentences.filter((sentence) => sentence.path && same(path, sentence.path));
  }

  sentencesOfList(name) {
    return this.sentences.filter((sentence) => sentence.list === name && !sentence.path).map(({ text }) => text);
  }

  countAt(path) {
    return this.sentences.filter((sentence) => sentence.tone === "problem" && sentence.path && within(path, sentence.path)).length;
  }

  drawPoints() {
    const own = this.sentences.filter((sentence) => sentence.path || sentence.list);
    const problems = own.filter(({ tone }) => tone === "problem");
    if (!own.length) {
      this.points.replaceChildren();
      return;
    }
    const wasOpen = this.points.querySelector("details")?.open ?? problems.length > 0;
    this.points.replaceChildren(h("details", { className: "card d-points", open: wasOpen },
      h("summary", { "data-focus": "points" }, `${t("表单中的问题")} ${problems.length}　${t("建议")} ${own.length - problems.length}`),
      h("ul", {}, own.map((sentence, number) => h("li", { className: sentence.tone },
        h("button", { type: "button", className: "link", "data-focus": `point-${number}`, onclick: () => this.goTo(sentence) }, this.nameOf(sentence)), "：", sentence.text)))));
  }

  nameOf({ path, list }) {
    if (!path) return `${t("选项清单")} ${list}`;
    const names = [path.slice(0, 1), path.slice(0, 2), path].filter((place, number) => place.length > number).slice(0, path.length === 4 ? 3 : path.length);
    return names.map((place) => this.model.at(place)).map((item) => item?.title || item?.label || t("（未命名）")).join(" / ");
  }

  goTo({ path, list, option }) {
    let place = path;
    if (!place) {
      this.model.sections.forEach((section, s) => (section.fields ?? []).forEach((field, f) => {
        if (field.choices === list) place ??= [s, f];
        for (const name of ["columns", "rows"]) (field[name] ?? []).forEach((part, p) => { if (part.choices === list) place ??= [s, f, name, p]; });
      }));
    }
    if (!place) return;
    this.pick(this.model.settle(place), option || "label");
    this.panel.scrollIntoView({ block: "nearest" });
  }

  // -------------------------------------------------------------- changes

  /** Change the model, then draw; without `panel` the input in hand stays as it is. */
  change(act, mark = null, panel = true) {
    this.model.edit(act, mark);
    this.path = this.model.settle(this.path);
    this.draw({ panel });
  }

  travel(way) {
    this.model[way]();
    this.path = this.model.settle(this.path);
    this.draw();
  }

  pick(path, focus = null) {
    this.path = path;
    this.draw();
    if (focus) this.focus(focus, true);
    if (path.length > 1 && NARROW.matches) this.panel.scrollIntoView({ block: "start" });
  }

  moveTo(path, to) {
    let place = path;
    this.model.edit(() => { place = this.model.move(path, to); });
    if (path.length < 4 || same(path, this.path)) this.path = place;
    this.draw();
    return place;
  }

  moveToSection(section) {
    let place = this.path;
    this.model.edit(() => { place = this.model.moveToSection(this.path, section); });
    this.pick(place, "section");
  }

  addSection() {
    const place = [this.model.sections.length];
    this.model.edit(() => this.model.add(place, this.model.newSection(`${t("栏目")}${place[0] + 1}`)));
    this.pick(place, "title");
  }

  addField(type, at = null) {
    const section = this.path[0];
    if (section === undefined) return;
    const fields = this.model.sections[section].fields ?? [];
    const place = [section, at ?? (this.path.length > 1 ? this.path[1] + 1 : fields.length)];
    this.model.edit(() => this.model.add(place, this.model.newField(type, t(this.data.kinds[type].label), this.model.fieldKeys(), this.words)));
    this.pick(place, "label");
  }

  /** 上移, 下移, 复制, 删除 of what lies at a path. */
  tools(path, name, label) {
    const last = this.model.siblings(path).length - 1;
    const number = path.at(-1);
    const nameAt = (to) => name.replace(/\d+$/, String(to));
    const move = (way, by) => () => {
      this.moveTo(path, number + by);
      this.focus(`${way}-${nameAt(number + by)}`);
    };
    return h("span", { className: "d-tools" },
      button(`up-${name}`, "↑", move("up", -1), { disabled: number === 0, "aria-label": `${t("上移")} ${label ?? ""}` }),
      button(`down-${name}`, "↓", move("down", 1), { disabled: number === last, "aria-label": `${t("下移")} ${label ?? ""}` }),
      button(`copy-${name}`, t("复制"), () => {
        let place = path;
        this.model.edit(() => { place = this.model.duplicate(path); });
        this.pick(path.length === 4 ? this.path : place, path.length === 4 ? null : place.length === 1 ? "title" : "label");
      }, { "aria-label": `${t("复制")} ${label ?? ""}` }),
      button(`drop-${name}`, t("删除"), () => this.remove(path), { "aria-label": `${t("删除")} ${label ?? ""}` }));
  }

  remove(path) {
    const label = this.model.at(path)?.title || this.model.at(path)?.label || "";
    let place = path;
    this.model.edit(() => { place = this.model.remove(path); });
    this.path = path.length === 4 ? path.slice(0, 2) : place;
    this.draw();
    this.say(t("已删除“%s”，可撤销。").replace("%s", label));
    this.focus("undo");
  }

  // -------------------------------------------------------------- sections and fields

  sectionList() {
    const { model } = this;
    return [
      h("h2", {}, t("栏目")),
      h("ol", {}, model.sections.map((section, number) => {
        const picked = this.path[0] === number;
        const entry = h("li", { className: picked ? "picked" : "" },
          h("button", { type: "button", className: "d-pick", "data-focus": `section-${number}`, "aria-current": picked ? "true" : null, onclick: () => this.pick([number]) },
            section.title || t("（未命名）"), this.badge([number])),
          picked && this.tools([number], `s-${number}`, section.title));
        this.draggable(entry, [number]);
        return entry;
      })),
      button("add-section", t("添加栏目"), () => this.addSection()),
    ];
  }

  badge(path) {
    const count = this.countAt(path);
    return count > 0 && h("span", { className: "tag tag-stop" }, `${count}`, h("span", { className: "visually-hidden" }, t("处问题")));
  }

  fieldList() {
    const section = this.model.sections[this.path[0]];
    if (!section) return [h("div", { className: "card-body" }, h("p", { className: "muted" }, t("还没有栏目，请先添加。")))];
    const fields = section.fields ?? [];
    return [
      h("div", { className: "card-head" }, h("h2", {}, section.title || t("（未命名）")), h("span", { className: "muted" }, t("%s 个字段").replace("%s", fields.length))),
      h("details", { className: "d-palette", open: this.canvas.querySelector(".d-palette")?.open ?? true },
        h("summary", { "data-focus": "palette" }, t("添加字段")),
        h("div", { className: "d-kinds" }, this.kinds.map(([type, kind]) => {
          const entry = button(`new-${type}`, t(kind.label), () => this.addField(type));
          entry.draggable = true;
          entry.addEventListener("dragstart", (event) => this.drag(event, { type }));
          return entry;
        }))),
      fields.length === 0 && h("p", { className: "d-none" }, t("还没有字段，请从上方选择类型添加。")),
      h("ol", { className: "d-cards" }, fields.map((field, number) => this.card(field, [this.path[0], number]))),
    ].filter(Boolean);
  }

  card(field, path) {
    const picked = this.path.length > 1 && this.path[1] === path[1];
    const number = path[1];
    const notes = [field.show !== undefined && t("有显示条件"), field.readonly && t("只读"), field.span && `${t("宽度")} ${field.span}`].filter(Boolean);
    const inside = [...(field.columns ?? []), ...(field.rows ?? [])].map((part) => part.label).join("、");
    const card = h("li", { className: `d-card${picked ? " picked" : ""}${field.beside ? " beside" : ""}` },
      h("button", {
        type: "button", className: "d-pick", "data-focus": `field-${number}`, "aria-current": picked ? "true" : null, onclick: () => this.pick(path),
        onkeydown: (event) => this.cardKey(event, path),
      },
        h("span", { className: "d-label" }, field.label || t("（未命名）"), field.required && h("span", { className: "required", title: t("必填") }, " *"), this.badge(path)),
        h("span", { className: "muted" }, [t(this.data.kinds[field.type]?.label ?? field.type), ...notes].join(" · ")),
        inside && h("span", { className: "muted d-inside" }, inside)),
      picked && this.tools(path, `f-${number}`, field.label));
    this.draggable(card, path);
    return card;
  }

  cardKey(event, path) {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (by) {
      event.preventDefault();
      const to = path[1] + by;
      if (to < 0 || to >= this.model.siblings(path).length) return;
      if (event.altKey) this.moveTo(path, to);
      else this.pick([path[0], to]);
      this.focus(`field-${to}`);
    } else if (event.key === "Delete") {
      this.remove(path);
    }
  }

  // -------------------------------------------------------------- dragging

  drag(event, what) {
    this.dragged = what;
    event.dataTransfer.effectAllowed = "copyMove";
    event.dataTransfer.setData("text/plain", "");
    event.stopPropagation();
  }

  draggable(entry, path) {
    entry.draggable = true;
    entry.addEventListener("dragstart", (event) => this.drag(event, { path }));
    entry.addEventListener("dragend", () => { this.dragged = null; });
    entry.addEventListener("dragover", (event) => {
      if (!this.takes(path)) return;
      event.preventDefault();
      entry.classList.add("over");
    });
    entry.addEventListener("dragleave", () => entry.classList.remove("over"));
    entry.addEventListener("drop", (event) => {
      event.preventDefault();
      entry.classList.remove("over");
      if (this.takes(path)) this.drop(path);
    });
  }

  takes(path) {
    if (!this.dragged) return false;
    return this.dragged.type ? path.length === 2 : path.length <= this.dragged.path.length;
  }

  drop(path) {
    const { type, path: from } = this.dragged;
    this.dragged = null;
    if (type) {
      this.addField(type, path[1]);
    } else if (from.length === path.length) {
      this.path = from;
      this.moveTo(from, path.at(-1));
    } else if (from[0] !== path[0]) {
      this.path = from;
      this.moveToSection(path[0]);
    }
  }

  // -------------------------------------------------------------- keys, preview, saving

  key(event) {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    const name = event.key.toLowerCase();
    const act = { s: () => this.save(), z: () => this.travel(event.shiftKey ? "redo" : "undo"), y: () => this.travel("redo") }[name];
    if (!act) return;
    event.preventDefault();
    act();
  }

  planPreview() {
    const section = this.model.sections[this.path[0]];
    const wanted = JSON.stringify([section, this.model.choices, this.model.templates]);
    if (wanted === this.shown) return;
    this.shown = wanted;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.showPreview(section, wanted), PREVIEW_PAUSE);
  }

  async showPreview(section, wanted) {
    if (!section) {
      this.preview.replaceChildren();
      return;
    }
    const { choices, templates, code_lists } = this.model.parts;
    const answer = await this.send(this.data.addresses.preview, "POST", { section, choices, templates, code_lists });
    if (wanted !== this.shown) return;
    if (answer?.ok && !answer.json) {
      this.preview.innerHTML = answer.text; // rendered and escaped by the server, shown inert
      return;
    }
    const problems = answer?.json?.problems ?? [answer?.json?.message ?? t("暂时无法预览，请稍后再试。")];
    this.preview.replaceChildren(h("p", { className: "muted" }, t("改正以下问题后可以预览：")), h("ul", { className: "problems" }, problems.map((text) => h("li", {}, this.readable(text)))));
  }

  /** A problem of the section shown, with the label of its field instead of the place. */
  readable(text) {
    const place = placeOf(text)?.path;
    const item = place && this.model.at([this.path[0], ...place.slice(1)]);
    return item ? `${item.label || item.title || t("（未命名）")}：${problemSentence(text)}` : problemSentence(text);
  }

  async send(address, method, body) {
    try {
      const response = await fetch(address, {
        method,
        headers: { "Content-Type": "application/json", "X-CSRFToken": this.data.token, "X-Requested-With": "XMLHttpRequest" },
        body: JSON.stringify(body),
      });
      const text = await response.text();
      const isJson = response.headers.get("Content-Type")?.includes("json");
      return { ok: response.ok && !response.redirected, status: response.status, text, json: isJson ? JSON.parse(text) : null };
    } catch {
      return null;
    }
  }

  async save() {
    if (this.saving) return;
    this.saving = true;
    this.refusal.replaceChildren();
    this.say(t("正在保存…"));
    const done = await this.saveParts();
    this.saving = false;
    const left = this.open ? t("；整个类型还有 %s 处问题").replace("%s", this.open) : "";
    this.say(done ? t("保存成功") + left : t("没有保存"));
    this.outdated = done; // what is said goes with the next change
    this.draw();
  }

  async saveParts() {
    const { model } = this;
    for (const part of model.changedParts) {
      const value = model.parts[part];
      const answer = await this.send(this.data.addresses.parts + part, "PUT", { revision: model.revision, value });
      if (!answer?.ok || !Number.isInteger(answer.json?.revision)) {
        this.refuse(answer);
        return false;
      }
      model.revision = answer.json.revision;
      model.saved[part] = JSON.stringify(value);
      this.judge(answer.json.problems, answer.json.hints);
    }
    return true;
  }

  refuse(answer) {
    const reason = answer?.json?.message ?? (answer ? t("保存失败，请检查登录是否失效后重试；修改仍保留在本页。") : t("网络不通，修改仍保留在本页，请稍后再保存。"));
    const again = answer?.status === 409 && [
      h("a", { className: "btn", href: location.href, target: "_blank", rel: "noopener" }, t("在新窗口查看已保存的内容")),
      button("overwrite", t("仍以我的内容保存"), () => {
        this.model.revision = answer.json.revision;
        this.save();
      }),
    ];
    this.refusal.replaceChildren(h("div", { className: "alert alert-danger" }, h("span", {}, reason), ...(again || [])));
  }
}

const root = document.querySelector("[data-designer]");
new Designer(root, JSON.parse(document.querySelector("[data-designer-data]").textContent));
