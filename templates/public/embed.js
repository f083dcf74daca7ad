// The signup form, built into the page that loads this script. Without it the <noscript> link leads to the same form.
(() => {
  const form = {{ form }};
  const place = document.currentScript;
  if (!place) return;

  const make = (name, attributes = {}, ...children) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (value !== false && value !== undefined) element.setAttribute(key, value === true ? "" : value);
    }
    element.append(...children);
    return element;
  };
  const id = (name) => `estampille-${form.page.slice(-12)}-${name}`;

  const problems = {};
  const field = (name, label, attributes) => {
    problems[name] = make("span", { id: id(`${name}-problem`), role: "alert", class: "estampille-problem" });
    const input = make("input", { id: id(name), name, "aria-describedby": id(`${name}-problem`), ...attributes });
    const caption = make("label", { for: id(name) }, label);
    return make("p", { class: "estampille-field" }, ...(attributes.type === "checkbox" ? [input, " ", caption] : [caption, make("br"), input]), make("br"), problems[name]);
  };

  const trap = make("p", { "aria-hidden": "true", style: "position:absolute;left:-100vw" },
    make("label", {}, form.words.trap, " ", make("input", { name: form.trap, tabindex: "-1", autocomplete: "off" })));
  const element = make("form", { class: "estampille-form", method: "post", action: form.page, lang: form.language, "aria-label": form.title },
    make("h2", {}, form.title),
    field("address", form.words.address, { type: "email", required: true, autocomplete: "email" }),
    ...form.fields.map((asked) => field(`attributes[${asked.name}]`,
      asked.required ? asked.label : `${asked.label} (${form.words.optional})`, { type: "text", required: asked.required })),
    ...(form.consent ? [field("consent", form.consent, { type: "checkbox", required: true, value: "on" })] : []),
    trap,
    make("p", {}, make("button", { type: "submit" }, form.words.submit)));

  const asJson = () => {
    const body = { attributes: {} };
    for (const [name, value] of new FormData(element)) {
      const attribute = /^attributes\[(.*)\]$/.exec(name);
      if (attribute) body.attributes[attribute[1]] = value;
      else body[name] = name === "consent" ? true : value;
    }
    return JSON.stringify(body);
  };

  const show = (errors) => {
    for (const [name, line] of Object.entries(problems)) {
      const error = errors.find((one) => one.field === name);
      line.textContent = error ? error.message : "";
      element.elements[name]?.setAttribute("aria-invalid", error ? "true" : "false");
    }
    element.elements[errors[0]?.field]?.focus();
  };

  const done = () => {
    if (form.redirect) return location.assign(form.redirect);
    const answer = make("div", { class: "estampille-done", role: "status", tabindex: "-1", lang: form.language },
      make("h2", {}, form.words.done), make("p", {}, form.words.line));
    element.replaceWith(answer);
    answer.focus();
  };

  element.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = element.querySelector("button");
    button.disabled = true;
    try {
      const answer = await fetch(form.page, {
        method: "POST", headers: { "content-type": "application/json" }, body: asJson(), credentials: "omit",
      });
      if (answer.status === 202) return done();
      const problem = await answer.json();
      show(problem.errors ?? [{ field: "address", message: problem.detail ?? form.words.trouble }]);
    } catch {
      // This page's origin is not among those allowed for the form: the form's own page takes over.
      HTMLFormElement.prototype.submit.call(element);
    } finally {
      button.disabled = false;
    }
  });

  place.after(element);
})();
