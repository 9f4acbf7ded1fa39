// A bar of buttons over the text box of an article: each puts the marks of Markdown around what is selected, and the
// preview is made by the server, as the portal will show it. Without JavaScript the box works as it is.

const chinese = document.documentElement.lang.startsWith("zh");
const words = chinese
  ? { text: "文字", item: "项目", column: "列", refused: "暂时无法预览，请稍后再试。" }
  : { text: "text", item: "item", column: "column", refused: "No preview just now, please try again later." };

// What is put around the selection, and before each of its lines.
const marks = {
  heading: { line: "## " },
  bold: { before: "**", after: "**" },
  list: { line: "- " },
  numbers: { line: "1. " },
  link: { before: "[", after: "](https://)" },
  table: { whole: `\n\n| ${words.column} 1 | ${words.column} 2 |\n| --- | --- |\n|  |  |\n\n` },
};

for (const box of document.querySelectorAll("textarea[data-rich-text]")) {
  const tools = document.querySelector("#rich-text-tools").content.cloneNode(true).firstElementChild;
  const shown = document.querySelector("#rich-text-preview").content.cloneNode(true).firstElementChild;
  box.before(tools);
  box.after(shown);
  for (const button of tools.querySelectorAll("[data-insert]")) {
    button.addEventListener("click", () => insert(box, marks[button.dataset.insert]));
  }
  const opener = tools.querySelector("[data-preview]");
  opener.addEventListener("click", () => toggle(box, shown, opener));
}

function insert(box, mark) {
  const { selectionStart: from, selectionEnd: to, value } = box;
  const chosen = value.slice(from, to);
  box.focus();
  if (mark.line) {
    const begin = value.lastIndexOf("\n", from - 1) + 1;
    const lines = (value.slice(begin, to) || words.item).split("\n");
    return put(box, begin, to, lines.map((line) => mark.line + line).join("\n"));
  }
  return put(box, from, to, mark.whole ?? mark.before + (chosen || words.text) + mark.after);
}

// The browser's own undo keeps working when the text is put in as if it were typed.
function put(box, from, to, text) {
  box.setSelectionRange(from, to);
  if (!document.execCommand("insertText", false, text)) box.setRangeText(text, from, to, "end");
}

async function toggle(box, shown, opener) {
  shown.hidden = !shown.hidden;
  opener.setAttribute("aria-expanded", String(!shown.hidden));
  if (shown.hidden) return;
  const body = new URLSearchParams({ body: box.value, csrf_token: box.form.elements.csrf_token?.value ?? "" });
  try {
    const answer = await fetch(opener.dataset.preview, { method: "POST", body });
    if (!answer.ok) throw new Error(String(answer.status));
    shown.innerHTML = await answer.text(); // cleaned by the server
  } catch {
    shown.textContent = words.refused;
  }
}
