// Proofs that the browser gets from elsewhere. Their forms are shown where that is there, and sent once it has answered:
// <form data-passkey="get" or "create" hidden> with fields `token` and `credential`; what to ask the passkey for stands
// in `data-options`, or is asked of the address in `data-ask`. With `data-autofill` its passkey is also offered where the
// browser fills in a field of the page with autocomplete="... webauthn".
// <form data-ethereum="address of the nonce" hidden> with fields `message` and `signature`; the server writes the message,
// the wallet shows and signs it.
class Refusal extends Error {}

const ask = async (address, content) => {
  const answer = await fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Accept-Language": document.documentElement.lang },
    body: JSON.stringify(content),
  });
  const said = await answer.json();
  if (!answer.ok) throw new Refusal(said.errors?.[0]?.detail ?? said.detail);
  return said;
};

const knowsPasskeys =
  window.PublicKeyCredential?.parseRequestOptionsFromJSON && window.PublicKeyCredential?.parseCreationOptionsFromJSON;

const answerByPasskey = async (form, manner = {}) => {
  const { token, options } = form.dataset.options
    ? { token: form.elements.token.value, options: JSON.parse(form.dataset.options) }
    : await ask(form.dataset.ask, {});
  const credential =
    form.dataset.passkey === "create"
      ? await navigator.credentials.create({
          publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options.publicKey),
        })
      : await navigator.credentials.get({
          publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options.publicKey),
          ...manner,
        });
  form.elements.token.value = token;
  form.elements.credential.value = JSON.stringify(credential.toJSON());
};

// What a passkey is asked for is good for five minutes, and a browser has one question open at a time: an offer is made anew
// before it is too old, in a page that somebody looks at, and withdrawn while the person is asked by a button.
const OFFER_MS = 240_000;
const offer = { form: null, made: 0, open: null };

const withdrawOffer = () => {
  offer.open?.abort();
  offer.open = null;
};

const makeOffer = async () => {
  withdrawOffer();
  const mine = (offer.open = new AbortController());
  offer.made = Date.now();
  try {
    await answerByPasskey(offer.form, { mediation: "conditional", signal: mine.signal });
  } catch {
    return; // withdrawn, or there is nothing to offer: the button and the password are there
  }
  if (offer.open === mine) offer.form.submit();
};

const renewOffer = () => {
  if (offer.open && !document.hidden && Date.now() - offer.made > OFFER_MS) makeOffer();
};

const offerByAutofill = async (form) => {
  if (!form || !(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  offer.form = form;
  setInterval(renewOffer, 10_000);
  document.addEventListener("visibilitychange", renewOffer);
  makeOffer();
};

let wallet = window.ethereum;

const hex = (text) => "0x" + Array.from(new TextEncoder().encode(text), (byte) => byte.toString(16).padStart(2, "0")).join("");

const signByWallet = async (form) => {
  const [address] = await wallet.request({ method: "eth_requestAccounts" });
  const chain = await wallet.request({ method: "eth_chainId" });
  const { message } = await ask(form.dataset.ethereum, { address, chain_id: Number(chain) });
  form.elements.message.value = message;
  form.elements.signature.value = await wallet.request({ method: "personal_sign", params: [hex(message), address] });
};

const say = (form, words) => {
  const line = form.querySelector("[role=alert]");
  line.textContent = words;
  line.hidden = !words;
};

const setBusy = (button, busy) => {
  button.disabled = busy;
  if (busy) button.setAttribute("aria-busy", "true");
  else button.removeAttribute("aria-busy");
};

// Only our own words: browsers say no more than that it did not work, so that pages learn nothing of who has which
// passkey, and wallets say anything. 4001 is a wallet whose person said no (EIP-1193).
const explain = (form, error) => {
  if (error.code === 4001) return form.dataset.declined;
  return (error instanceof Refusal && error.message) || form.dataset.failed;
};

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-passkey], [data-ethereum]")) return;
  event.preventDefault();
  const button = form.querySelector("button");
  if (button.disabled) return;
  setBusy(button, true);
  say(form, "");
  withdrawOffer();
  try {
    await (form.matches("[data-passkey]") ? answerByPasskey(form) : signByWallet(form));
    form.submit(); // without another event
  } catch (error) {
    say(form, explain(form, error));
    setBusy(button, false);
    if (offer.form) makeOffer();
  }
});

// Back brings the page as it was left, with the button still asleep.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const button of document.querySelectorAll(":is([data-passkey], [data-ethereum]) button[aria-busy]")) setBusy(button, false);
});

const show = (forms) => {
  for (const form of document.querySelectorAll(forms)) form.hidden = false;
};

// Wallets introduce themselves (EIP-6963), some late; an older one is simply there.
window.addEventListener("eip6963:announceProvider", (event) => {
  wallet ??= event.detail.provider;
  show("form[data-ethereum]");
});
window.dispatchEvent(new Event("eip6963:requestProvider"));
if (wallet) show("form[data-ethereum]");
if (knowsPasskeys) {
  show("form[data-passkey]");
  offerByAutofill(document.querySelector("form[data-passkey=get][data-autofill]"));
}
