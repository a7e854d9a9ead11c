// <button data-find-me> asks the browser where it is and fills the form's fields data-place="latitude" and "longitude".
// A form data-near is sent at once. Whoever says no, or whose browser can't, reads what to do instead.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-find-me]");
  if (!button) return;
  const form = button.closest("form");
  const failed = form.querySelector("[data-find-me-failed]");
  const fail = () => {
    button.removeAttribute("aria-busy");
    if (failed) failed.hidden = false;
  };
  if (!navigator.geolocation) return fail();
  button.setAttribute("aria-busy", "true");
  navigator.geolocation.getCurrentPosition(({ coords }) => {
    button.removeAttribute("aria-busy");
    for (const name of ["latitude", "longitude"]) {
      for (const field of form.querySelectorAll(`[data-place="${name}"]`)) field.value = coords[name].toFixed(6);
    }
    if (form.matches("[data-near]")) form.requestSubmit();
  }, fail, { timeout: 10000, maximumAge: 60000 });
});
