// Shows the town's first page in the colour that is being chosen, while it is chosen.
const field = document.getElementById("branding.color");
const frame = document.getElementById("vorschau-seite");
let waiting;

field.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    const theme = frame.contentDocument?.querySelector("link[href*='/vorschau.css']");
    if (!theme) return;
    const address = new URL(theme.href);
    address.searchParams.set("farbe", field.value.slice(1));
    theme.href = address.href;
  }, 60);
});
