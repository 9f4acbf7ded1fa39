// Picking a department in the tree instead of in the list: a dialog that reads one level at a time.

const element = (name, properties = {}, children = []) => {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children);
  return node;
};

async function read(url) {
  const answer = await fetch(url, { headers: { "X-Requested-With": "XMLHttpRequest" } });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

const sibling = (url, id) => url.replace(/\/\d+(\?|$)/, `/${id}$1`);

/** One line of the tree: a button that opens it, and one that picks it. */
function line(node, url, choose, fail) {
  const item = element("li");
  const open = element("button", { type: "button", className: "link tree-open", textContent: node.open ? "▸" : "" });
  open.disabled = !node.open;
  open.setAttribute("aria-label", node.name);
  open.setAttribute("aria-expanded", "false");
  const pick = element("button", { type: "button", className: "link tree-pick", textContent: node.name });
  const toggle = async () => {
    const level = item.querySelector(":scope > ul");
    if (level) level.hidden = !level.hidden;
    else if (!(await load(item, sibling(url, node.id), choose, fail))) return;
    const shown = !item.querySelector(":scope > ul").hidden;
    open.textContent = shown ? "▾" : "▸";
    open.setAttribute("aria-expanded", String(shown));
  };
  open.addEventListener("click", toggle);
  pick.addEventListener("click", () => (node.pickable ? choose(node) : node.open && toggle()));
  pick.classList.toggle("muted", !node.pickable);
  pick.disabled = !node.pickable && !node.open;
  item.append(open, pick);
  return item;
}

async function load(item, url, choose, fail) {
  try {
    const { name, children } = await read(url);
    const parent = name;
    const lines = children.map((child) => line({ ...child, parent }, url, choose, fail));
    item.append(element("ul", {}, lines));
    return true;
  } catch {
    fail();
    return false;
  }
}

function put(select, node) {
  const text = node.parent ? `${node.parent} / ${node.name}` : node.name;
  let option = [...select.options].find((one) => one.value === String(node.id));
  if (!option) select.append((option = element("option", { value: node.id, textContent: text })));
  select.value = String(node.id);
  select.dispatchEvent(new Event("change", { bubbles: true }));
}

async function open(button) {
  const { branch, title, close, failed } = button.dataset;
  const select = document.getElementById(button.dataset.pickInTree);
  const note = element("p", { className: "error", hidden: true, textContent: failed });
  const top = element("ul", { className: "pick-tree" });
  const leave = element("button", { type: "button", className: "btn", textContent: close });
  const dialog = element("dialog", { className: "dialog" }, [
    element("h2", { textContent: title }),
    top,
    note,
    element("div", { className: "buttons" }, [leave]),
  ]);
  dialog.setAttribute("aria-label", title);
  const choose = (node) => {
    put(select, node);
    dialog.close();
  };
  leave.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    dialog.remove();
    button.focus();
  });
  document.body.append(dialog);
  dialog.showModal();
  const fail = () => (note.hidden = false);
  try {
    const own = await read(branch);
    const root = line({ ...own, open: own.children.length > 0 }, branch, choose, fail);
    top.append(root);
    root.querySelector(".tree-open").click();
    root.querySelector("button:not([disabled])")?.focus();
  } catch {
    fail();
  }
}

for (const button of document.querySelectorAll("[data-pick-in-tree]")) {
  button.hidden = false;
  button.addEventListener("click", () => open(button));
}
