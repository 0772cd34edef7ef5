// What admins and operators see besides: forms for something new, a colleague's change under one's
// hands, what did not arrive, a county's figures.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { heading, inspect, leave, signIn, site, visit } from "./support.mjs";

const DESKTOP = { viewport: { width: 1280, height: 900 } };
const ROOM = `${site}/altena/verwaltung`;

/** Asks the API as a citizen. */
async function ask(query, variables) {
  const answer = await fetch(`${site}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await answer.json();
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data;
}

/** Altena's admin on a page of the set-up. */
async function admin(path) {
  const page = await visit("/anmelden", DESKTOP);
  await signIn(page, "admin@altena.example");
  await page.goto(`${ROOM}${path}`);
  return page;
}

test("the forms for a new service and a new location are whole, and tell what is missing", async () => {
  const page = await admin("/einrichtung/teil/neues-anliegen");
  assert.equal(await heading(page), "Neues Anliegen");
  await inspect(page, "new-service");
  // A fee without an amount, and a document in English only.
  await page.getByLabel("Name", { exact: true }).fill("Fischereischein");
  await page.getByLabel("Unterlage (englisch)").fill("Photograph");
  await page.getByRole("button", { name: "Speichern", exact: true }).last().click();
  await page.getByRole("link", { name: /Unterlage: fehlt noch/ }).waitFor();
  assert.equal(await page.getByLabel("Unterlage (englisch)").inputValue(), "Photograph");
  await inspect(page, "new-service-errors");
  await page.goto(`${ROOM}/einrichtung/teil/neuer-standort`);
  assert.equal(await heading(page), "Neuer Standort");
  await inspect(page, "new-location");
  await leave(page, { signedIn: true });
});

test("who saves a form that a colleague has changed meanwhile is told and sees both", async () => {
  const path = "/einrichtung/teil/standorte/rathaus";
  const page = await admin(path);
  const colleague = await admin(path);
  const name = (where) => where.getByLabel("Name", { exact: true }).nth(1);
  await name(colleague).fill("Schnellschalter");
  await colleague.getByRole("group", { name: "Schalter: Platz 2" }).getByLabel("Entfernen").check();
  await colleague.getByRole("button", { name: "Speichern", exact: true }).last().click();
  await colleague.getByRole("status").filter({ hasText: "Gespeichert" }).waitFor();
  await name(page).fill("Empfang");
  await page.getByRole("group", { name: "Schalter: Platz 2" }).getByLabel("Name", { exact: true }).fill("Platz am Fenster");
  await page.getByRole("button", { name: "Speichern", exact: true }).last().click();
  await page.getByRole("heading", { name: "Jemand anders hat die Einrichtung inzwischen geändert" }).waitFor();
  await page.getByText("Ihre Eingabe war: Name: Platz am Fenster").waitFor();
  assert.equal(await name(page).inputValue(), "Empfang");
  await inspect(page, "conflict");
  await page.getByRole("button", { name: "Speichern", exact: true }).last().click();
  await page.getByRole("status").filter({ hasText: "Gespeichert" }).waitFor();
  await leave(page, { signedIn: true });
  await leave(colleague, { signedIn: true });
});

test("a county's figures are shown, and what it publishes can be taken over", async () => {
  const county = await visit("/anmelden", DESKTOP);
  await signIn(county, "betrieb@plattform.example");
  await county.goto(`${site}/kreise/05962`);
  await inspect(county, "county");
  await county.getByRole("link", { name: "Vorlage für die Städte des Kreises" }).click();
  await county.getByLabel("Aus der Einrichtung von").selectOption({ label: "Stadt Altena (Westf.)" });
  await county.getByRole("button", { name: "Einsetzen" }).click();
  const file = county.getByLabel("Vorlage als Datei");
  await file.fill((await file.inputValue()).replaceAll("slug = \"umzug\"", "slug = \"zuzug\""));
  await county.getByRole("button", { name: "Prüfen und veröffentlichen" }).click();
  await county.getByRole("status").filter({ hasText: "veröffentlicht" }).waitFor();
  const page = await admin("/einrichtung/uebernehmen?von=county");
  assert.equal(await page.getByLabel("Übernehmen von").inputValue(), "county");
  await inspect(page, "take-from-county");
  await leave(county, { signedIn: true });
  await leave(page, { signedIn: true });
});

test("what did not arrive is listed with its reason", async () => {
  // A gateway for short messages that takes none.
  const gateway = createServer((_, answer) => answer.writeHead(400).end()).listen(0, "127.0.0.1");
  await once(gateway, "listening");
  const page = await admin("/einrichtung/teil/benachrichtigungen");
  await page.getByLabel("Adresse des Dienstes").fill(`http://127.0.0.1:${gateway.address().port}/senden`);
  await page.getByLabel("Kopfzeilen").fill("Authorization: Bearer {{ secret }}");
  await page.getByLabel("Inhalt").fill('{"to": "{{ phone }}", "text": "{{ text }}"}');
  await page.getByRole("button", { name: "Speichern", exact: true }).last().click();
  await page.getByRole("status").filter({ hasText: "Gespeichert" }).waitFor();
  const basket = [{ service: "meldebescheinigung", quantity: 1 }];
  const { freeSlots } = await ask(
    `query($basket: [BasketLineInput!]!) {
      freeSlots(town: "altena", basket: $basket, from: "2026-12-01", to: "2026-12-04") { days { location starts } } }`,
    { basket },
  );
  const [{ location, starts }] = freeSlots.days;
  for (const [index, name] of ["Erika Mustermann", "Jörg Beispiel"].entries()) {
    await ask(
      `mutation($basket: [BasketLineInput!]!, $location: UUID!, $start: DateTime!, $contact: ContactInput!, $key: String!) {
        bookAppointment(town: "altena", basket: $basket, location: $location, startsAt: $start, contact: $contact, idempotencyKey: $key) { secret } }`,
      {
        basket, location, start: starts[index],
        contact: { name, email: "erika@example.org", phone: "+49 151 23456789", sms: true },
        key: `a-message-that-fails-${index}`,
      },
    );
  }
  for (let tries = 0; tries < 50; tries += 1) {
    await page.goto(`${ROOM}/mails`);
    if ((await page.locator(".cards--list li").count()) === 2) break;
    await page.waitForTimeout(200);
  }
  assert.equal(await heading(page), "Nicht angekommene E-Mails");
  await page.getByText("hat es endgültig abgelehnt").first().waitFor();
  await page.getByRole("button", { name: "Alle 2 noch einmal senden" }).waitFor();
  await inspect(page, "dead-letters");
  gateway.close();
  await leave(page, { signedIn: true });
});

test("the Land's holidays are shown, and local days and openings are entered from there", async () => {
  const page = await admin("/einrichtung/teil/schliessungen");
  await page.getByRole("heading", { name: "Feiertage in Nordrhein-Westfalen" }).waitFor();
  await inspect(page, "holidays");
  await page.getByRole("link", { name: /^Als Schließung eintragen ?: Rosenmontag 2027/ }).click();
  assert.equal(await page.getByLabel("Erster Tag").last().inputValue(), "2027-02-08");
  assert.equal(await page.getByLabel(/^Grund \(freiwillig\)/).last().inputValue(), "Rosenmontag");
  await page.getByRole("button", { name: "Speichern", exact: true }).last().click();
  await page.getByRole("status").filter({ hasText: "Gespeichert" }).waitFor();
  await page.goto(`${ROOM}/einrichtung/teil/schliessungen`);
  await page.getByRole("row", { name: /Rosenmontag \(örtlich\) geschlossen/ }).waitFor();
  await page.getByRole("link", { name: /^Öffnen ?: Fronleichnam 2027/ }).click();
  assert.equal(await page.getByLabel(/^Tag \(/).last().inputValue(), "2027-05-27");
  await page.getByLabel(/^Von \(/).last().fill("09:00");
  await page.getByLabel(/^Bis \(/).last().fill("12:00");
  await page.getByRole("button", { name: "Speichern", exact: true }).last().click();
  await page.getByRole("status").filter({ hasText: "Gespeichert" }).waitFor();
  await page.goto(`${ROOM}/einrichtung/teil/schliessungen`);
  await page.getByRole("row", { name: /Fronleichnam geöffnet: Bürgerbüro/ }).waitFor();
  await leave(page, { signedIn: true });
});
