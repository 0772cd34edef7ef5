// Moves an appointment with the mouse: dragged onto a free place of the day, and moved once the
// question is answered. By keyboard the appointment's own page does the same.
const question = document.getElementById("umsetzen");
if (question) {
  let dragged;

  const over = (event) => dragged && event.target.closest?.("td[data-start]");

  /** The start under the mouse: the place's first instant, and as many steps as the mouse is below. */
  function start(place, event) {
    const { top, height } = place.getBoundingClientRect();
    const step = Number(place.closest("table").dataset.step);
    const below = ((event.clientY - top) / height) * Number(place.dataset.minutes);
    return new Date(Date.parse(place.dataset.start) + Math.max(0, Math.floor(below / step)) * step * 60_000);
  }

  function mark(place) {
    for (const marked of document.querySelectorAll(".grid__target")) marked.classList.remove("grid__target");
    place?.classList.add("grid__target");
  }

  document.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.("a[data-move]");
    if (dragged) event.dataTransfer.effectAllowed = "move";
  });

  document.addEventListener("dragover", (event) => {
    const place = over(event);
    if (place) event.preventDefault();
    mark(place);
  });

  document.addEventListener("drop", (event) => {
    const place = over(event);
    mark();
    if (!place) return;
    event.preventDefault();
    const form = question.querySelector("form");
    const at = start(place, event);
    const counter = place.closest("table").tHead.rows[0].cells[column(place)].innerText;
    form.action = dragged.dataset.move;
    form.elements.start.value = at.toISOString().replace(".000", "");
    form.elements.schalter.value = place.dataset.counter;
    const first = place.innerText.slice(0, 5);
    const clock = new Date(Date.parse(`1970-01-01T${first}:00Z`) + (at - Date.parse(place.dataset.start)));
    const time = clock.toISOString().slice(11, 16);
    question.querySelector("[data-moving]").innerText =
      `${dragged.dataset.name}: von ${dragged.dataset.clock} Uhr auf ${time} Uhr, ${counter}.`;
    question.showModal();
  });

  document.addEventListener("dragend", () => {
    dragged = undefined;
    mark();
  });

  /** The counter's column: tables with row spans have no cell index that tells it. */
  function column(place) {
    const { left } = place.getBoundingClientRect();
    const heads = [...place.closest("table").tHead.rows[0].cells];
    return heads.findLastIndex((head) => head.getBoundingClientRect().left <= left + 1);
  }

  question.querySelector("[data-close]").addEventListener("click", () => question.close());
}
