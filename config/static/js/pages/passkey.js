// Passkeys: <form data-passkey="get" or "create" hidden> with hidden fields `token` and `credential`, shown where the
// browser knows passkeys. What to ask for stands in `data-options`, or is asked of the address in `data-ask`.
const known =
  window.PublicKeyCredential?.parseRequestOptionsFromJSON && window.PublicKeyCredential?.parseCreationOptionsFromJSON;

const say = (form, words) => {
  const line = form.querySelector("[role=alert]");
  line.textContent = words;
  line.hidden = !words;
};

const ask = async (form) => {
  if (form.dataset.options) return { token: form.elements.token.value, options: JSON.parse(form.dataset.options) };
  const answer = await fetch(form.dataset.ask, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Accept-Language": document.documentElement.lang },
    body: "{}",
  });
  const content = await answer.json();
  if (!answer.ok) throw new Error(content.detail);
  return content;
};

const answer = async (form) => {
  const { token, options } = await ask(form);
  const credential =
    form.dataset.passkey === "create"
      ? await navigator.credentials.create({
          publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options.publicKey),
        })
      : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options.publicKey) });
  form.elements.token.value = token;
  form.elements.credential.value = JSON.stringify(credential.toJSON());
};

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-passkey]")) return;
  event.preventDefault();
  const button = form.querySelector("button");
  if (button.disabled) return;
  button.disabled = true;
  button.setAttribute("aria-busy", "true");
  say(form, "");
  try {
    await answer(form);
    form.submit(); // without another event
  } catch (error) {
    // Browsers say no more than that it did not work, so that pages learn nothing of who has which passkey.
    say(form, error instanceof DOMException || !error.message ? form.dataset.failed : error.message);
    button.disabled = false;
    button.removeAttribute("aria-busy");
  }
});

if (known) for (const form of document.querySelectorAll("form[data-passkey]")) form.hidden = false;
