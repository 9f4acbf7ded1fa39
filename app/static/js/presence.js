// Two officers on one declaration see each other: the open page says every 20 seconds that it is there, shows who else
// is, and what somebody did meanwhile. A page that only reads asks without saying anything.

const BEAT = 20_000;
const box = document.querySelector("[data-presence]");

if (box) {
  const { presence: address, seq, token } = box.dataset;
  const list = box.querySelector("[data-present]");
  const news = box.querySelector("[data-news]");
  const form = (more = {}) => {
    const data = new FormData();
    for (const [name, value] of Object.entries({ csrf_token: token, seq, ...more })) data.append(name, value);
    return data;
  };

  const show = (answer) => {
    list.hidden = answer.present.length === 0;
    const said = answer.present.join("；");
    if (list.firstElementChild.textContent !== said) list.firstElementChild.textContent = said;
    if (!answer.news) return;
    news.hidden = false;
    const sentence = news.querySelector("[data-sentence]");
    if (sentence.textContent !== answer.news) sentence.textContent = answer.news;
  };

  const beat = async () => {
    if (document.hidden) return;
    const asked = token
      ? fetch(address, { method: "POST", body: form(), credentials: "same-origin", headers: { Accept: "application/json" } })
      : fetch(`${address}?seq=${seq}`, { credentials: "same-origin", headers: { Accept: "application/json" } });
    try {
      const answer = await asked;
      if (answer.ok) show(await answer.json());
    } catch {
      // not reachable now: what is shown stays, the next beat asks again
    }
  };

  beat();
  setInterval(beat, BEAT);
  document.addEventListener("visibilitychange", beat);
  window.addEventListener("pageshow", (event) => event.persisted && beat());
  if (token) window.addEventListener("pagehide", () => navigator.sendBeacon(address, form({ leaving: "1" })));
}
