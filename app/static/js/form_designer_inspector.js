// What can be set of the section, field, column or row in hand, made from the options of its kind.

import { optionLists } from "./form_designer_choices.js";
import { button, h, labelled } from "./form_designer_page.js";
import { ruleFields } from "./form_designer_rules.js";
import { chainOf, chainRows, firstChain } from "./form_designer_sums.js";
import { t } from "./form_designer_words.js";
import { mount } from "./rule_rows.js";

const PAPER = [["in_order", "按顺序"], ["appendix", "排在最后（附录）"]];
const COUNTS = {
  min_items: "至少选几项", max_items: "最多选几项", max_mb: "单个文件不超过（MB）", min_files: "至少上传几个文件",
  max_files: "最多上传几个文件", min_rows: "至少填几条", max_rows: "最多填几条", decimals: "小数位数",
};
const TEXTS = {
  unit: ["单位", ""], pattern: ["填写格式（正则表达式）", "以 ^ 开头、以 $ 结尾，一般不需要填写。"], pattern_message: ["格式不符时的提示", ""],
  row_label: ["每条记录的称呼", "例如：产品"], name_rule: ["上传文件的命名", "可用 {unit}、{label}、{number}"],
};
const ORDER = [
  "choices", "level", "text_template", "ext", "max_mb", "min_files", "max_files", "name_rule", "min_items", "max_items", "unit", "decimals",
  "min", "max", "pattern", "pattern_message", "row_label", "min_rows", "max_rows", "layout", "numbered", "value",
];

export class Inspector {
  /** `app` has the model, the data of the page, the place in hand, and the ways to change it. */
  constructor(app) {
    this.app = app;
  }

  draw() {
    const { app } = this;
    const item = app.item;
    if (!item) return [h("p", { className: "muted" }, t("请先添加栏目或选择字段。"))];
    this.item = item;
    this.isSection = app.path.length === 1;
    this.isPart = app.path.length === 4;
    this.sentences = app.sentencesAt(app.path);
    const general = this.sentences.filter(({ option }) => !option || !this.names().has(option));
    return [
      h("h2", { id: "d-inspector" }, this.title()),
      general.length > 0 && h("ul", { className: "d-sentences" }, general.map(({ text, tone }) => h("li", { className: tone }, text))),
      ...this.controls(),
    ];
  }

  names() {
    return new Set(["key", "label", "title", "help", "span", "default", "beside", "show", "value", ...Object.keys(COUNTS), ...Object.keys(TEXTS), "min", "max"]);
  }

  title() {
    if (this.isSection) return t("栏目设置");
    if (this.app.model.isColumnOfMatrix(this.app.path)) return t("列设置");
    if (this.isPart) return this.app.path[2] === "rows" ? t("行设置") : t("列设置");
    return t("字段设置");
  }

  controls() {
    if (this.isSection) return this.section();
    if (this.app.model.isColumnOfMatrix(this.app.path)) return [this.back(), this.text("label", t("列名"), { required: true }), this.key()];
    return this.field();
  }

  // -------------------------------------------------------------- kinds of controls

  set(name, value, mark = null, redraw = true) {
    const { item } = this;
    this.app.change(
      () => {
        if (value === undefined) delete item[name];
        else item[name] = value;
      },
      mark && `${this.app.path.join(".")}.${name}`,
      redraw,
    );
  }

  error(name) {
    return this.sentences.filter(({ option, tone }) => option === name && tone === "problem").map(({ text }) => text).join("；");
  }

  text(name, label, { help = "", rows = 0, required = false, keepEmpty = false } = {}) {
    const input = rows ? h("textarea", { rows }) : h("input", { type: "text" });
    input.className = "form-control";
    input.value = this.item[name] ?? "";
    if (required) input.setAttribute("aria-required", "true");
    input.addEventListener("input", () => this.set(name, input.value === "" && !required && !keepEmpty ? undefined : input.value, true, false));
    return labelled(name, label, input, { help, error: this.error(name) });
  }

  count(name, label, help = "") {
    const input = h("input", { type: "number", min: 0, step: 1, className: "form-control", value: this.item[name] ?? "" });
    input.addEventListener("input", () => this.set(name, input.value === "" ? undefined : Number(input.value), true, false));
    return labelled(name, label, input, { help, error: this.error(name) });
  }

  /** A box; `usual` is what the key means while it is absent. */
  tick(name, label, { help = "", usual = false } = {}) {
    const input = h("input", { type: "checkbox", checked: this.item[name] ?? usual });
    input.addEventListener("change", () => this.set(name, input.checked === usual ? undefined : input.checked));
    return labelled(name, label, input, { help });
  }

  select(name, label, options, { help = "", value = this.item[name] ?? "", pick = null } = {}) {
    const input = h("select", { className: "form-control" }, options.map(([key, text]) => h("option", { value: key }, text)));
    if (![...input.options].some((option) => option.value === String(value))) input.append(h("option", { value }, String(value)));
    input.value = value;
    input.addEventListener("change", () => (pick ? pick(input.value) : this.set(name, input.value || undefined)));
    return labelled(name, label, input, { help, error: this.error(name) });
  }

  key() {
    return h("details", { className: "d-more", open: Boolean(this.error("key")) },
      h("summary", { "data-focus": "more-key" }, t("标识")),
      this.text("key", t("标识"), { required: true, help: t("系统内部使用，自动生成；已发布的字段请勿更改。") }));
  }

  rule(name, label, help) {
    const box = h("div", { className: "d-rule" });
    const { app } = this;
    const own = this.isSection ? new Set((this.item.fields ?? []).map((field) => field.key)) : new Set([this.item.key]);
    mount(box, {
      kind: name === "value" ? "value" : "condition", rule: this.item[name], label, words: this.inWords(name),
      fields: ruleFields(app.model, app.data).filter((field) => !own.has(field.path.split(".")[0])),
      onChange: (rule) => this.set(name, rule, true, false),
    });
    return h("fieldset", { className: "d-fieldset" }, h("legend", {}, label), help && h("p", { className: "help" }, help), box,
      this.error(name) && h("p", { className: "error" }, this.error(name)));
  }

  /** A chain of figures, or what the rows of rules can express: one figure, a sum, a count. */
  computed() {
    const { app } = this;
    const fields = ruleFields(app.model, app.data).filter((field) => field.path !== this.item.key);
    const chain = chainOf(this.item.value, fields);
    if (!chain) {
      const first = firstChain(fields);
      const rule = this.rule("value", t("计算方法"), "");
      if (first && this.item.value === undefined) rule.append(button("sum-begin", t("多项数值运算"), () => this.set("value", first)));
      return rule;
    }
    const changed = (rule, redraw) => this.set("value", rule, !redraw, redraw);
    return h("fieldset", { className: "d-fieldset" }, h("legend", {}, t("计算方法")), ...chainRows(chain, fields, changed).filter(Boolean),
      button("sum-end", t("改用其他计算方法"), () => this.set("value", undefined), { className: "link" }));
  }

  /** What the server says of a rule that was saved. */
  inWords(name) {
    const { app } = this;
    const [section, field] = app.path;
    const keys = [app.model.sections[section].key, ...(this.isSection ? [] : [app.model.sections[section].fields[field].key])];
    return app.data.said[[...keys, name].join(".")];
  }

  // -------------------------------------------------------------- sections

  section() {
    return [
      this.text("title", t("栏目名称"), { required: true }),
      this.text("intro", t("填报说明"), { rows: 2 }),
      this.rule("show", t("显示条件"), t("不设置时始终显示。")),
      h("details", { className: "d-more" },
        h("summary", { "data-focus": "more-section" }, t("打印与版式")),
        this.text("chapter", t("打印时的大标题"), { help: t("例如：一、申报单位基本信息") }),
        this.text("heading", t("打印时的小标题"), { help: t("不填时用栏目名称。") }),
        this.select("printed", t("打印位置"), PAPER.map(([key, text]) => [key, t(text)]), { value: this.item.printed ?? "in_order", pick: (value) => this.set("printed", value === "in_order" ? undefined : value) }),
        this.count("grid", t("每行分为几格"), t("默认 12 格。")),
        this.count("label_span", t("名称占几格"), t("默认 2 格。"))),
      this.key(),
    ];
  }

  // -------------------------------------------------------------- fields

  field() {
    const kind = this.app.data.kinds[this.item.type];
    const options = kind ? ORDER.filter((name) => kind.options.includes(name)) : [];
    return [
      this.isPart && this.back(),
      this.text("label", this.isPart && this.app.path[2] === "rows" ? t("行名") : t("名称"), { required: true }),
      this.kind(),
      this.tick("required", t("必填")),
      this.text("help", t("填写提示"), { rows: 2 }),
      ...options.map((name) => this.option(name, kind)),
      ...this.tables(kind),
      ...(this.isPart ? this.partLayout() : this.layout(kind)),
      this.key(),
    ];
  }

  back() {
    const owner = this.app.path.slice(0, 2);
    return button("back", `← ${t("返回")}${this.app.model.at(owner)?.label ?? ""}`, () => this.app.pick(owner), { className: "link" });
  }

  kind() {
    const kinds = this.app.kinds.filter(([, kind]) => !this.isPart || kind.inTables);
    return this.select("type", t("类型"), kinds.map(([name, kind]) => [name, t(kind.label)]), {
      pick: (type) => this.app.change(() => {
        this.item.type = type;
        delete this.item.default;
        this.app.model.furnish(this.item, this.app.words);
      }),
    });
  }

  option(name, kind) {
    if (name in COUNTS) return this.count(name, t(COUNTS[name]));
    if (name in TEXTS) {
      const help = name === "unit" && this.item.type === "money" ? t("不填时为%s。").replace("%s", this.app.data.moneyUnit) : t(TEXTS[name][1]);
      return this.text(name, t(TEXTS[name][0]), { help });
    }
    if (name === "min" || name === "max") return this.limit(name, kind);
    if (name === "choices") return optionLists(this);
    if (name === "level") return this.select(name, t("选到"), [["city", t("地市")], ["county", t("区县")]]);
    if (name === "layout") return this.select(name, t("填写方式"), [["", t("表格，每条一行")], ["records", t("逐条填写，适合长文字")]]);
    if (name === "numbered") return this.tick(name, t("显示序号"));
    if (name === "ext") return this.endings();
    if (name === "text_template") return this.statement();
    return this.computed();
  }

  limit(name, kind) {
    const words = kind.moment || kind.figure ? { min: "不小于", max: "不大于" } : { min: "最少字数", max: "最多字数" };
    if (kind.moment) words.min = "不早于";
    if (kind.moment) words.max = "不晚于";
    if (!kind.moment && !kind.figure) return this.count(name, t(words[name]));
    const type = kind.moment ? (this.item.type === "month" ? "month" : "date") : "text";
    const input = h("input", { type, className: "form-control", value: this.item[name] ?? "", inputMode: kind.figure ? "decimal" : "" });
    input.addEventListener("input", () => this.set(name, input.value === "" ? undefined : asFigure(input.value, kind), true, false));
    return labelled(name, t(words[name]), input, { error: this.error(name) });
  }

  endings() {
    const picked = new Set(this.item.ext ?? []);
    const boxes = this.app.data.endings.map((ending) => {
      const box = h("input", { type: "checkbox", checked: picked.has(ending) });
      box.addEventListener("change", () => {
        if (box.checked) picked.add(ending);
        else picked.delete(ending);
        this.set("ext", [...this.app.data.endings.filter((name) => picked.has(name)), ...[...picked].filter((name) => !this.app.data.endings.includes(name))]);
      });
      return labelled(`ext-${ending}`, ending, box);
    });
    return h("fieldset", { className: "d-fieldset d-ticks" }, h("legend", {}, t("允许的文件格式")), ...boxes);
  }

  statement() {
    const { model } = this.app;
    const name = this.item.text_template;
    const options = [...Object.keys(model.templates).map((key) => [key, key]), ["+", t("新建承诺书…")]];
    const pick = (value) => this.app.change(() => {
      this.item.text_template = value === "+" ? model.newTemplate(this.app.words.statement) : value;
    });
    const text = h("textarea", { rows: 6, className: "form-control", value: model.templates[name] ?? "" });
    text.addEventListener("input", () => this.app.change(() => { model.templates[name] = text.value; }, `template.${name}`, false));
    return h("div", {}, this.select("text_template", t("承诺书"), options, { pick }), name in model.templates && labelled("template-text", t("承诺内容"), text, { help: t("空一行另起一段。") }));
  }

  tables(kind) {
    if (!kind) return [];
    return ["rows", "columns"].filter((name) => kind.options.includes(name)).map((list) => this.parts(list));
  }

  parts(list) {
    const { app } = this;
    const plain = this.item.type === "matrix" && list === "columns";
    const items = this.item[list] ?? [];
    const heading = list === "rows" ? t("行") : t("列");
    const add = () => {
      const path = [...app.path.slice(0, 2), list, items.length];
      const keys = new Set([...items.map((part) => part.key), "row_id"]);
      const label = `${heading}${items.length + 1}`;
      const part = plain ? { key: app.model.newKey("column", keys), label } : app.model.newField(list === "rows" ? "number" : "text", label, keys, app.words);
      app.change(() => (this.item[list] ??= []).push(part));
      app.pick(path, "label");
    };
    return h("fieldset", { className: "d-fieldset" }, h("legend", {}, heading),
      h("ol", { className: "d-rows" }, items.map((part, number) => {
        const path = [...app.path.slice(0, 2), list, number];
        return h("li", {}, h("button", { type: "button", className: "link", "data-focus": `part-${list}-${number}`, onclick: () => app.pick(path, "label") }, part.label || t("（未命名）")), app.tools(path, `${list}-${number}`, part.label));
      })),
      button(`add-${list}`, list === "rows" ? t("添加行") : t("添加列"), add));
  }

  partLayout() {
    const table = this.app.model.at(this.app.path.slice(0, 2));
    return table?.type === "repeat" ? [this.tick("own_line", t("单独占一行"), { help: t("在表格中排到该条记录的下一行，适合长文字。") })] : [];
  }

  layout(kind) {
    const { app } = this;
    const section = app.model.sections[app.path[0]];
    const grid = section.grid ?? 12;
    const least = (section.label_span ?? 2) + 1;
    const spans = Array.from({ length: Math.max(0, grid - least) }, (_, number) => [String(least + number), `${least + number} / ${grid}`]);
    const earlier = (section.fields ?? []).slice(0, app.path[1]).filter((field) => !field.beside);
    const more = [
      !kind?.ownBlock && this.select("span", t("宽度"), [["", t("整行")], ...spans], { pick: (value) => this.set("span", value ? Number(value) : undefined), value: this.item.span === grid ? grid : (this.item.span ?? "") }),
      app.model.sections.length > 1 && this.select("section", t("所在栏目"), app.model.sections.map((other, number) => [String(number), other.title || t("（未命名）")]), { value: String(app.path[0]), pick: (value) => app.moveToSection(Number(value)) }),
    ];
    return [
      ...more,
      this.rule("show", t("显示条件"), t("不设置时始终显示。")),
      h("details", { className: "d-more", open: Boolean(this.error("default") || this.error("beside")) },
        h("summary", { "data-focus": "more-field" }, t("更多设置")),
        this.tick("readonly", t("只读"), { help: t("内容由系统带入，申报单位不能修改。") }),
        this.tick("print", t("打印到申报书"), { usual: true }),
        this.defaultAnswer(kind),
        this.select("beside", t("并排在"), [["", t("单独成格")], ...earlier.map((field) => [field.key, field.label || field.key])], { help: t("与前面的字段放在同一格内。") })),
    ];
  }

  defaultAnswer(kind) {
    if (!kind || ["file", "computed", "matrix", "repeat", "consent"].includes(this.item.type)) return null;
    const stored = this.item.default;
    if (stored !== undefined && typeof stored !== "string" && typeof stored !== "number") {
      return h("p", { className: "help" }, t("默认内容："), JSON.stringify(stored));
    }
    const list = this.app.model.choices[this.item.choices];
    if (this.item.type === "choice" && Array.isArray(list)) {
      const flat = list.flatMap((entry) => (Array.isArray(entry.choices) ? entry.choices : [entry]));
      return this.select("default", t("默认内容"), [["", t("不预填")], ...flat.map((entry) => Object.entries(entry)[0])]);
    }
    return this.item.type === "choices" ? null : this.text("default", t("默认内容"));
  }
}

/** A figure that JSON writes as it was typed; anything else stays text, for the server to say what is wrong. */
function asFigure(text, kind) {
  return kind.figure && /^-?(0|[1-9]\d{0,14})$/.test(text) ? Number(text) : text;
}
