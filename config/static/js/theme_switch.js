// The three-way theme switch: as the system, light, dark. theme.js reads the choice on the next page.
const buttons = [...document.querySelectorAll("[data-theme-choice]")];

const show = () => {
  const theme = document.documentElement.dataset.theme ?? "";
  for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.themeChoice === theme));
  // The browser's own bars take the colour of the paper that is really shown.
  const paper = getComputedStyle(document.documentElement).backgroundColor;
  for (const meta of document.querySelectorAll('meta[name="theme-color"]')) meta.content = paper;
};

const choose = (theme) => {
  const root = document.documentElement;
  if (theme) root.dataset.theme = theme;
  else delete root.dataset.theme;
  try {
    if (theme) localStorage.setItem("theme", theme);
    else localStorage.removeItem("theme");
  } catch {
    // Storage is off: the choice holds for this page.
  }
  show();
};

for (const button of buttons) button.addEventListener("click", () => choose(button.dataset.themeChoice));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
show();
