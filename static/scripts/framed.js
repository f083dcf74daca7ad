// The form inside a frame of another page: tells the page how high it is, and takes over the page's letters. Only pages of
// the form's own origins are told.
const { form, origins } = document.getElementById("framed").dataset;
const known = [...origins.split(" ").filter(Boolean), location.origin];
const above = window.location.ancestorOrigins;
const targets = above ? [...above].slice(0, 1).filter((origin) => known.includes(origin)) : known;

const tell = () => {
  const height = Math.ceil(document.body.getBoundingClientRect().height);
  for (const target of targets) window.parent.postMessage({ estampille: form, height }, target);
};

if (window.parent !== window) {
  new ResizeObserver(tell).observe(document.body);
  window.addEventListener("message", ({ data, origin }) => {
    if (!known.includes(origin) || data?.estampille !== "page") return;
    document.documentElement.classList.add("estampille-fitted");
    if (typeof data.font === "string") document.body.style.setProperty("--page-font", data.font);
    tell();
  });
}
