// With scripts a changed choice takes effect at once, so its button is not needed.
if (window.htmx) {
  document.documentElement.classList.add("enhanced");
}
