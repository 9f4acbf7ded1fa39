// Fetches a picture to read, another one when it cannot be read, and one that is also said aloud.

const box = document.querySelector("[data-captcha]");

if (box) {
  const form = box.closest("form");
  const image = box.querySelector("img");

  const fetchFrom = async (address) => {
    const body = new FormData();
    body.append("csrf_token", form.elements.csrf_token?.value ?? "");
    const answer = await fetch(address, { method: "POST", body, headers: { Accept: "application/json" } });
    const told = await answer.json();
    if (!answer.ok) throw new Error(told.message);
    form.elements.captcha_id.value = told.id;
    form.elements.captcha.value = "";
    image.src = told.image;
    return told;
  };

  const draw = async (address) => {
    try {
      const told = await fetchFrom(address);
      if (told.sound) await new Audio(told.sound).play();
    } catch (problem) {
      image.alt = problem.message;
    }
    image.hidden = false;
  };

  const drawAndType = async (address) => {
    await draw(address);
    form.elements.captcha.focus();
  };

  box.querySelector("[data-draw]").addEventListener("click", () => drawAndType(box.dataset.captcha));
  box.querySelector("[data-speak]").addEventListener("click", () => drawAndType(box.dataset.spoken));
  document.addEventListener("captcha:used", () => draw(box.dataset.captcha));
  draw(box.dataset.captcha);
}
