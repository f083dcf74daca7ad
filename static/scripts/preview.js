// Presses the Preview button while one types. Each drawing comes in a fresh frame, so that the page's history stays short.
const form = document.getElementById("compose");
const button = document.getElementById("preview-button");
const place = document.getElementById("preview-place");

function draw() {
  const old = place.querySelector("iframe");
  const fresh = old.cloneNode();
  fresh.removeAttribute("src");
  fresh.classList.add("unseen");
  old.removeAttribute("name");
  place.append(fresh);
  fresh.addEventListener("load", () => {
    if (fresh.dataset.asked !== "yes") return;
    for (const other of place.querySelectorAll("iframe")) if (other !== fresh) other.remove();
    fresh.classList.remove("unseen");
  });
  fresh.dataset.asked = "yes";
  form.requestSubmit(button);
}

if (form && button && place) {
  let waiting;
  const later = () => { clearTimeout(waiting); waiting = setTimeout(draw, 400); };
  for (const name of ["subject", "preheader", "body", "body_format"]) form.elements[name]?.addEventListener("input", later);
  if (form.elements.body?.value) draw();
}
