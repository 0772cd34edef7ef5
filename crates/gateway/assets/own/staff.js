// Keeps an open day true without a reload: it is fetched anew when the town has changed, and the line
// of the present instant moves along.
const day = document.getElementById("tag");
if (day && window.htmx) {
  let known = day.dataset.known;
  new EventSource(day.dataset.puls).addEventListener("puls", ({ data }) => {
    if (known !== data) {
      const anew = { target: "#tag", select: "#tag", swap: "outerHTML" };
      // Whom the list is searched for stands in the form, not in the address.
      const seek = document.getElementById(day.dataset.seek);
      if (seek) {
        const values = { formular: seek.elements.formular.value, q: seek.elements.q.defaultValue };
        htmx.ajax("POST", seek.action, { ...anew, values });
      } else {
        htmx.ajax("GET", location.href, anew);
      }
    }
    known = data;
  });
}

if (day) {
  const STEP = 5;
  const LABEL_ROWS = 6;
  let told;
  let ahead;

  /** The line stands in the cell of its half hour's label, as many rows below as it is later. */
  function moveLine() {
    const table = document.querySelector("table[data-first]");
    if (!table) return;
    // By the server's clock: the browser's own may be wrong.
    if (told !== table.dataset.now) {
      told = table.dataset.now;
      ahead = Date.parse(told) - Date.now();
    }
    const minutes = Math.floor((Date.now() + ahead - Date.parse(table.dataset.first)) / 60_000);
    const row = Math.floor(minutes / STEP);
    const label = table.querySelectorAll(".grid__time")[Math.floor(row / LABEL_ROWS)];
    const line = table.querySelector(".now") ?? document.createElement("span");
    if (!label) {
      line.remove();
      return;
    }
    const [hour, minute] = label.firstChild.textContent.split(":");
    const later = String(Number(minute) + (minutes % (STEP * LABEL_ROWS))).padStart(2, "0");
    const words = document.createElement("span");
    words.className = "kern-sr-only";
    words.textContent = `, jetzt ${hour}:${later}`;
    line.className = `now now--${row % LABEL_ROWS}`;
    line.replaceChildren(words);
    label.append(line);
  }

  setInterval(moveLine, 20_000);
  document.addEventListener("visibilitychange", moveLine);
}
