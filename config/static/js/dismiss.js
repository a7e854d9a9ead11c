// <button data-dismiss> puts away the toast or notice it stands in, and gives the focus to the page again.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-dismiss]");
  if (!button) return;
  button.closest("[data-dismissible]")?.remove();
  document.querySelector("main")?.focus({ preventScroll: true });
});
