// The challenge before a place is taken: solved by the page, solved by ALTCHA's own library, and the
// way without scripts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { solveChallenge } from "altcha-lib";
import { heading, inspect, introduce, leave, mailTo, person, signIn, site, visit } from "./support.mjs";

const TIMES = "/altena/termin?anliegen=umzug";

/** Sets when Altena asks for a solution. */
async function ask(when) {
  const page = await visit("/altena/verwaltung/einrichtung/teil/stadt");
  await signIn(page, "admin@altena.example");
  const choice = page.getByLabel("Rechenaufgabe vor dem Buchen");
  await choice.selectOption(when);
  if (when === "always") await inspect(page, "set-up-challenge");
  await page.getByRole("button", { name: "Speichern" }).click();
  await page.getByText("Gespeichert").first().waitFor();
  await leave(page, { signedIn: true });
}

/** Waits for the page with this heading: a form may wait for its solution before it leaves. */
const shows = (page, name) => page.getByRole("heading", { level: 1, name }).waitFor();

/** Asks the API. */
async function graphql(query, variables) {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${site}/graphql`, { method: "POST", headers, body: JSON.stringify({ query, variables }) });
  return answer.json();
}

test("the town asks every device for a solution", () => ask("always"));

test("ALTCHA's own library finds the number", async () => {
  const { algorithm, challenge, salt, signature, maxnumber } =
    await (await fetch(`${site}/altena/termin/aufgabe.json`)).json();
  const { number } = await solveChallenge(challenge, salt, algorithm, maxnumber).promise;
  const proof = (own) => btoa(JSON.stringify({ algorithm, challenge, number: own, salt, signature }));
  const basket = '[{ service: "umzug" }]';
  const free = await graphql(
    `{ freeSlots(town: "altena", basket: ${basket}, from: "2026-12-02", to: "2026-12-02") { days { location starts } } }`,
  );
  const [{ location, starts }] = free.data.freeSlots.days;
  const hold = (own) =>
    graphql(
      `mutation($location: UUID!, $start: DateTime!, $proof: String) {
        holdSlot(town: "altena", basket: ${basket}, location: $location, startsAt: $start, proof: $proof) { token } }`,
      { location, start: starts[0], proof: proof(own) },
    );
  assert.equal((await hold(number + 1)).errors[0].extensions.code, "CHALLENGE");
  assert.ok((await hold(number)).data.holdSlot.token);
});

test("with scripts nobody has to do anything", async () => {
  const page = await visit(TIMES);
  const status = page.locator("#aufgabe");
  await status.filter({ hasText: "ist gelöst" }).waitFor();
  await inspect(page, "challenge-solved");
  // The choice of another day keeps the solution.
  await page.locator(".day--free").nth(1).click();
  await page.locator(".day--chosen").waitFor();
  await page.locator(".slot").first().click();
  await shows(page, "Ihre Kontaktdaten");
  await page.getByText("für Sie reserviert").first().waitFor();
  await introduce(page);
  await page.getByRole("button", { name: "Weiter zur Prüfung" }).click();
  assert.equal(await page.locator("#aufgabe").count(), 0, "what is held is paid for");
  await page.getByRole("button", { name: "Termin verbindlich buchen" }).click();
  assert.equal(await heading(page), "Ihr Termin steht fest");
  // Whoever goes back finds a page whose solution is used, and gets another.
  await page.goto(site + TIMES);
  await status.filter({ hasText: "ist gelöst" }).waitFor();
  await leave(page);
});

test("a time that is chosen at once waits for the solution", async () => {
  const page = await visit(TIMES);
  await page.locator(".slot").nth(20).click();
  await shows(page, "Ihre Kontaktdaten");
  await page.getByText(/bis .* für Sie reserviert/).waitFor();
  await leave(page);
});

test("without scripts the booking is confirmed by mail", async () => {
  const email = "plain@example.org";
  const page = await visit(TIMES, { javaScriptEnabled: false });
  assert.match(await page.locator("#aufgabe").innerText(), /innerhalb von 30 Minuten mit einem Link/);
  await page.locator(".slot").nth(30).click();
  assert.equal(await heading(page), "Ihre Kontaktdaten");
  assert.match(await page.locator("main").innerText(), /gerade nicht für Sie reserviert/);
  await introduce(page, { ...person, email });
  await page.getByRole("button", { name: "Weiter zur Prüfung" }).click();
  assert.match(await page.locator("#aufgabe").innerText(), /innerhalb von 30 Minuten mit einem Link/);
  await page.getByRole("button", { name: "Termin verbindlich buchen" }).click();
  assert.equal(await heading(page), "Bitte bestätigen Sie Ihre E-Mail-Adresse");
  const mail = await mailTo(page, email);
  const [link] = mail.match(/http\S+\/termin\/bestaetigen\/\S+/);
  await page.goto(site + new URL(link).pathname);
  await page.getByRole("button", { name: "Termin bestätigen" }).click();
  assert.equal(await heading(page), "Ihr Termin steht fest");
  await leave(page);
});

test("on the page without a hold the device solves at the end", async () => {
  const page = await visit(TIMES, { javaScriptEnabled: false });
  await page.locator(".slot").nth(10).click();
  const address = page.url();
  await leave(page);
  const scripted = await visit(address.slice(site.length));
  await introduce(scripted, { ...person, email: "late@example.org" });
  await scripted.getByRole("button", { name: "Weiter zur Prüfung" }).click();
  await scripted.locator("#aufgabe").filter({ hasText: "ist gelöst" }).waitFor();
  await inspect(scripted, "challenge-check");
  await scripted.getByRole("button", { name: "Termin verbindlich buchen" }).click();
  await shows(scripted, "Ihr Termin steht fest");
  await leave(scripted);
});

test("a town that asks no more is as before", async () => {
  await ask("off");
  const page = await visit(TIMES);
  assert.equal(await page.locator("#aufgabe").count(), 0);
  await leave(page);
});
