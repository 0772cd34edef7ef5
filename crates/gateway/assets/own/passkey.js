// Passkeys: before a form is sent, the authenticator is asked and its answer put into the form. Where
// the browser knows no passkeys, or the page has another host than they are bound to, nothing shows.
const words = {
  NotAllowedError: "Abgebrochen, oder es gibt hier keinen passenden Passkey.",
  InvalidStateError: "Auf diesem Gerät ist schon ein Passkey für Sie eingerichtet.",
};

/** Asks the authenticator; returns its answer. */
async function ask(options, isNew) {
  const { credentials } = navigator;
  const key = isNew
    ? await credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
    : await credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  return key.toJSON();
}

/** Fills the form with a ceremony's answer. */
async function fill(form) {
  const { passkey, new: isNew } = form.dataset;
  const begun = await fetch(passkey, { method: "POST", body: new URLSearchParams(new FormData(form)) });
  if (!begun.ok) throw new Error([422, 429].includes(begun.status) ? await begun.text() : "");
  const { vorgang, optionen } = await begun.json();
  form.elements.antwort.value = JSON.stringify(await ask(optionen, isNew !== undefined));
  form.elements.vorgang.value = vorgang;
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const known = window.PublicKeyCredential?.parseCreationOptionsFromJSON;
  if (!known || location.hostname !== form.dataset.host) continue;
  const problem = form.querySelector("[data-problem]");
  const button = form.querySelector("button");
  form.hidden = false;
  document.querySelector("[data-without-passkeys]")?.remove();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    problem.textContent = "";
    try {
      await fill(form);
      form.submit();
    } catch (error) {
      const own = words[error.name] ?? (error.name === "Error" && error.message);
      problem.textContent = own || "Das hat nicht geklappt. Versuchen Sie es noch einmal.";
      button.disabled = false;
    }
  });
}
