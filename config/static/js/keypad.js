// A till's keypad: <div data-keypad="<id of the amount>"><button data-key="7">, data-key="point", data-key="back".
// It types into the amount as fingers would; the field itself stays what is sent.
const sign = (type) =>
  new Intl.NumberFormat(document.documentElement.lang || "en").formatToParts(12345.6).find((part) => part.type === type)?.value;
const POINT = sign("decimal") ?? ".";
const GROUP = sign("group") ?? ",";
const LONGEST = 12; // digits

const prepare = (root) => {
  for (const keypad of root.querySelectorAll("[data-keypad]")) {
    keypad.querySelector('[data-key="point"]').textContent = POINT;
    // Fingers have this keypad: the device's own would cover it.
    if (matchMedia("(pointer: coarse)").matches) document.getElementById(keypad.dataset.keypad).inputMode = "none";
  }
};

const typed = (text, key, decimals) => {
  const [whole, fraction] = text.split(POINT);
  if (key === "back") return text.slice(0, -1);
  if (key === "point") return decimals && fraction === undefined ? (whole || "0") + POINT : text;
  if (fraction?.length >= decimals || text.length >= LONGEST) return text;
  return text === "0" ? key : text + key;
};

prepare(document);
document.addEventListener("htmx:load", (event) => prepare(event.target.parentElement ?? document));
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-keypad] [data-key]");
  if (!button) return;
  const input = document.getElementById(button.closest("[data-keypad]").dataset.keypad);
  input.value = typed(input.value.replaceAll(GROUP, ""), button.dataset.key, Number(input.dataset.decimals ?? 2));
});
