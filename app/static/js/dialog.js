// Asking before something happens. Any form or submit button with `data-confirm` asks first, names what is meant, and
// goes on with `confirmed=1`; without this script the server asks on a page of its own.

const words = document.documentElement.lang.startsWith("zh")
  ? { cancel: "取消", total: (n) => `……共 ${n} 项`, go: "继续" }
  : { cancel: "Cancel", total: (n) => `… ${n} in total`, go: "Go on" };

const element = (name, properties = {}, children = []) => {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children);
  return node;
};

/** Ask; resolves to null when called off, otherwise to {opinion}. */
export function ask({ title, text, subjects = [], question = "", danger = false }) {
  const list = subjects.slice(0, 5).map((subject) => element("li", { textContent: subject }));
  if (subjects.length > 5) list.push(element("li", { className: "more", textContent: words.total(subjects.length) }));
  const opinion = question && element("textarea", { rows: 3, id: "dialog-opinion" });
  const cancel = element("button", { type: "button", className: "btn", textContent: words.cancel });
  const go = element("button", {
    type: "button",
    className: `btn ${danger ? "btn-danger solid" : "btn-primary"}`,
    textContent: title || words.go,
  });
  const dialog = element("dialog", { className: "dialog" }, [
    element("h2", { textContent: title || words.go, id: "dialog-title" }),
    element("p", { textContent: text }),
    ...(list.length ? [element("ul", { className: "subjects" }, list)] : []),
    ...(opinion ? [element("label", { htmlFor: "dialog-opinion", textContent: question }), opinion] : []),
    element("div", { className: "buttons" }, [cancel, go]),
  ]);
  dialog.setAttribute("aria-labelledby", "dialog-title");
  document.body.append(dialog);
  return new Promise((resolve) => {
    let answer = null;
    cancel.addEventListener("click", () => dialog.close());
    go.addEventListener("click", () => {
      answer = { opinion: opinion ? opinion.value : "" };
      dialog.close();
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(answer);
    });
    dialog.showModal();
    (opinion || cancel).focus();
  });
}

const setHidden = (form, name, value) => {
  let input = form.querySelector(`input[type="hidden"][name="${name}"]`);
  if (!input) form.append((input = element("input", { type: "hidden", name })));
  input.value = value;
};

const subjectsOf = (form, source) => {
  if (source.dataset.subject) return [source.dataset.subject];
  return [...form.querySelectorAll('input[name="rowid"]:checked')].map((box) => box.dataset.subject || box.value);
};

document.addEventListener("submit", async (event) => {
  const form = event.target;
  const button = event.submitter;
  const source = button?.dataset.confirm ? button : form;
  if (!source.dataset.confirm || form.dataset.confirmed === "yes") return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const picked = subjectsOf(form, source);
  if (form.hasAttribute("data-selection") && !picked.length) return;
  const answer = await ask({
    title: button?.textContent.trim(),
    text: source.dataset.confirm,
    subjects: picked,
    question: source.dataset.question,
    danger: Boolean(button?.className.includes("danger")),
  });
  if (!answer) return;
  setHidden(form, "confirmed", "1");
  if (source.dataset.question) setHidden(form, "opinion", answer.opinion);
  form.dataset.confirmed = "yes";
  form.requestSubmit(button ?? undefined);
}, true);
