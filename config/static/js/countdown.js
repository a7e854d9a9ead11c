// <span data-expires-in="57" hidden> counts the seconds down; at the end the page is asked for again and says what now.
// Counted from when the page arrived, because the clock of a device may be wrong.
for (const label of document.querySelectorAll("[data-expires-in]")) {
  const end = performance.now() + Number(label.dataset.expiresIn) * 1000;
  const tick = () => {
    const left = Math.ceil((end - performance.now()) / 1000);
    if (left <= 0) {
      location.reload();
      return;
    }
    label.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    label.hidden = false;
    setTimeout(tick, 1000);
  };
  tick();
}
