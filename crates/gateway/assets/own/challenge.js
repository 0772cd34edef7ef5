// Solves the town's challenge while somebody chooses or checks, and sends the solution along with the
// form that takes a place. A form that is sent too early waits for it; without a solution it goes as
// it would without scripts.
const status = document.getElementById("aufgabe");
const plain = status.textContent;
let solution;
let ready;

const say = (text) => {
  if (status.textContent !== text) {
    status.textContent = text;
  }
};

/** When the challenge ends, in milliseconds, as its salt tells. */
const expiry = ({ salt }) => Number(new URLSearchParams(salt.split("?")[1]).get("expires")) * 1000;

/** The number that is hidden in the challenge. */
const find = (challenge) =>
  new Promise((resolve, reject) => {
    const worker = new Worker(status.dataset.worker);
    worker.onmessage = ({ data }) => (worker.terminate(), resolve(data));
    worker.onerror = (error) => (worker.terminate(), reject(error));
    worker.postMessage(challenge);
  });

/** The solution as the form sends it, or nothing where there is none. */
const solve = async () => {
  say(status.dataset.working);
  const answer = await fetch(status.dataset.challenge);
  if (answer.status === 204) {
    return { payload: "", until: Infinity };
  }
  const { algorithm, challenge, salt, signature, maxnumber } = await answer.json();
  const started = performance.now();
  const number = await find({ algorithm, challenge, salt, maxnumber });
  const took = Math.round(performance.now() - started);
  const payload = btoa(JSON.stringify({ algorithm, challenge, number, salt, signature, took }));
  return { payload, until: expiry({ salt }) };
};

const begin = () => {
  ready = undefined;
  solution = solve()
    .then((own) => (say(status.dataset.ready), own))
    .catch(() => (say(plain), { payload: "", until: Infinity }))
    .then((own) => (ready = own));
};

const attach = (form, { payload }) => {
  const field = document.createElement("input");
  Object.assign(field, { type: "hidden", name: "nachweis", value: payload });
  form.append(field);
};

document.addEventListener("submit", async (event) => {
  const { target: form, submitter } = event;
  if (!form.matches("form[data-proof]") || form.elements.nachweis) {
    return;
  }
  // A minute in hand, so that it does not end on its way.
  const isLate = ready && ready.until < Date.now() + 60_000;
  if (ready && !isLate) {
    attach(form, ready);
    return;
  }
  event.preventDefault();
  if (isLate) begin();
  say(status.dataset.waiting);
  attach(form, await solution);
  form.requestSubmit(submitter);
});

// Who comes back finds the page as it was left; its solution is used up.
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) {
    document.querySelectorAll("input[name=nachweis]").forEach((field) => field.remove());
    begin();
  }
});

begin();
