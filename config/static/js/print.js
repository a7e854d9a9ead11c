// <button data-print data-scripted hidden>
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});
