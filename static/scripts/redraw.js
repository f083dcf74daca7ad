// Redraws the planned curve while the schedule is being changed; without this the Redraw button does it.
const form = document.getElementById("schedule");
const place = document.getElementById("planned");
const button = document.getElementById("redraw");

if (form && place && button) {
  button.hidden = true;
  let waiting;
  let asked = 0;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const mine = ++asked;
      const fields = new FormData(form);
      fields.delete("csrf");
      const answer = await fetch(`${place.dataset.source}?${new URLSearchParams(fields)}`);
      const html = await answer.text();
      if (answer.ok && mine === asked) place.innerHTML = html;
    }, 250);
  });
}
