// A button with data-shows="<id>" shows what was typed into that password field. It hides again when the form is
// sent, so that a browser offers to save it and no password stays on the screen.
const show = (button, shown) => {
  const input = document.getElementById(button.dataset.shows);
  if (!input) return;
  input.type = shown ? "text" : "password";
  button.setAttribute("aria-pressed", String(shown));
};

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-shows]");
  if (button) show(button, button.getAttribute("aria-pressed") !== "true");
});

document.addEventListener("submit", (event) => {
  for (const button of event.target.querySelectorAll("[data-shows]")) show(button, false);
});
