// Small tools of the form designer: elements, labelled controls, places of problems.

export const h = (name, properties = {}, ...children) => {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key in node && !key.includes("-") && key !== "list") node[key] = value;
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
};

let count = 0;

/** A label, its input, help and error, one below the other. `name` finds it again after a redraw. */
export function labelled(name, label, input, { help = "", error = "" } = {}) {
  const id = `d-${name}-${(count += 1)}`;
  input.id = id;
  input.dataset.focus = name;
  if (help || error) input.setAttribute("aria-describedby", `${id}-more`);
  if (error) input.setAttribute("aria-invalid", "true");
  const more = h("span", { id: `${id}-more` }, help && h("span", { className: "help" }, help), error && h("span", { className: "error" }, error));
  if (input.type === "checkbox") {
    return h("div", { className: "d-control d-tick" }, input, h("label", { htmlFor: id }, label), (help || error) && more);
  }
  return h("div", { className: "d-control" }, h("label", { htmlFor: id }, label), input, (help || error) && more);
}

export const button = (name, text, act, more = {}) =>
  h("button", { type: "button", className: "btn d-small", "data-focus": name, onclick: act, ...more }, text);

const PLACE = /sections\[(\d+)\](?:\.fields\[(\d+)\](?:\.(columns|rows)\[(\d+)\])?)?(?:\.([a-z_]+))?/;
const LIST = /(?:^|\s)choices\.?([a-z][a-z0-9_]*)/;

/** Where a problem lies: {path, option} of a section, field or part, {list} of options, or null. */
export function placeOf(text) {
  const head = text.split(": ")[0];
  const found = PLACE.exec(head);
  if (found) {
    const [, section, field, list, part, option] = found;
    const path = [Number(section)];
    if (field !== undefined) path.push(Number(field));
    if (part !== undefined) path.push(list, Number(part));
    return { path, option: option ?? "" };
  }
  const listed = LIST.exec(head);
  return listed ? { path: null, list: listed[1] } : null;
}

export const within = (path, place) => path.every((step, number) => step === place[number]);
export const same = (path, other) => path.length === other.length && within(path, other);
