// Option lists: which one a field offers, and the list itself - options in order, in groups, or from a code list.

import { button, h, labelled } from "./form_designer_page.js";
import { t } from "./form_designer_words.js";

const NEW = "+";

/** The option list of the field in hand. */
export function optionLists(inspector) {
  const { app, item } = inspector;
  const { model } = app;
  const name = item.choices;
  const names = Object.keys(model.choices).map((key) => [key, `${said(model.choices[key], app) || key}`]);
  const pick = (value) => app.change(() => {
    item.choices = value === NEW ? model.newList(app.words.options) : value;
    delete item.default;
  });
  const select = inspector.select("choices", t("选项清单"), [...names, [NEW, t("新建清单…")]], { pick });
  const others = model.usersOf(name).filter((field) => field !== item);
  const shared = others.length > 0 && h("p", { className: "help" }, t("以下字段也使用此清单："), others.map((field) => field.label).join("、"),
    " ", button("own-list", t("改为单独一份"), () => app.change(() => {
      const own = model.newKey(name, new Set(Object.keys(model.choices)));
      model.choices[own] = JSON.parse(JSON.stringify(model.choices[name]));
      item.choices = own;
    }), { className: "link" }));
  return h("fieldset", { className: "d-fieldset" }, h("legend", {}, t("选项")), select, shared, ...listEditor(app, name));
}

/** A few of the labels, by which a list is recognised. */
function said(list, app) {
  if (!Array.isArray(list)) {
    const key = list?.["@codelist"];
    return key ? `${t("代码表")}：${codeListTitle(app, key)}` : "";
  }
  const labels = list.flatMap((entry) => (Array.isArray(entry.choices) ? entry.choices : [entry])).map((entry) => Object.values(entry)[0]);
  return labels.slice(0, 3).join("、") + (labels.length > 3 ? "……" : "");
}

const codeListTitle = (app, key) => (app.model.parts.code_lists[key] ?? app.data.codeLists[key])?.title ?? key;

function listEditor(app, name) {
  const list = app.model.choices[name];
  if (list === undefined) return [];
  const problems = app.sentencesOfList(name);
  return [
    problems.length > 0 && h("ul", { className: "d-sentences" }, problems.map((text) => h("li", { className: "problem" }, text))),
    source(app, name, list),
    ...(Array.isArray(list) ? rows(app, name, list) : []),
  ];
}

function source(app, name, list) {
  const code = Array.isArray(list) ? "" : (list?.["@codelist"] ?? "");
  const keys = [...new Set([...Object.keys(app.model.parts.code_lists), ...Object.keys(app.data.codeLists)])];
  const input = h("select", { className: "form-control" }, h("option", { value: "" }, t("自己填写")),
    keys.map((key) => h("option", { value: key }, `${t("代码表")}：${codeListTitle(app, key)}`)));
  input.value = code;
  input.addEventListener("change", () => app.change(() => {
    if (input.value) app.model.useCodeList(name, input.value);
    else app.model.choices[name] = app.words.options.map((label, number) => ({ [`o${number + 1}`]: label }));
  }));
  return labelled("source", t("选项来源"), input, { help: code ? t("代码表由平台运营在“代码表”中统一维护。") : "" });
}

const isGroup = (entry) => entry !== null && typeof entry === "object" && "group" in entry;

function rows(app, name, list) {
  const grouped = list.some(isGroup);
  const keys = () => new Set(list.flatMap((entry) => (isGroup(entry) ? (entry.choices ?? []) : [entry])).flatMap((entry) => Object.keys(entry)));
  const fresh = (taken) => {
    let number = 1;
    while (taken.has(`o${number}`)) number += 1;
    taken.add(`o${number}`);
    return `o${number}`;
  };
  const block = (options, place) => [
    h("ol", { className: "d-options" }, options.map((option, number) => optionRow(app, options, number, `${place}-${number}`))),
    h("div", { className: "d-line" },
      button(`add-${place}`, t("添加选项"), () => {
        app.change(() => options.push({ [fresh(keys())]: `${t("选项")}${options.length + 1}` }));
        app.focus(`option-${place}-${options.length - 1}`, true);
      })),
    pasteBox(app, options, place, () => keys(), fresh),
  ];
  const group = (text, choices) => ({ group: text, choices });
  if (!grouped) {
    return [...block(list, "o"), button("to-groups", t("分组"), () => app.change(() => {
      app.model.choices[name] = [group(t("第一组"), list)];
    }))];
  }
  return [
    ...list.flatMap((entry, number) => {
      const title = h("input", { className: "form-control", value: entry.group ?? "" });
      title.addEventListener("input", () => app.change(() => { entry.group = title.value; }, `group.${name}.${number}`, false));
      return [h("fieldset", { className: "d-fieldset" }, h("legend", { className: "visually-hidden" }, entry.group || t("（未命名）")),
        labelled(`group-${number}`, t("组名"), title), ...block(entry.choices ?? (entry.choices = []), `g${number}`),
        h("div", { className: "d-line" }, arrows(app, list, number, `group-${number}`, entry.group)))];
    }),
    h("div", { className: "d-line" },
      button("add-group", t("添加组"), () => app.change(() => list.push(group(`${t("第一组")}`.replace("一", String(list.length + 1)), [{ [fresh(keys())]: `${t("选项")}1` }])))),
      button("no-groups", t("取消分组"), () => app.change(() => { app.model.choices[name] = list.flatMap((entry) => entry.choices ?? []); }))),
  ];
}

function optionRow(app, options, number, place) {
  const option = options[number];
  const [key, label] = Object.entries(option)[0] ?? ["", ""];
  const input = h("input", { className: "form-control", value: label, "aria-label": `${t("选项")} ${number + 1}`, "data-focus": `option-${place}`, title: key });
  input.addEventListener("input", () => app.change(() => { option[key] = input.value; }, `option.${place}`, false));
  return h("li", {}, input, ...arrows(app, options, number, place, label));
}

function arrows(app, list, number, place, label) {
  const act = (change, to) => () => {
    app.change(change);
    if (to) app.focus(to);
  };
  const stem = place.replace(/\d+$/, "");
  const swap = (by) => () => list.splice(number + by, 0, ...list.splice(number, 1));
  return [
    button(`up-${place}`, "↑", act(swap(-1), `up-${stem}${number - 1}`), { disabled: number === 0, "aria-label": `${t("上移")} ${label}` }),
    button(`down-${place}`, "↓", act(swap(1), `down-${stem}${number + 1}`), { disabled: number === list.length - 1, "aria-label": `${t("下移")} ${label}` }),
    button(`drop-${place}`, "×", act(() => list.splice(number, 1)), { disabled: list.length === 1, "aria-label": `${t("删除")} ${label}` }),
  ];
}

function pasteBox(app, options, place, keys, fresh) {
  const text = h("textarea", { rows: 3, className: "form-control" });
  const take = () => {
    const labels = text.value.split("\n").map((line) => line.trim()).filter(Boolean);
    if (!labels.length) return;
    app.change(() => {
      const taken = keys();
      options.push(...labels.map((label) => ({ [fresh(taken)]: label })));
    });
  };
  return h("details", { className: "d-more" }, h("summary", { "data-focus": `paste-${place}` }, t("批量添加")),
    labelled(`paste-text-${place}`, t("每行一个选项"), text), button(`paste-go-${place}`, t("添加到清单"), take));
}
