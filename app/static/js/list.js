// Ticking rows: the bar says how many are picked and offers what can be done with them.

const chinese = document.documentElement.lang.startsWith("zh");

for (const form of document.querySelectorAll("form[data-selection]")) {
  const bar = form.querySelector("[data-selection-bar]");
  if (!bar) continue;
  const all = form.querySelector("[data-pick-all]");
  const boxes = [...form.querySelectorAll('input[name="rowid"]')];
  const count = bar.querySelector("[data-selection-count]");

  const refresh = () => {
    const picked = boxes.filter((box) => box.checked).length;
    bar.hidden = picked === 0;
    count.textContent = chinese ? `已选 ${picked} 项` : `${picked} selected`;
    all.checked = picked === boxes.length;
    all.indeterminate = picked > 0 && picked < boxes.length;
    for (const box of boxes) box.closest("tr").classList.toggle("picked", box.checked);
  };

  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    refresh();
  });
  form.addEventListener("change", refresh);
  window.addEventListener("pageshow", refresh);
  refresh();
}
