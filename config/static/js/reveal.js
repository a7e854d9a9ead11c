// Controls that do nothing without scripts are hidden in the page and shown here: <button data-scripted hidden>.
const reveal = (root) => {
  for (const element of root.querySelectorAll("[data-scripted][hidden]")) element.hidden = false;
};

reveal(document);
document.addEventListener("htmx:load", (event) => reveal(event.target.parentElement ?? document));
