// Filters that apply at once: a select or a checkbox in <form data-apply-on-change> sends its form.
document.addEventListener("change", (event) => {
  if (event.target.form?.matches("[data-apply-on-change]")) event.target.form.requestSubmit();
});
