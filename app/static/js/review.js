// Reviewing: reusable phrases, attachments looked at in place, letters and records in a dialog.

const chinese = document.documentElement.lang.startsWith("zh");
const words = chinese
  ? { close: "关闭", open: "在新窗口打开", failed: "暂时无法打开，请稍后再试" }
  : { close: "Close", open: "Open in a new window", failed: "Cannot be opened now, please try again" };

const element = (name, properties = {}, children = []) => {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children);
  return node;
};

/** Show a dialog that leaves the page when it is closed; a click beside it closes it too. */
function present(className, children, label) {
  const dialog = element("dialog", { className: `dialog ${className}` }, children);
  dialog.setAttribute("aria-label", label);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("[data-close]")) dialog.close();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

const closer = () => {
  const button = element("button", { type: "button", className: "btn", textContent: words.close });
  button.dataset.close = "";
  return button;
};

// A phrase goes where the cursor is; what was typed stays.
for (const box of document.querySelectorAll("[data-phrases]")) {
  const target = document.getElementById(box.dataset.phrases);
  box.hidden = false;
  box.addEventListener("click", (event) => {
    const phrase = event.target.closest(".phrase");
    if (!phrase) return;
    target.setRangeText(phrase.textContent, target.selectionStart, target.selectionEnd, "end");
    target.focus();
  });
}

// Attachments that browsers can show.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-preview]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const name = link.textContent.trim();
  const picture = link.dataset.preview.startsWith("image/");
  const view = picture
    ? element("div", { className: "picture" }, [element("img", { src: link.href, alt: name })])
    : element("iframe", { src: link.href, title: name });
  const away = element("a", { href: link.href, target: "_blank", rel: "noopener", textContent: words.open });
  const head = element("header", {}, [element("h2", { textContent: name }), away, closer()]);
  present("preview", [head, view], name);
});

// A page that also fits into a dialog: its part marked `data-dialog-content` is shown here.
document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-dialog]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const label = link.textContent.trim();
  try {
    const answer = await fetch(link.href, { credentials: "same-origin" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const content = page.querySelector("[data-dialog-content]");
    if (!answer.ok || !content) throw new Error(answer.status);
    const head = element("div", { className: "head" }, [element("h2", { textContent: page.querySelector("h1").textContent }), closer()]);
    present("wide", [head, document.adoptNode(content)], label);
  } catch {
    location.assign(link.href);
  }
});

// Programmes fold; what was folded stays so until the browser is closed.
const folded = new Set(JSON.parse(sessionStorage.getItem("shenbao:folded") || "[]"));
for (const group of document.querySelectorAll("[data-fold]")) {
  const button = group.querySelector("[data-fold-button]");
  const fold = (shut) => {
    button.setAttribute("aria-expanded", String(!shut));
    for (const row of [...group.rows].slice(1)) row.hidden = shut;
  };
  button.hidden = false;
  fold(folded.has(group.dataset.fold));
  button.addEventListener("click", () => {
    const shut = button.getAttribute("aria-expanded") === "true";
    folded[shut ? "add" : "delete"](group.dataset.fold);
    sessionStorage.setItem("shenbao:folded", JSON.stringify([...folded]));
    fold(shut);
  });
}

// Folding the return out moves on to its first question.
for (const details of document.querySelectorAll("details.returning")) {
  details.addEventListener("toggle", () => details.open && details.querySelector("input")?.focus({ preventScroll: true }));
}
