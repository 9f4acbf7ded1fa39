// What the rules of the form in hand may read, as rows want it; the twin of app/authoring/rule_fields.py for fields that
// are not saved yet.

const FIGURES = ["int", "number", "money", "percent", "computed"];
const NOT_COMPARED = ["file", "consent"];

/** The fields of the form, then what is known of the enterprise and the call. */
export function ruleFields(model, data) {
  const said = (text) => Object.entries(data.vars).reduce((so, [name, value]) => so.replaceAll(`{${name}}`, value), String(text ?? ""));
  const unitOf = (field) => field.unit || { money: data.moneyUnit, percent: "%" }[field.type];
  const plain = (field, path, group, label = said(field.label)) => ({
    path, label, type: field.type, group, unit: unitOf(field),
    ...(["choice", "choices"].includes(field.type) ? { choices: optionsOf(model, field.choices, said) } : {}),
  });

  const cells = (field, group) => (field.columns ?? []).flatMap((column) => (field.rows ?? []).map((row) =>
    plain(row, `${field.key}.${column.key}.${row.key}`, group, `${said(row.label)}（${said(column.label)}）`)));

  const records = (field, group) => {
    const columns = field.columns ?? [];
    const sums = columns.filter((column) => FIGURES.includes(column.type)).map((column) => ({
      ...plain(column, `${field.key}.${column.key}`, group, `${said(field.label)}：${said(column.label)}`), type: "sum",
    }));
    const inside = columns.map((column) => plain(column, `row.${column.key}`, group));
    return [{ path: field.key, label: said(field.label), type: "list", group, columns: inside }, ...sums];
  };

  const own = model.sections.flatMap((section) => (section.fields ?? []).flatMap((field) => {
    const group = said(section.title);
    if (field.type === "matrix") return cells(field, group);
    if (field.type === "repeat") return records(field, group);
    return NOT_COMPARED.includes(field.type) ? [] : [plain(field, field.key, group)];
  }));
  return [...own, ...data.around];
}

function optionsOf(model, name, said) {
  const named = model.choices[name];
  const list = Array.isArray(named) ? named : model.parts.code_lists[named?.["@codelist"]]?.choices;
  const flat = (Array.isArray(list) ? list : []).flatMap((entry) => ("group" in entry ? (entry.choices ?? []) : [entry]));
  return flat.flatMap((option) => Object.entries(option)).map(([key, label]) => ({ key, label: said(label) }));
}
