// The signup form, put into the page that loads this script. Without it the <noscript> link leads to the same form.
(() => {
  const form = {{ form }};
  const place = document.currentScript;
  if (!place) return;

  {{ work }}

  const host = document.createElement("div");
  host.className = "estampille-embed";
  host.lang = form.language;
  // A form with a look of its own is kept apart from the styles of the page; a bare one takes them over.
  const root = form.styles === null ? host : host.attachShadow({ mode: "open" });
  root.innerHTML = form.html;
  if (form.styles !== null) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(form.styles);
    root.adoptedStyleSheets = [sheet];
  }
  for (const [name, value] of [["position", "absolute"], ["left", "-100vw"]]) {
    root.querySelector(".estampille-trap").style.setProperty(name, value);
  }
  const element = root.querySelector("form");
  const button = root.querySelector("button");
  const make = (name, attributes, text = "") => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.textContent = text;
    return made;
  };
  const unseen = {};
  for (const [name, value] of [["version", form.version], ["pass", ""], ["work", ""], ["sure", ""]]) {
    unseen[name] = make("input", { type: "hidden", name, value });
    element.append(unseen[name]);
  }
  const status = make("p", { role: "status", class: "estampille-hint" });
  element.append(status);

  // A worker where the page allows one, else in small steps between which the page breathes.
  const apart = (pass, bits) => new Promise((resolve, reject) => {
    const code = `${work}\n${serve}\nserve();`;
    const address = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
    const worker = new Worker(address);
    worker.onmessage = ({ data }) => { worker.terminate(); URL.revokeObjectURL(address); resolve(data); };
    worker.onerror = (event) => { event.preventDefault(); reject(new Error("no worker")); };
    worker.postMessage({ pass, bits });
  });
  const here = async (pass, bits) => {
    const found = [];
    for (let part = 0; part < 16; part++) {
      const step = work()(pass, bits, part);
      let number = -1;
      while (number < 0) {
        number = step(4000);
        await new Promise((resolve) => setTimeout(resolve));
      }
      found.push(number);
    }
    return found.join(".");
  };
  let working = Promise.resolve();
  const toil = (pass, bits) => {
    unseen.pass.value = pass;
    unseen.work.value = "";
    if (!bits) return;
    const numbers = new Promise((resolve) => resolve(apart(pass, bits))).catch(() => here(pass, bits));
    working = numbers.then((found) => { unseen.work.value = found; });
  };

  // The pass says that the form was shown, and the work begins while the reader types. A page that is not among the form's
  // own gets none, and the form is sent as it is.
  const drawn = new URLSearchParams(form.query);
  drawn.set("version", form.version);
  const handed = fetch(`${form.page}/pass?${drawn}`, { credentials: "omit" })
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error("no pass"))))
    .then(({ pass, bits }) => toil(pass, bits))
    .catch(() => {});

  const asJson = () => {
    const body = {};
    for (const [name, value] of new FormData(element)) {
      if (name === "lists") (body.lists ??= []).push(value);
      else body[name] = value;
    }
    return JSON.stringify(body);
  };

  const clear = () => {
    for (const old of root.querySelectorAll(".estampille-problem, .estampille-warning, .estampille-instead")) old.remove();
    for (const old of root.querySelectorAll("[aria-invalid]")) {
      old.removeAttribute("aria-invalid");
      old.removeAttribute("aria-describedby");
    }
  };
  const show = (errors) => {
    let first = null;
    for (const { field, message } of errors) {
      const named = element.elements[field];
      const input = named instanceof RadioNodeList ? named[0] : named;
      if (!input) continue;
      const id = `estampille-wrong-${field.replace(/[^a-z0-9]/gi, "-")}`;
      const line = make("p", { class: "estampille-problem", id }, message);
      (input.closest("fieldset, .estampille-field") ?? element).append(line);
      const wrong = input.closest("fieldset") ?? input;
      wrong.setAttribute("aria-invalid", "true");
      wrong.setAttribute("aria-describedby", id);
      first ??= input;
    }
    element.prepend(make("p", { class: "estampille-warning", role: "alert" }, form.words.problems));
    first?.focus();
  };
  const offer = (meant) => {
    const other = make("button", { type: "button", class: "estampille-button estampille-quiet estampille-instead" },
      form.words.instead.replace("%", meant));
    other.addEventListener("click", () => {
      element.elements.address.value = meant;
      unseen.sure.value = meant;
      element.requestSubmit();
    });
    button.after(other);
    unseen.sure.value = element.elements.address.value;
  };

  const done = () => {
    if (form.redirect) return location.assign(form.redirect);
    const answer = make("div", { class: "estampille-done", role: "status", tabindex: "-1" });
    answer.append(make("h2", {}, form.words.done), make("p", {}, form.words.line));
    root.querySelector(".estampille").replaceChildren(answer);
    answer.focus();
  };
  const post = () => fetch(`${form.page}${form.query}`, {
    method: "POST", headers: { "content-type": "application/json" }, body: asJson(), credentials: "omit",
  });
  const send = async () => {
    await handed;
    await working;
    let answer = await post();
    let body = await answer.json();
    for (let more = 0; answer.status === 428 && more < 3; more++) {
      status.textContent = form.words.working;
      toil(body.pass, body.bits);
      await working;
      answer = await post();
      body = await answer.json();
    }
    status.textContent = "";
    if (answer.status === 202) return done();
    clear();
    show(body.errors ?? [{ field: "address", message: body.detail ?? form.words.trouble }]);
    if (body.did_you_mean) offer(body.did_you_mean);
  };

  element.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    try {
      await send();
    } catch {
      // This page's origin is not among those allowed for the form, or the answer was lost: the form's own page takes over.
      HTMLFormElement.prototype.submit.call(element);
    } finally {
      button.disabled = false;
    }
  });

  place.after(host);
})();
