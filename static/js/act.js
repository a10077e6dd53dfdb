// Sends a console form without leaving the page and shows the answer beside
// its control. Without scripts the same form is an ordinary POST.
export async function send(form, submitter) {
  const body = new FormData(form, submitter);
  const answer = await fetch(form.action, {
    method: "POST", body, headers: { Accept: "application/json" }, credentials: "same-origin",
  });
  const said = await answer.json().catch(() => ({ text: `The server answered ${answer.status}; nothing is known to have changed.` }));
  return { ok: answer.ok, ...said };
}

export function say(form, ok, text) {
  const place = form.querySelector("[data-answer]");
  place.textContent = text;
  place.classList.toggle("app-answer--no", !ok);
}

// What became of a command: the supervisor carries it to the stimulator.
export async function outcome(url, tries = 14) {
  for (let turn = 0; turn < tries; turn++) {
    await new Promise((resume) => setTimeout(resume, 500));
    const answer = await fetch(url, { headers: { Accept: "application/json" } }).catch(() => null);
    const said = answer?.ok ? await answer.json() : null;
    if (said && !said.open) return said;
  }
  return { done: false, text: "No answer from the stimulator yet. Look at the figures." };
}
