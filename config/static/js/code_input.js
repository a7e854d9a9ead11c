// A code typed by hand: on leaving <input data-code> it stands in groups of three, as the till shows it.
// What can't be a code stays as typed; the server says what is wrong with it.
document.addEventListener("change", (event) => {
  const input = event.target;
  if (!input.matches("[data-code]")) return;
  const code = input.value.replace(/[\s.\-]/g, "").toUpperCase();
  if (/^([A-HJ-NP-Z2-9]{3}){2,3}$/.test(code)) input.value = code.match(/.{3}/g).join(" ");
});
