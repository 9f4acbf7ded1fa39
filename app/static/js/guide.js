// 编辑申报指南: what does not belong to the choice that was made is out of sight; without this script all of it stays.

const form = document.querySelector("form[data-guide-form]");
const due = form.querySelector("[data-county-due]");
const bodies = [...form.querySelectorAll("[data-applicants-of]")];

const show = () => {
  const chosen = form.querySelector('input[name="applicants"]:checked')?.value;
  for (const body of bodies) body.hidden = body.dataset.applicantsOf !== chosen;
  const unneeded = form.elements.county_review.value === "0";
  due.hidden = unneeded;
  due.previousElementSibling.hidden = unneeded;
};

form.addEventListener("change", show);
window.addEventListener("pageshow", show);
show();
