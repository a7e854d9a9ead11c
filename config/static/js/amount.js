// Amounts: <input data-amount data-decimals="2">, in a form that may choose the wallet by radios with data-asset.
// On leaving the field "1250,4" becomes "1.250,40" in the reader's way of writing, so that they see what was understood.
// What can't be understood for certain stays as typed; the server decides and says what is wrong.
const parts = new Intl.NumberFormat(document.documentElement.lang || "en").formatToParts(-12345678.9);
const sign = (type, otherwise) => parts.find((part) => part.type === type)?.value ?? otherwise;
const POINT = sign("decimal", ".");
const GROUP = sign("group", ",").replace(/[\u00a0\u202f]/, " ");

// The digits of a typed amount as [whole, fraction], or null when in doubt.
const read = (typed) => {
  const text = typed.trim().replace(/[\u00a0\u202f]/g, " ");
  const foreign = POINT === "," ? "." : ",";
  // A number pad may offer only the other sign: one of it, not before a group of three, was meant as the point.
  const swapped = text.match(new RegExp(`^(\\d+)\\${foreign}(\\d{1,2}|\\d{4,})$`));
  if (swapped) return [swapped[1], swapped[2]];
  const [whole, fraction = "", ...rest] = text.split(POINT);
  const groups = whole.split(GROUP);
  if (rest.length || !/^\d*$/.test(fraction) || !groups.every((group) => /^\d+$/.test(group))) return null;
  if (groups.length > 1 && (groups[0].length > 3 || groups.slice(1).some((group) => group.length !== 3))) return null;
  return [groups.join(""), fraction];
};

const write = ([whole, fraction], decimals) => {
  const digits = whole.replace(/^0+(?=\d)/, "").replace(/\B(?=(\d{3})+(?!\d))/g, GROUP);
  return decimals ? digits + POINT + fraction.padEnd(decimals, "0") : digits;
};

// A long amount steps down in size, as amount_field.css says, so that no digit is cut off.
const fit = (input) => {
  const length = input.value.length;
  input.dataset.length = length >= 14 ? "longer" : length >= 9 ? "long" : "";
};

document.addEventListener("input", (event) => {
  if (event.target.matches("[data-amount]")) fit(event.target);
});

document.addEventListener("change", (event) => {
  const changed = event.target;
  if (changed.matches("[data-amount]")) {
    const decimals = Number(changed.dataset.decimals ?? 2);
    const amount = read(changed.value);
    if (amount && amount[1].length <= decimals) changed.value = write(amount, decimals);
    fit(changed);
  } else if (changed.matches("[data-asset]")) {
    const option = changed.selectedOptions?.[0] ?? changed;
    const box = changed.form?.querySelector(".amount-box");
    if (!box) return;
    box.querySelector(".amount-unit").textContent = option.dataset.asset;
    const input = box.querySelector("[data-amount]");
    input.dataset.decimals = option.dataset.decimals;
    input.placeholder = write(["0", ""], Number(option.dataset.decimals));
  }
});
