// The form's own page. When the form is flooded, the machine works while the reader types; without this script, and when
// it cannot work, the page works too: then the reader waits.
const place = document.querySelector("[data-bits]");
const form = place?.querySelector("form");
const bits = Number(place?.dataset.bits);

if (form && bits > 0) {
  const status = document.createElement("p");
  status.setAttribute("role", "status");
  status.className = "estampille-hint";
  form.append(status);
  const isAlone = "alone" in place.dataset;
  const worker = new Worker(new URL("./work.js", import.meta.url));
  let numbers, waiting;

  const goOn = () => {
    form.elements.work.value = numbers;
    status.textContent = "";
    if (isAlone || waiting !== undefined) form.requestSubmit(waiting ?? null);
  };
  worker.addEventListener("message", ({ data }) => { numbers = data; worker.terminate(); goOn(); });
  worker.addEventListener("error", () => {
    numbers = "";
    for (const line of place.querySelectorAll("[data-wait]")) line.hidden = false;
    if (waiting !== undefined) goOn();
    status.textContent = "";
  });
  worker.postMessage({ pass: form.elements.pass.value, bits });

  form.addEventListener("submit", (event) => {
    if (numbers !== undefined) return;
    event.preventDefault();
    waiting = event.submitter;
    status.textContent = place.dataset.working;
  });
  if (isAlone) {
    status.textContent = place.dataset.working;
    for (const line of place.querySelectorAll("[data-wait]")) line.hidden = true;
  }
}
