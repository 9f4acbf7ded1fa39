// Fetches a picture to read, and another one when it cannot be read.

const box = document.querySelector("[data-captcha]");

if (box) {
  const form = box.closest("form");
  const image = box.querySelector("img");
  const draw = async () => {
    const body = new FormData();
    body.append("csrf_token", form.elements.csrf_token?.value ?? "");
    try {
      const answer = await fetch(box.dataset.captcha, { method: "POST", body, headers: { Accept: "application/json" } });
      const told = await answer.json();
      if (!answer.ok) throw new Error(told.message);
      form.elements.captcha_id.value = told.id;
      form.elements.captcha.value = "";
      image.src = told.image;
      image.hidden = false;
    } catch (problem) {
      image.alt = problem.message;
      image.hidden = false;
    }
  };
  box.querySelector("button").addEventListener("click", draw);
  draw();
}
