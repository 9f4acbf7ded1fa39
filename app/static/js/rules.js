/**
 * Rules in the browser: the twin of app/forms/rules, which describes every operator and what "unknown" (null) means.
 *
 * Figures are exact: whole numbers of 10^-18, never floating point. Answers kept as text become figures by
 * parseFigure before they are given to evaluate. Both sides pass tests/unit/rule_vectors.json; change them together.
 */

const MAX_DEPTH = 24;
const MAX_STEPS = 20000;
const ITEMS_PER_STEP = 100;
const PLACES = 18;
const UNIT = 10n ** BigInt(PLACES);
const LIMIT = 10n ** 30n * UNIT;
const LONGEST_FIGURE = 100;
const WHOLE_DIGITS = 12; // before the point of a computed figure: what the database holds, as in forms/kinds/figures.py

const FIGURE = /^(-?)([0-9]+)(?:\.([0-9]+))?(?:e([+-][0-9]+))?$/;
const FIGURE_TEXT = /^-?[0-9]+(\.[0-9]+)?$/;
const DATE = /^[0-9]{4}-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?$/;
const WHITE_SPACE = /[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\u200b\ufeff]/g;

/** A rule that is malformed or asks for too much work. */
export class RuleError extends Error {}

/** An exact decimal number; String(figure) writes it without trailing zeros. */
export class Figure {
  constructor(units) {
    this.units = units;
  }

  toString() {
    const size = magnitude(this.units);
    const whole = size / UNIT;
    const decimals = (size % UNIT).toString().padStart(PLACES, "0").replace(/0+$/, "");
    return (this.units < 0n ? "-" : "") + whole + (decimals && "." + decimals);
  }

  toJSON() {
    return this.toString();
  }
}

/** The figure a stored text such as "500.25" stands for, or null when it is none. */
export function parseFigure(text) {
  return text.length <= LONGEST_FIGURE && FIGURE_TEXT.test(text) ? readFigure(text) : null;
}

/** Whether a computed figure has more digits before the point than can be kept. */
export function tooLarge(value) {
  return magnitude(value.units) >= 10n ** BigInt(WHOLE_DIGITS) * UNIT;
}

/** The value of a rule over answers given as nested objects and lists: Figure, text, boolean, list, or null for unknown. */
export function evaluate(rule, context) {
  const value = new Evaluation(context).value(rule);
  return Array.isArray(value) ? value.map((item) => plain(known(item))) : plain(value);
}

// Values

function magnitude(units) {
  return units < 0n ? -units : units;
}

function figure(units) {
  return magnitude(units) < LIMIT ? new Figure(units) : null;
}

function whole(number) {
  return new Figure(BigInt(number) * UNIT);
}

/** Divide and round half away from zero. */
function quotient(dividend, divisor) {
  const size = magnitude(divisor);
  const rounded = (2n * magnitude(dividend) + size) / (2n * size);
  return dividend < 0n === divisor < 0n ? rounded : -rounded;
}

function readFigure(text) {
  const [, sign, digits, decimals = "", exponent = "0"] = FIGURE.exec(text);
  const shift = Number(exponent) - decimals.length + PLACES;
  const number = BigInt(sign + digits + decimals);
  return figure(shift >= 0 ? number * 10n ** BigInt(shift) : quotient(number, 10n ** BigInt(-shift)));
}

function isRow(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value) && !(value instanceof Figure);
}

/** Turn a literal or an answer into a value, null when unknown; rows pass for the operators that take them. */
function known(raw) {
  switch (typeof raw) {
    case "number":
      return Number.isFinite(raw) ? readFigure(String(raw)) : null;
    case "bigint":
      return figure(raw * UNIT);
    case "string":
      return raw || null;
    case "boolean":
    case "object":
      return raw;
    default:
      return null;
  }
}

function plain(value) {
  return isRow(value) || Array.isArray(value) ? null : value;
}

function kind(value) {
  if (value instanceof Figure) return "figure";
  if (Array.isArray(value)) return "list";
  return typeof value;
}

// Operators that need nothing but the values of their operands

function not(value) {
  return typeof value === "boolean" ? !value : null;
}

function both(left, right) {
  if (left === false || right === false) return false;
  return left === null || right === null ? null : true;
}

function equal(left, right) {
  if (left === null || right === null) return null;
  if (kind(left) !== kind(right)) return false;
  if (isRow(left)) return null;
  if (Array.isArray(left)) return equalLists(left, right);
  return left instanceof Figure ? left.units === right.units : left === right;
}

function equalLists(left, right) {
  if (left.length !== right.length) return false;
  return left.reduce((result, item, position) => {
    const [one, other] = [known(item), known(right[position])];
    const nested = Array.isArray(one) && Array.isArray(other);
    return both(result, nested ? null : equal(one, other));
  }, true);
}

function isDate(value) {
  return typeof value === "string" && DATE.test(value);
}

/** -1, 0 or 1 for two figures or two dates, null for anything else. */
function order(left, right) {
  const figures = left instanceof Figure && right instanceof Figure;
  if (!figures && !(isDate(left) && isDate(right))) return null;
  const [one, other] = figures ? [left.units, right.units] : [left, right];
  return one < other ? -1 : one > other ? 1 : 0;
}

function ordered(test) {
  return (left, right) => {
    const place = order(left, right);
    return place === null ? null : test(place);
  };
}

const atMost = ordered((place) => place <= 0);

function isIn(value, items) {
  if (value === null || Array.isArray(value) || isRow(value) || !Array.isArray(items)) return null;
  if (typeof value === "string") {
    if (items.includes(value)) return true;
    return items.some((item) => item === null || item === undefined || item === "") ? null : false;
  }
  const found = items.map((item) => equal(value, known(item)));
  if (found.includes(true)) return true;
  return found.includes(null) ? null : false;
}

function fold(step, figures) {
  if (!figures.every((value) => value instanceof Figure)) return null;
  return figures.reduce((result, next) => result && figure(step(result.units, next.units)));
}

const plus = (one, other) => one + other;
const minus = (one, other) => one - other;
const times = (one, other) => quotient(one * other, UNIT);
const over = (one, other) => quotient(one * UNIT, other);

function divide(dividend, divisor) {
  return divisor instanceof Figure && divisor.units === 0n ? null : fold(over, [dividend, divisor]);
}

function round(value, places = whole(0)) {
  if (!(value instanceof Figure) || !(places instanceof Figure)) return null;
  const kept = places.units / UNIT;
  if (places.units % UNIT !== 0n || kept < 0n || kept > BigInt(PLACES)) return null;
  const unit = 10n ** (BigInt(PLACES) - kept);
  return figure(quotient(value.units, unit) * unit);
}

function given(cells) {
  return Array.isArray(cells) ? cells.map(known).filter((value) => value !== null) : null;
}

function sum(cells) {
  const figures = given(cells);
  if (figures === null || (cells.length && !figures.length)) return null;
  return fold(plus, [whole(0), ...figures]);
}

function extreme(better) {
  return (...operands) => {
    const onlyList = operands.length === 1 && Array.isArray(operands[0]);
    const figures = onlyList ? given(operands[0]) : operands;
    if (!figures.length || !figures.every((value) => value instanceof Figure)) return null;
    return figures.reduce((best, next) => (better(next.units, best.units) ? next : best));
  };
}

function length(value) {
  if (typeof value === "string") return whole([...value.replace(WHITE_SPACE, "")].length);
  return Array.isArray(value) ? whole(value.length) : null;
}

const OPERATORS = {
  "!": not,
  "==": equal,
  "!=": (left, right) => not(equal(left, right)),
  "<": ordered((place) => place < 0),
  "<=": atMost,
  ">": ordered((place) => place > 0),
  ">=": ordered((place) => place >= 0),
  between: (value, low, high) => both(atMost(low, value), atMost(value, high)),
  in: isIn,
  "+": (...terms) => fold(plus, terms),
  "-": (...terms) => fold(minus, terms.length > 1 ? terms : [whole(0), ...terms]),
  "*": (...factors) => fold(times, factors),
  "/": divide,
  min: extreme((one, other) => one < other),
  max: extreme((one, other) => one > other),
  round,
  len: length,
  sum,
  missing: (...values) => values.some((value) => value === null || (Array.isArray(value) && !value.length)),
};

// Operators that decide themselves which operands to evaluate, and with which row: names of Evaluation's methods
const SPECIAL = { var: "look", and: "and", or: "or", if: "choose", all: "all", some: "some", count: "count" };

const ANY = 400;
// Least and greatest number of operands
const ARITY = new Map([
  ...["and", "or", "+", "*", "min", "max", "missing"].map((name) => [name, [1, ANY]]),
  ...["==", "!=", "<", "<=", ">", ">=", "in", "/", "all", "some"].map((name) => [name, [2, 2]]),
  ...["var", "-", "round", "count"].map((name) => [name, [1, 2]]),
  ...["!", "len", "sum"].map((name) => [name, [1, 1]]),
  ["between", [3, 3]],
  ["if", [2, ANY]],
]);

function operation(node) {
  const names = Object.keys(node);
  if (names.length !== 1) throw new RuleError("每个节点必须有且只有一个运算符");
  const [name] = names;
  if (!ARITY.has(name)) throw new RuleError(`不支持的运算符“${name}”`);
  const operands = Array.isArray(node[name]) ? node[name] : [node[name]];
  const [least, most] = ARITY.get(name);
  if (operands.length < least || operands.length > most) throw new RuleError(`运算符“${name}”的参数个数不正确`);
  return [name, operands];
}

/** One run of one rule: the answers, the row in hand and what is left of the steps. */
class Evaluation {
  constructor(context) {
    this.context = context;
    this.row = null;
    this.depth = 0;
    this.steps = MAX_STEPS;
  }

  value(node) {
    this.spend(1);
    if (Array.isArray(node)) return this.nested(() => this.values(node));
    return isRow(node) ? this.nested(() => this.operate(node)) : known(node);
  }

  spend(steps) {
    this.steps -= steps;
    if (this.steps < 0) throw new RuleError("规则计算量超出上限");
  }

  nested(handle) {
    this.depth += 1;
    if (this.depth > MAX_DEPTH) throw new RuleError(`规则嵌套超过 ${MAX_DEPTH} 层`);
    const value = handle();
    this.depth -= 1;
    return value;
  }

  values(nodes) {
    return nodes.map((node) => this.value(node));
  }

  operate(node) {
    const [name, operands] = operation(node);
    if (Object.hasOwn(SPECIAL, name)) return this[SPECIAL[name]](...operands);
    const values = this.values(operands);
    values.filter(Array.isArray).forEach((list) => this.scan(list));
    return OPERATORS[name](...values);
  }

  scan(list) {
    this.spend(Math.floor(list.length / ITEMS_PER_STEP));
  }

  look(path, otherwise) {
    if (typeof path !== "string") throw new RuleError("字段路径必须是非空文本");
    return known(this.find(path.split("."))) ?? known(otherwise);
  }

  find([head, ...rest]) {
    const [start, keys] = head === "row" ? [this.row, rest] : [this.context, [head, ...rest]];
    return keys.reduce((found, key) => this.step(found, key), start);
  }

  step(found, key) {
    if (!Array.isArray(found)) return cell(found, key);
    this.scan(found);
    return found.map((item) => cell(item, key));
  }

  and(...operands) {
    return this.decidedBy(false, operands);
  }

  or(...operands) {
    return this.decidedBy(true, operands);
  }

  decidedBy(decisive, operands) {
    let result = !decisive;
    for (const operand of operands) {
      const value = this.value(operand);
      if (value === decisive) return decisive;
      if (typeof value !== "boolean") result = null;
    }
    return result;
  }

  choose(...operands) {
    for (let position = 0; position + 1 < operands.length; position += 2) {
      if (this.value(operands[position]) === true) return this.value(operands[position + 1]);
    }
    return operands.length % 2 ? this.value(operands.at(-1)) : null;
  }

  all(source, condition) {
    return this.quantify(false, source, condition);
  }

  some(source, condition) {
    return this.quantify(true, source, condition);
  }

  quantify(decisive, source, condition) {
    const verdicts = this.verdicts(source, condition);
    if (verdicts === null) return null;
    if (verdicts.includes(decisive)) return decisive;
    return verdicts.includes(null) ? null : !decisive;
  }

  count(source, condition = true) {
    const verdicts = this.verdicts(source, condition);
    return verdicts && whole(verdicts.filter((verdict) => verdict === true).length);
  }

  /** Judge every item of a list, or return null when there is no list. */
  verdicts(source, condition) {
    const items = this.value(source);
    if (!Array.isArray(items)) return null;
    const outer = this.row;
    const verdicts = items.map((item) => {
      this.row = item;
      const value = this.value(condition);
      return typeof value === "boolean" ? value : null;
    });
    this.row = outer;
    return verdicts;
  }
}

function cell(row, key) {
  return isRow(row) && Object.hasOwn(row, key) ? row[key] : null;
}
