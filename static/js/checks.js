// Y or N answers the question that has the focus and goes on to the next one.
// Nothing here answers two questions, and a key held down answers one.
const form = document.querySelector("[data-ask]");
const questions = [...form.querySelectorAll("[role=radiogroup]")];
const ANSWERS = { y: "yes", n: "no" };

form.addEventListener("keydown", (event) => {
  const question = event.target.closest("[role=radiogroup]");
  const answer = ANSWERS[event.key.toLowerCase()];
  const modified = event.ctrlKey || event.altKey || event.metaKey;
  if (!question || !answer || modified || event.repeat) return;
  event.preventDefault();
  const chosen = question.querySelector(`input[value=${answer}]`);
  chosen.click();
  onward(question, chosen);
});

function onward(question, chosen) {
  const note = question.parentElement.querySelector(".app-query__note input");
  const next = questions[questions.indexOf(question) + 1];
  if (note && "unsafe" in chosen.dataset) note.focus();
  else if (next) next.querySelector("input").focus();
  else form.querySelector("[type=submit]").focus();
}

if (!document.querySelector(".nhsuk-error-summary")) {
  questions[0].querySelector("input").focus();
}
