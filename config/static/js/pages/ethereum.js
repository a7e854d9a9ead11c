// Sign-In with Ethereum: <form data-ethereum="address of the nonce" hidden> with hidden fields `message` and
// `signature`, shown where the browser has a wallet. The server writes the message; the wallet shows and signs it.
let wallet = window.ethereum;

const show = () => {
  for (const form of document.querySelectorAll("form[data-ethereum]")) form.hidden = false;
};

const say = (form, words) => {
  const line = form.querySelector("[role=alert]");
  line.textContent = words;
  line.hidden = !words;
};

const hex = (text) => "0x" + Array.from(new TextEncoder().encode(text), (byte) => byte.toString(16).padStart(2, "0")).join("");

const sign = async (form) => {
  const [address] = await wallet.request({ method: "eth_requestAccounts" });
  const chain = await wallet.request({ method: "eth_chainId" });
  const answer = await fetch(form.dataset.ethereum, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Accept-Language": document.documentElement.lang },
    body: JSON.stringify({ address, chain_id: Number(chain) }),
  });
  const content = await answer.json();
  if (!answer.ok) throw new Error(content.errors?.[0]?.detail ?? content.detail);
  form.elements.message.value = content.message;
  form.elements.signature.value = await wallet.request({ method: "personal_sign", params: [hex(content.message), address] });
};

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-ethereum]")) return;
  event.preventDefault();
  const button = form.querySelector("button");
  if (button.disabled) return;
  button.disabled = true;
  button.setAttribute("aria-busy", "true");
  say(form, "");
  try {
    await sign(form);
    form.submit(); // without another event
  } catch (error) {
    // 4001: the person said no in their wallet. Other errors of a wallet are in its own words, which may be any.
    say(form, error.code === 4001 ? form.dataset.declined : error.code || !error.message ? form.dataset.failed : error.message);
    button.disabled = false;
    button.removeAttribute("aria-busy");
  }
});

window.addEventListener("pageshow", (event) => {
  const stale = event.persisted ? document.querySelectorAll("form[data-ethereum] button[aria-busy]") : [];
  for (const button of stale) {
    button.disabled = false;
    button.removeAttribute("aria-busy");
  }
});

// Wallets introduce themselves (EIP-6963), some late; an older one is simply there.
window.addEventListener("eip6963:announceProvider", (event) => {
  wallet ??= event.detail.provider;
  show();
});
window.dispatchEvent(new Event("eip6963:requestProvider"));
if (wallet) show();
