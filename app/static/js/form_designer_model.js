// The form in hand: sections, option lists and texts, every change undoable. A path is [section], [section, field] or
// [section, field, "columns" | "rows", part].

const MOST_STEPS = 200;
const KEY_TAKEN_BY_RECORDS = "row_id";

export const copy = (value) => JSON.parse(JSON.stringify(value));

export class Model {
  constructor({ parts, revision, codeLists, kinds }) {
    this.kinds = kinds;
    this.shipped = codeLists;
    this.revision = revision;
    this.parts = { ...parts };
    for (const name of ["choices", "code_lists", "templates"]) this.parts[name] ??= {};
    if (!Array.isArray(this.parts.sections)) this.parts.sections = [];
    this.saved = Object.fromEntries(Object.entries(this.parts).map(([name, value]) => [name, JSON.stringify(value)]));
    this.before = [];
    this.after = [];
    this.mark = null;
  }

  get sections() {
    return this.parts.sections;
  }

  get choices() {
    return this.parts.choices;
  }

  get templates() {
    return this.parts.templates;
  }

  get changedParts() {
    return Object.keys(this.saved).filter((name) => JSON.stringify(this.parts[name]) !== this.saved[name]);
  }

  /** Change something; what follows with the same mark (typing in one input) is undone in one step. */
  edit(change, mark = null) {
    const now = JSON.stringify(this.parts);
    const result = change();
    if (JSON.stringify(this.parts) === now) return result;
    if (mark === null || mark !== this.mark) this.before.push(now);
    if (this.before.length > MOST_STEPS) this.before.shift();
    this.after = [];
    this.mark = mark;
    return result;
  }

  undo() {
    this.step(this.before, this.after);
  }

  redo() {
    this.step(this.after, this.before);
  }

  step(from, to) {
    if (!from.length) return;
    to.push(JSON.stringify(this.parts));
    this.parts = JSON.parse(from.pop());
    this.mark = null;
  }

  // -------------------------------------------------------------- places

  siblings(path) {
    const [section, field, list] = path;
    if (path.length === 1) return this.sections;
    const fields = (this.sections[section].fields ??= []);
    return path.length === 2 ? fields : (fields[field][list] ??= []);
  }

  at(path) {
    const [section, field, list, part] = path;
    if (!path.length) return null;
    let found = this.sections[section];
    if (path.length > 1) found = found?.fields?.[field];
    if (path.length > 3) found = found?.[list]?.[part];
    return found ?? null;
  }

  /** The nearest place that is there. */
  settle(path) {
    let place = [...path];
    while (place.length && !this.at(place)) {
      const list = place.length === 1 ? this.sections : this.at(place.slice(0, place.length === 4 ? 2 : 1)) && this.siblings(place);
      if (list?.length) place[place.length - 1] = Math.min(place.at(-1), list.length - 1);
      else place = place.slice(0, place.length === 4 ? 2 : place.length - 1);
    }
    return place;
  }

  isColumnOfMatrix(path) {
    return path.length === 4 && path[2] === "columns" && this.at(path.slice(0, 2))?.type === "matrix";
  }

  // -------------------------------------------------------------- changes of lists

  add(path, item) {
    this.siblings(path).splice(path.at(-1), 0, item);
    return path;
  }

  remove(path) {
    this.siblings(path).splice(path.at(-1), 1);
    return this.settle(path);
  }

  move(path, to) {
    const list = this.siblings(path);
    const place = Math.max(0, Math.min(to, list.length - 1));
    list.splice(place, 0, ...list.splice(path.at(-1), 1));
    return [...path.slice(0, -1), place];
  }

  moveToSection(path, section) {
    const [field] = this.siblings(path).splice(path[1], 1);
    delete field.beside;
    const fields = (this.sections[section].fields ??= []);
    fields.push(field);
    return [section, fields.length - 1];
  }

  duplicate(path) {
    const item = copy(this.at(path));
    if (path.length === 1) this.renewSection(item);
    else if (path.length === 2) item.key = this.newKey(item.key, this.fieldKeys());
    else item.key = this.newKey(item.key, this.partKeys(path));
    return this.add([...path.slice(0, -1), path.at(-1) + 1], item);
  }

  renewSection(section) {
    section.key = this.newKey(section.key, new Set(this.sections.map((other) => other.key)));
    const taken = this.fieldKeys();
    const renamed = {};
    for (const field of section.fields ?? []) {
      renamed[field.key] = this.newKey(field.key, taken);
      field.key = renamed[field.key];
      taken.add(field.key);
    }
    for (const field of section.fields ?? []) if (field.beside) field.beside = renamed[field.beside] ?? field.beside;
  }

  // -------------------------------------------------------------- keys

  fieldKeys() {
    return new Set(this.sections.flatMap((section) => (section.fields ?? []).map((field) => field.key)));
  }

  partKeys(path) {
    return new Set([...this.siblings(path).map((part) => part.key), KEY_TAKEN_BY_RECORDS]);
  }

  newKey(like, taken) {
    const stem = String(like || "field").replace(/_\d+$/, "").slice(0, 34);
    for (let number = 1; ; number += 1) if (!taken.has(`${stem}_${number}`)) return `${stem}_${number}`;
  }

  // -------------------------------------------------------------- new things

  newSection(title) {
    const key = this.newKey("section", new Set(this.sections.map((section) => section.key)));
    return { key, title, fields: [] };
  }

  newField(type, label, taken, words) {
    const field = { key: this.newKey(type, taken), type, label };
    this.furnish(field, words);
    return field;
  }

  /** Give a field what its kind needs, and take away what it does not know. */
  furnish(field, words) {
    const { needs, options, ownBlock } = this.kinds[field.type];
    const known = ["key", "type", "label", "required", "help", "span", "show", "readonly", "default", "beside", "print", "own_line"];
    for (const name of Object.keys(field)) if (!known.includes(name) && !options.includes(name)) delete field[name];
    if (ownBlock) delete field.span;
    const begin = {
      choices: () => this.newList(words.options), // never a list that other fields use: editing it would change them
      ext: () => ["pdf"],
      max_mb: () => 20,
      text_template: () => Object.keys(this.templates)[0] ?? this.newTemplate(words.statement),
      max_rows: () => 20,
      rows: () => [{ key: "number_1", type: "number", label: words.row }],
      columns: () =>
        field.type === "matrix" ? [{ key: "column_1", label: words.column }] : [{ key: "text_1", type: "text", label: words.column }],
    };
    for (const name of needs) if (field[name] === undefined && begin[name]) field[name] = begin[name]();
    if (field.type === "region" && !field.level) field.level = "county";
  }

  newList(labels) {
    const name = this.newKey("options", new Set(Object.keys(this.choices)));
    this.choices[name] = labels.map((label, number) => ({ [`o${number + 1}`]: label }));
    return name;
  }

  newTemplate(text) {
    const names = new Set(Object.keys(this.templates).map((name) => name.replace(/\.md$/, "")));
    const name = `${this.newKey("statement", names)}.md`;
    this.templates[name] = text;
    return name;
  }

  useCodeList(name, key) {
    this.choices[name] = { "@codelist": key };
    this.parts.code_lists[key] ??= copy(this.shipped[key]);
  }

  /** Fields whose choices come from a named list. */
  usersOf(name) {
    const all = this.sections.flatMap((section) => section.fields ?? []);
    return all.flatMap((field) => [field, ...(field.columns ?? []), ...(field.rows ?? [])]).filter((field) => field.choices === name);
  }
}
