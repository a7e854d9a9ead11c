// Fills <input type="hidden" data-timezone> with the browser's time zone.
for (const input of document.querySelectorAll("input[data-timezone]")) {
  input.value ||= Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
}
