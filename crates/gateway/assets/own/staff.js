// Shows a colleague's booking without a reload: the day is fetched anew when the town has changed.
const day = document.getElementById("tag");
if (day && window.htmx) {
  let known;
  new EventSource(day.dataset.puls).addEventListener("puls", ({ data }) => {
    if (known && known !== data) {
      htmx.ajax("GET", location.href, { target: "#tag", select: "#tag", swap: "outerHTML" });
    }
    known = data;
  });
}
