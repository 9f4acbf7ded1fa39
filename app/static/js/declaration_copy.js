// A copy of what could not be saved, kept in this browser until it is; cleared when its owner logs out (page.js).

export const PREFIX = "shenbao:copy:";

/** The copy of one section for one person. */
export class Copy {
  constructor({ account, declaration, sectionKey }) {
    this.own = `${PREFIX}${account}:`;
    this.key = `${this.own}${declaration}:${sectionKey}`;
    this.forgetOthers();
  }

  /** Nobody finds what someone else typed on a shared computer. */
  forgetOthers() {
    attempt(() => {
      for (const key of Object.keys(localStorage)) {
        if (key.startsWith(PREFIX) && !key.startsWith(this.own)) localStorage.removeItem(key);
      }
    });
  }

  keep(revision, values) {
    attempt(() => localStorage.setItem(this.key, JSON.stringify({ revision, values, at: Date.now() })));
  }

  read() {
    return attempt(() => JSON.parse(localStorage.getItem(this.key)));
  }

  drop() {
    attempt(() => localStorage.removeItem(this.key));
  }
}

/** Storage may be full or forbidden: saving to the server does not depend on it. */
function attempt(action) {
  try {
    return action() ?? null;
  } catch {
    return null;
  }
}
