// Runs before the first paint, so that a stored choice of theme never flashes in the other one.
(() => {
  const root = document.documentElement;
  let theme = null;
  try {
    theme = localStorage.getItem("theme");
  } catch {
    // Storage is off: the system's choice stands.
  }
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
})();
