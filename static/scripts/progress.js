// Looks every two seconds how far the campaign is, while the page can be seen; reloads it when the state has changed.
const place = document.getElementById("progress");
const state = () => place.querySelector(".state")?.className;

async function look() {
  if (!document.hidden) {
    const before = state();
    try {
      const answer = await fetch(place.dataset.source);
      if (answer.ok && !answer.redirected) {
        place.innerHTML = await answer.text();
        if (state() !== before) return location.reload();
      }
    } catch { /* The server is away for a moment; the next look finds it again. */ }
  }
  setTimeout(look, 2000);
}

if (place) setTimeout(look, 2000);
