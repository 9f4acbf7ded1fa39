// Putting rows into order: drag the grip, move up and down by button, or type a number. The numbers are what is sent;
// without this script typed numbers do the same.

const form = document.querySelector("form[data-ranking]");

if (form) {
  const body = form.querySelector("tbody");
  const rows = () => [...body.querySelectorAll("tr[data-row]")];
  const number = (row) => row.querySelector('input[type="number"]');
  const unsaved = form.querySelector("[data-unsaved]");
  const how = document.querySelector("[data-how]");

  for (const part of form.querySelectorAll("[data-script]")) part.hidden = false;
  how.textContent = how.dataset.how;

  const renumber = () => {
    rows().forEach((row, place, all) => {
      number(row).value = place + 1;
      row.querySelector("[data-up]").disabled = place === 0;
      row.querySelector("[data-down]").disabled = place === all.length - 1;
    });
  };
  const moved = () => {
    renumber();
    unsaved.hidden = false;
  };
  const place = (row, wanted) => {
    const others = rows().filter((other) => other !== row);
    const before = others[Math.max(0, Math.min(wanted - 1, others.length))];
    body.insertBefore(row, before ?? null);
    moved();
  };

  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-up], [data-down]");
    if (!button) return;
    const row = button.closest("tr");
    place(row, rows().indexOf(row) + 1 + (button.matches("[data-up]") ? -1 : 1));
    const kept = button.disabled ? row.querySelector("[data-up]:not(:disabled), [data-down]:not(:disabled)") : button;
    kept?.focus();
  });

  form.addEventListener("change", (event) => {
    if (!event.target.matches('input[type="number"]')) return;
    const wanted = Number.parseInt(event.target.value, 10);
    const row = event.target.closest("tr");
    if (wanted >= 1) place(row, wanted);
    else renumber();
    event.target.focus();
  });

  // Pointer events serve mouse, pen and finger alike; the row follows over its neighbours.
  let dragged = null;
  form.addEventListener("pointerdown", (event) => {
    const grip = event.target.closest("[data-grip]");
    if (!grip || event.button) return;
    event.preventDefault();
    dragged = grip.closest("tr");
    dragged.classList.add("dragged");
    grip.setPointerCapture(event.pointerId);
  });
  form.addEventListener("pointermove", (event) => {
    if (!dragged) return;
    const over = rows().find((row) => {
      const box = row.getBoundingClientRect();
      return event.clientY >= box.top && event.clientY <= box.bottom;
    });
    if (!over || over === dragged) return;
    const down = rows().indexOf(over) > rows().indexOf(dragged);
    body.insertBefore(dragged, down ? over.nextSibling : over);
    moved();
  });
  const drop = () => {
    dragged?.classList.remove("dragged");
    dragged = null;
  };
  form.addEventListener("pointerup", drop);
  form.addEventListener("pointercancel", drop);

  window.addEventListener("beforeunload", (event) => {
    if (!unsaved.hidden && form.dataset.sent !== "yes") event.preventDefault();
  });
  renumber();
}
