// Draws the form while one types. Without this, the button of the preview does.
const form = document.getElementById("form-editor");
const button = document.getElementById("form-preview-button");
const frame = document.getElementById("form-preview");

const fit = () => {
  const height = frame.contentDocument?.body?.scrollHeight;
  // The edge of the frame: its border and padding.
  if (height) frame.style.height = `${height + frame.offsetHeight - frame.contentWindow.innerHeight}px`;
};
const draw = async () => {
  const answer = await fetch(button.formAction, { method: "POST", body: new URLSearchParams(new FormData(form)) });
  if (answer.ok) frame.srcdoc = await answer.text();
};

if (form && button && frame) {
  let waiting;
  frame.addEventListener("load", fit);
  window.addEventListener("resize", fit);
  form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(draw, 350); });
  for (const picker of form.querySelectorAll("input[type=color][data-for]")) {
    const field = document.getElementById(picker.dataset.for);
    picker.hidden = false;
    if (field.value) picker.value = field.value;
    picker.addEventListener("input", () => { field.value = picker.value; });
    field.addEventListener("input", () => { if (/^#[0-9a-f]{6}$/i.test(field.value)) picker.value = field.value; });
  }
  draw();
}
