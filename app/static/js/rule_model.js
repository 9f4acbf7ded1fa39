// Rules as rows of field, comparison and value, and back: no page, no words, so that node can test it.
//
// A group is {join: "and" | "or", items: [row | group]}, a row {path, op, value, other, where}. `other` is the path of
// a field to compare with, `where` a group over the columns of a record list. What does not come back letter by
// letter is no group of rows: toGroup returns null then.

const FIGURES = ["int", "number", "money", "percent", "computed", "figure"];
const COMPARISONS = ["==", "!=", ">", ">=", "<", "<="];
const QUANTIFIED = { some: 1, all: 1, none: 1 };
export const COUNTED = "count"; // count>=, count==, …: the number of records or of choices

/** Return what may be done with a field: figure, date, text, choice, choices, bool, list, sum or names. */
export function classOf(field) {
  const { type } = field;
  if (FIGURES.includes(type)) return "figure";
  if (type === "month") return "date";
  if (type === "repeat") return "list";
  if (["date", "choice", "choices", "bool", "list", "sum", "names", "file", "consent"].includes(type)) return type;
  return "text";
}

const EITHER = ["missing", "filled"];
const OPERATORS = {
  figure: [...COMPARISONS, "between", ...EITHER],
  date: [...COMPARISONS, "between", ...EITHER],
  sum: [...COMPARISONS, "between"],
  text: ["==", "!=", "in", "notin", "inlist", "notinlist", ...EITHER],
  choice: ["==", "!=", "in", "notin", ...EITHER],
  choices: ["has", "hasnot", ...COMPARISONS.map((sign) => COUNTED + sign), ...EITHER],
  bool: ["is", "==", "!="],
  list: [...COMPARISONS.map((sign) => COUNTED + sign), "some", "none", "all", ...EITHER],
};

/** Return the comparisons that fit a field; none for what rules cannot compare. */
export const operatorsOf = (field) => OPERATORS[classOf(field)] || [];

/** Return the kind of value that a comparison of a field takes. */
export function valueKind(field, op) {
  if (!op || op === "is" || EITHER.includes(op)) return "none";
  if (op in QUANTIFIED) return "where";
  if (op === "between") return "between";
  if (op.startsWith(COUNTED)) return "figure";
  if (op === "inlist" || op === "notinlist") return "names";
  if (op === "in" || op === "notin") return field.choices ? "keys" : "texts";
  const kind = classOf(field);
  return kind === "sum" ? "figure" : kind === "choices" ? "choice" : kind;
}

/** Return the fields that a row may compare its own with. */
export function comparable(fields, field, op) {
  if (!COMPARISONS.includes(op)) return [];
  const kind = (one) => (classOf(one) === "sum" ? "figure" : classOf(one));
  return fields.filter((one) => one.path !== field.path && kind(one) === kind(field) && kind(one) !== "bool");
}

const variable = (path) => ({ var: path });
const pathOf = (rule) => (isOne(rule, "var") && typeof rule.var === "string" ? rule.var : null);
const isOne = (rule, name) => Boolean(rule) && typeof rule === "object" && Object.keys(rule).join() === name;
const asList = (value) => (Array.isArray(value) ? value : [value]);
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

function expression(field) {
  return classOf(field) === "sum" ? { sum: [variable(field.path)] } : variable(field.path);
}

// ---------------------------------------------------------------- rows to rules

/** Return the rule of a group, undefined when none of its rows says anything yet. */
export function toRule(group, fields) {
  const rules = group.items.map((item) => (item.items ? toRule(item, fields) : rowRule(item, fields)));
  const said = rules.filter((rule) => rule !== undefined);
  if (said.length < 2) return said[0];
  return { [group.join]: said };
}

/** Tell whether every row of a group says something. */
export function isComplete(group, fields) {
  return group.items.every((item) =>
    item.items ? item.items.length > 0 && isComplete(item, fields) : rowRule(item, fields) !== undefined);
}

/** Return the rule of one row, undefined while something is missing in it. */
export function rowRule(row, fields) {
  const field = fields.find((one) => one.path === row.path);
  if (!field || !operatorsOf(field).includes(row.op)) return undefined;
  const left = expression(field);
  const where = row.where && toRule(row.where, field.columns || []);
  if (row.where?.items.length && !isComplete(row.where, field.columns || [])) return undefined;
  if (row.op === "is") return left;
  if (row.op === "missing") return { missing: [left] };
  if (row.op === "filled") return { "!": [{ missing: [left] }] };
  if (row.op in QUANTIFIED) return where === undefined ? undefined : quantified(row.op, left, where);
  const right = rightSide(row, field, fields);
  if (right === undefined) return undefined;
  return compared(row.op, left, right, where);
}

function quantified(op, left, where) {
  return op === "none" ? { "!": [{ some: [left, where] }] } : { [op]: [left, where] };
}

function compared(op, left, right, where) {
  if (op.startsWith(COUNTED)) {
    return { [op.slice(COUNTED.length)]: [{ count: where === undefined ? [left] : [left, where] }, right] };
  }
  if (op === "between") return { between: [left, ...right] };
  if (op === "has") return { in: [right, left] };
  if (op === "hasnot") return { "!": [{ in: [right, left] }] };
  if (op === "in" || op === "inlist") return { in: [left, right] };
  if (op === "notin" || op === "notinlist") return { "!": [{ in: [left, right] }] };
  return { [op]: [left, right] };
}

function rightSide(row, field, fields) {
  const kind = valueKind(field, row.op);
  if (row.other) {
    const other = fields.find((one) => one.path === row.other);
    return other && (kind === "names" || comparable(fields, field, row.op).includes(other)) ? expression(other) : undefined;
  }
  if (kind === "names") return undefined;
  if (kind === "between") {
    const ends = [0, 1].map((n) => literal(row.value?.[n], classOf(field)));
    return ends.includes(undefined) ? undefined : ends;
  }
  if (kind === "keys" || kind === "texts") return row.value?.length ? row.value : undefined;
  return literal(row.value, kind);
}

function literal(value, kind) {
  if (value === undefined || value === null || value === "") return undefined;
  if (kind === "figure" || kind === "sum") return typeof value === "number" && Number.isFinite(value) ? value : undefined;
  if (kind === "bool") return typeof value === "boolean" ? value : undefined;
  return typeof value === "string" ? value : undefined;
}

// ---------------------------------------------------------------- rules to rows

/** Return the group of rows that says the same as a rule, letter by letter; null when there is none. */
export function toGroup(rule, fields, depth = 0) {
  if (rule === undefined || rule === null) return { join: "and", items: [] };
  const join = isOne(rule, "and") ? "and" : isOne(rule, "or") ? "or" : null;
  const items = join ? joined(rule[join], fields, depth) : [toRow(rule, fields)];
  if (!items || items.includes(null)) return null;
  const group = { join: join || "and", items };
  return same(toRule(group, fields), rule) ? group : null;
}

function joined(rules, fields, depth) {
  if (!Array.isArray(rules) || rules.length < 2) return null;
  return rules.map((rule) => {
    const isGroup = isOne(rule, "and") || isOne(rule, "or");
    if (!isGroup) return toRow(rule, fields);
    return depth ? null : toGroup(rule, fields, 1);
  });
}

function toRow(rule, fields) {
  const candidates = [...readings(rule, fields)];
  return candidates.find((row) => same(rowRule(row, fields), rule)) || null;
}

/** Yield the rows that a rule may stand for; the first that comes back letter by letter is it. */
function* readings(rule, fields) {
  const path = pathOf(rule);
  if (path) yield { path, op: "is" };
  if (!rule || typeof rule !== "object") return;
  if (isOne(rule, "!")) {
    const inner = Array.isArray(rule["!"]) ? rule["!"][0] : rule["!"];
    yield* readingsOfNot(inner, fields);
    return;
  }
  const name = Object.keys(rule)[0];
  const operands = rule[name];
  if (!Array.isArray(operands)) return;
  if (name === "missing") yield { path: target(operands[0]), op: "missing" };
  if (name === "some" || name === "all") yield overRows(name, operands, fields);
  if (name === "between") yield { path: target(operands[0]), op: "between", value: operands.slice(1) };
  if (name === "in") yield* within(operands, "has", "in", "inlist");
  if (COMPARISONS.includes(name)) yield comparison(name, operands, fields);
}

function* readingsOfNot(inner, fields) {
  if (isOne(inner, "missing")) yield { path: target(asList(inner.missing)[0]), op: "filled" };
  if (isOne(inner, "some") && Array.isArray(inner.some)) yield overRows("none", inner.some, fields);
  if (isOne(inner, "in") && Array.isArray(inner.in)) yield* within(inner.in, "hasnot", "notin", "notinlist");
}

function* within([one, other], has, within_, inList) {
  if (pathOf(other)) yield { path: pathOf(other), op: has, value: one };
  if (pathOf(one) && Array.isArray(other)) yield { path: pathOf(one), op: within_, value: [...other] };
  if (pathOf(one) && pathOf(other)) yield { path: pathOf(one), op: inList, other: pathOf(other) };
}

function comparison(name, [left, right], fields) {
  const other = target(right) || undefined;
  const given = other ? { other } : { value: right };
  if (!isOne(left, "count")) return { path: target(left), op: name, ...given };
  const [list, where] = asList(left.count);
  return { path: pathOf(list), op: COUNTED + name, ...given, ...conditions(pathOf(list), where, fields) };
}

function overRows(op, [list, where], fields) {
  return { path: pathOf(list), op, ...conditions(pathOf(list), where, fields) };
}

/** Conditions on the records of a list are rows over its columns. */
function conditions(path, where, fields) {
  if (where === undefined) return {};
  const columns = fields.find((field) => field.path === path)?.columns || [];
  return { where: toGroup(where, columns) || undefined };
}

const target = (rule) => pathOf(rule) || (isOne(rule, "sum") && Array.isArray(rule.sum) ? pathOf(rule.sum[0]) : null);

// ---------------------------------------------------------------- values: what an indicator measures

/** Return {path, where} of a figure, a count or a sum; null when the rule is anything else. */
export function toValue(rule, fields) {
  if (rule === undefined || rule === null) return { path: "" };
  const counted = isOne(rule, "count") && Array.isArray(rule.count) ? rule.count : null;
  const path = counted ? pathOf(counted[0]) : target(rule);
  const value = { path, ...(counted ? conditions(path, counted[1], fields) : {}) };
  return same(valueRule(value, fields), rule) ? value : null;
}

/** Return the rule of a figure, a count or a sum, undefined while none is chosen. */
export function valueRule(value, fields) {
  const field = fields.find((one) => one.path === value.path);
  if (!field || !measurable(field)) return undefined;
  if (!countable(field)) return expression(field);
  const where = value.where && toRule(value.where, field.columns || []);
  return { count: where === undefined ? [variable(field.path)] : [variable(field.path), where] };
}

export const countable = (field) => ["list", "choices"].includes(classOf(field));
export const measurable = (field) => ["figure", "sum"].includes(classOf(field)) || countable(field);
