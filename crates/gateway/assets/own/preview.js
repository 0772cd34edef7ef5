// Shows the town's first page in the colour that is being chosen, while it is chosen.
const field = document.getElementById("branding.color");
const frame = document.getElementById("vorschau-seite");
let waiting;

function show() {
  const theme = frame.contentDocument?.querySelector("link[href*='/vorschau.css']");
  if (!theme) return;
  const address = new URL(theme.href);
  address.searchParams.set("farbe", field.value.slice(1));
  if (address.href !== theme.href) theme.href = address.href;
}

field.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(show, 60);
});
// Whoever chooses before the page is there sees it in that colour, too.
frame.addEventListener("load", show);
