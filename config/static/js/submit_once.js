// A form with data-submit-once is sent once: a second click finds its button asleep.
// The server refuses doubles as well; this only spares people the wait and the doubt.
const release = (form) => {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll("[aria-busy]")) {
    button.removeAttribute("aria-busy");
    button.disabled = false;
  }
};

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-submit-once]")) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  const button = event.submitter;
  // After the event, because a button that is disabled during it is left out of what is sent.
  setTimeout(() => {
    if (event.defaultPrevented && !form.matches("[hx-post], [hx-boost]")) {
      release(form);
    } else if (button) {
      button.setAttribute("aria-busy", "true");
      button.disabled = true;
    }
  });
});

// Back brings the page as it was left, with the button still asleep.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("form[data-sent]").forEach(release);
});

document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target.closest?.("form[data-sent]");
  if (form) release(form);
});
