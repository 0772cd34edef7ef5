// A clerk's day in a real browser: moving, requests, closing.

import assert from "node:assert/strict";
import { test } from "node:test";
import { heading, inspect, show, leave, signIn, visit } from "./support.mjs";

/** On paper stands who comes when, and nothing to press. */
async function isPrinted(page, entry) {
  await page.emulateMedia({ media: "print" });
  await entry.waitFor();
  for (const control of ["button", ".kern-btn", "nav", "select", "input"]) {
    assert.equal(await page.locator(control).locator("visible=true").count(), 0, `${control} on paper`);
  }
  await page.emulateMedia({ media: null });
}

test("an appointment is dragged to another counter, and the week shows it", async () => {
  const page = await visit("/steinfurt/verwaltung/buchen?start=2026-11-26T08:00:00Z", { viewport: { width: 1280, height: 900 } });
  await signIn(page, "clerk@steinfurt.example");
  await page.getByLabel("Vor- und Nachname").fill("Zoe Gezogen");
  await page.getByRole("button", { name: "Termin vergeben" }).click();
  await page.getByRole("link", { name: "Zum Tag" }).click();
  const entry = page.locator(".grid__booked a", { hasText: "Zoe Gezogen" });
  assert.match(await entry.innerText(), /^09:00/);
  const place = page.locator("td[data-start='2026-11-26T09:00:00Z']").last();
  await entry.dragTo(place, { targetPosition: { x: 40, y: 8 } });
  const question = page.getByRole("dialog", { name: "Termin verschieben" });
  await question.getByText("Zoe Gezogen: von 09:00 Uhr auf 10:00 Uhr, Platz 4.").waitFor();
  await question.getByRole("button", { name: "Abbrechen" }).click();
  assert.match(await entry.innerText(), /^09:00/);
  await entry.dragTo(place, { targetPosition: { x: 40, y: 8 } });
  await inspect(page, "desk-day-moving");
  await question.getByRole("button", { name: "Verschieben" }).click();
  await page.locator(".grid__booked a", { hasText: /^10:00 Zoe Gezogen/ }).waitFor();
  const cell = await page.locator(".grid__booked", { hasText: "Zoe Gezogen" }).boundingBox();
  const head = await page.getByRole("columnheader", { name: "Platz 4" }).boundingBox();
  assert.ok(Math.abs(cell.x - head.x) < 8, "at the fourth counter");
  // By keyboard the appointment's page does the same.
  await page.locator(".grid__booked a", { hasText: "Zoe Gezogen" }).press("Enter");
  await page.getByRole("link", { name: "Verschieben" }).press("Enter");
  await page.getByLabel("Schalter").selectOption({ label: "Platz 2" });
  await page.getByLabel("Zeit").selectOption({ label: "Donnerstag, 26. November 2026, 09:30 Uhr" });
  await page.getByRole("button", { name: "Termin verschieben" }).press("Enter");
  assert.match(await page.locator("main").innerText(), /09:30[^]*Platz 2/);
  await page.getByRole("link", { name: "Zum Tag" }).click();
  await isPrinted(page, page.locator(".grid__booked a", { hasText: "09:30 Zoe Gezogen" }));
  await page.getByRole("link", { name: "Woche", exact: true }).click();
  assert.equal(await heading(page), "Woche 48");
  await page.locator(".spans__booked", { hasText: "09:30 Zoe Gezogen" }).waitFor();
  await isPrinted(page, page.locator(".spans__booked", { hasText: "09:30 Zoe Gezogen" }));
  await inspect(page, "desk-week");
  await show(page, "week");
  await page.goto(new URL("/steinfurt/verwaltung/tag", page.url()).href);
  await page.locator(".now").waitFor();
  await inspect(page, "desk-today");
  await leave(page, { signedIn: true });
});

test("a caller comes for two things in one sitting", async () => {
  const page = await visit("/altena/verwaltung/buchen");
  await signIn(page, "clerk@altena.example");
  await page.getByText("Weitere Anliegen im selben Termin").click();
  await inspect(page, "desk-booking-more");
  const times = page.waitForResponse((answer) => answer.url().includes("anliegen-2=umzug"));
  await page.getByLabel("2. Anliegen").selectOption("umzug");
  await times;
  await page.getByLabel("Vor- und Nachname").fill("Paul Doppelt");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Paul Doppelt" }).waitFor();
  assert.match(await page.locator(".facts").innerText(), /, Umzug: /);
  await leave(page, { signedIn: true });
});

test("a request gets one of its wished times", async () => {
  const page = await visit("/lengerich/anfrage?anliegen=eheschliessung");
  const wish = page.locator(".wish").first();
  await wish.getByLabel("Datum").fill("2026-12-02");
  await wish.getByLabel("frühestens").fill("09:00");
  await wish.getByLabel("spätestens").fill("11:00");
  await page.locator("#name").fill("Anna Verlobt");
  await page.locator("#email").fill("anna@example.org");
  await page.getByRole("button", { name: "Weiter zur Prüfung" }).click();
  await page.getByRole("button", { name: "Terminwunsch absenden" }).click();
  await page.goto(new URL("/anmelden", page.url()).href);
  await signIn(page, "clerk@lengerich.example");
  await page.getByRole("link", { name: "Suche" }).click();
  await page.getByLabel("Name, Terminnummer").fill("verlobt");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Offene Anfragen" }).waitFor();
  await inspect(page, "desk-search-request");
  await page.getByRole("link", { name: "Anfragen" }).click();
  await inspect(page, "desk-requests");
  await page.getByRole("link", { name: /Anna Verlobt/ }).click();
  await inspect(page, "desk-request");
  await show(page, "request");
  await page.locator(".slot").first().click();
  assert.equal(await heading(page), "Anna Verlobt");
  await page.getByRole("link", { name: "Kontaktdaten berichtigen" }).click();
  await page.getByLabel("E-Mail-Adresse").fill("anna@localhost");
  await page.getByRole("button", { name: "Speichern" }).click();
  await inspect(page, "desk-contact");
  await page.getByLabel("E-Mail-Adresse").fill("anna.verlobt@example.org");
  await page.getByRole("button", { name: "Speichern" }).click();
  assert.equal(await heading(page), "Anna Verlobt");
  await page.getByRole("link", { name: "anna.verlobt@example.org" }).waitFor();
  await page.getByRole("link", { name: "Anfragen" }).click();
  assert.equal(await page.getByRole("link", { name: /Anna Verlobt/ }).count(), 0);
  await leave(page, { signedIn: true });
});

test("a request gets another time, which the citizen takes", async () => {
  const page = await visit("/lengerich/anfrage?anliegen=eheschliessung");
  const wish = page.locator(".wish").first();
  await wish.getByLabel("Datum").fill("2026-12-04");
  await wish.getByLabel("frühestens").fill("09:00");
  await wish.getByLabel("spätestens").fill("11:00");
  await page.locator("#name").fill("Berta Braut");
  await page.locator("#email").fill("berta@example.org");
  await page.getByRole("button", { name: "Weiter zur Prüfung" }).click();
  await page.getByRole("button", { name: "Terminwunsch absenden" }).click();
  const own = page.url();
  await page.goto(new URL("/anmelden", own).href);
  await signIn(page, "clerk@lengerich.example");
  await page.getByRole("link", { name: "Anfragen" }).click();
  await page.getByRole("link", { name: /Berta Braut/ }).click();
  await page.getByText("In dieser Zeit ist nichts frei.").waitFor();
  await page.getByLabel("Freie Zeit").selectOption({ index: 3 });
  await page.getByRole("button", { name: "Vorschlagen und fragen" }).click();
  await page.getByRole("status").filter({ hasText: "Vorgeschlagen:" }).waitFor();
  await inspect(page, "desk-request-proposed");
  await page.getByRole("link", { name: "Alle Anfragen" }).click();
  await page.getByText(/vorgeschlagen: /).waitFor();
  await inspect(page, "desk-requests-proposed");
  await page.goto(own);
  assert.equal(await heading(page), "Wir schlagen Ihnen einen Termin vor");
  await inspect(page, "requested-proposed");
  await page.getByRole("button", { name: "Diesen Termin nehmen" }).click();
  assert.match(page.url(), /\/termin\/b\//);
  await page.goto(own);
  await page.getByRole("link", { name: "Ihren Termin ansehen" }).waitFor();
  await inspect(page, "requested-accepted");
  await leave(page, { signedIn: true });
});

test("an afternoon is closed, and everybody who is affected is told", async () => {
  const page = await visit("/altena/verwaltung/buchen?start=2026-12-01T13:00:00Z");
  await signIn(page, "clerk@altena.example");
  for (const name of ["Eins", "Zwei"]) {
    await page.goto(new URL("/altena/verwaltung/buchen?start=2026-12-01T13:00:00Z", page.url()).href);
    await page.getByLabel("Vor- und Nachname").fill(`Gast ${name}`);
    await page.getByLabel("E-Mail-Adresse").fill("gast@example.org");
    await page.getByRole("button", { name: "Termin vergeben" }).click();
    await page.getByRole("heading", { name: `Gast ${name}` }).waitFor();
  }
  await page.getByRole("link", { name: "Schließen" }).click();
  await page.getByLabel("Erster Tag").fill("2026-12-01");
  await page.getByLabel("Letzter Tag").fill("2026-11-30");
  await page.getByRole("button", { name: "Betroffene zeigen" }).click();
  await page.getByRole("link", { name: "Der letzte Tag liegt vor dem ersten." }).waitFor();
  await page.getByLabel("Letzter Tag").fill("2026-12-01");
  await page.getByLabel("Ab (leer: Tagesbeginn)").fill("12:00");
  await page.getByLabel(/Grund/).fill("Personalversammlung");
  await page.getByRole("button", { name: "Betroffene zeigen" }).click();
  await page.getByRole("heading", { name: "Betroffene Termine: 2" }).waitFor();
  await inspect(page, "desk-closing");
  await show(page, "closing");
  // What is decided is about the list: with another beginning nobody of it is affected.
  await page.getByLabel("Ab (leer: Tagesbeginn)").fill("15:00");
  await page.getByRole("button", { name: "Schließen und allen absagen" }).click();
  await page.getByRole("heading", { name: "Betroffen sind andere als gezeigt" }).waitFor();
  await page.getByRole("heading", { name: "Niemand ist betroffen" }).waitFor();
  await inspect(page, "desk-closing-outdated");
  await page.getByLabel("Ab (leer: Tagesbeginn)").fill("12:00");
  await page.getByRole("button", { name: "Betroffene zeigen" }).click();
  await page.getByRole("heading", { name: "Betroffene Termine: 2" }).waitFor();
  await page.getByRole("button", { name: "Schließen und allen absagen" }).click();
  await page.getByText("Abgesagte Termine: 2.").waitFor();
  await inspect(page, "desk-closed");
  await page.getByRole("link", { name: "Zum Tag" }).click();
  assert.match(await page.locator("main").innerText(), /0 Termine/);
  // Citizens find nothing in that afternoon any more.
  const afternoon = new URL("/altena/termin?anliegen=reisepass&tag=2026-12-01", page.url()).href;
  await page.goto(afternoon);
  assert.equal(await page.locator(".slot", { hasText: /^1[2-9]:/ }).count(), 0);
  // It does not take place: the afternoon is open again.
  await page.goto(new URL("/altena/verwaltung/schliessen", page.url()).href);
  await page.getByText("Dienstag, 1. Dezember 2026, ab 12:00 Uhr (Personalversammlung)").waitFor();
  await inspect(page, "desk-closing-standing");
  await page.getByRole("button", { name: /^Aufheben: .*, Dienstag, 1\. Dezember/ }).click();
  await page.getByRole("heading", { name: "Die Schließung ist aufgehoben" }).waitFor();
  await inspect(page, "desk-closing-lifted");
  await page.goto(afternoon);
  assert.notEqual(await page.locator(".slot", { hasText: /^1[2-9]:/ }).count(), 0);
  await leave(page, { signedIn: true });
});

test("six appointments of a closed afternoon are moved together", async () => {
  const page = await visit("/anmelden");
  await signIn(page, "clerk@altena.example");
  for (const [index, time] of ["13:00", "13:00", "13:20", "13:20", "13:40", "13:40"].entries()) {
    const form = `/altena/verwaltung/buchen?start=2026-12-08T${time}:00Z`;
    await page.goto(new URL(form, page.url()).href);
    await page.getByLabel("Vor- und Nachname").fill(`Gast ${index + 1}`);
    await page.getByLabel("E-Mail-Adresse").fill("gast@example.org");
    await page.getByRole("button", { name: "Termin vergeben" }).click();
    await page.getByRole("heading", { name: `Gast ${index + 1}` }).waitFor();
  }
  await page.getByRole("link", { name: "Schließen" }).click();
  await page.getByLabel("Erster Tag").fill("2026-12-08");
  await page.getByLabel("Letzter Tag").fill("2026-12-08");
  await page.getByLabel("Ab (leer: Tagesbeginn)").fill("12:00");
  await page.getByLabel(/Grund/).fill("Fortbildung");
  await page.getByRole("button", { name: "Betroffene zeigen" }).click();
  await page.getByRole("heading", { name: "Betroffene Termine: 6" }).waitFor();
  await page.getByRole("button", { name: "Schließen und alle verschieben" }).click();
  await page.getByText("Verschobene Termine: 6.").waitFor();
  await page.getByText(/Mittwoch, 9\. Dezember 2026.*: Gast 1/).waitFor();
  await inspect(page, "desk-closed-moved");
  // A slip of the mouse: until the mails leave all of it is taken back.
  await page.getByRole("link", { name: "Schließen" }).click();
  await page.getByText(/6 Termine geändert/).waitFor();
  await inspect(page, "desk-closing-undoable");
  await page.getByRole("button", { name: /^Rückgängig machen: .*, Dienstag, 8\. Dezember/ }).click();
  await page.getByText("Termine, die wieder stehen, wo sie standen: 6.").waitFor();
  await inspect(page, "desk-closing-undone");
  await page.goto(new URL("/altena/verwaltung/tag?datum=2026-12-08", page.url()).href);
  assert.match(await page.locator("main").innerText(), /6 Termine/);
  await leave(page, { signedIn: true });
});

test("a counter that is out for today gives its appointments to others", async () => {
  const page = await visit("/altena/verwaltung/tag", { viewport: { width: 1280, height: 900 } });
  await signIn(page, "clerk@altena.example");
  for (const name of ["Eins", "Zwei", "Drei"]) {
    await page.goto(new URL("/altena/verwaltung/buchen?anliegen=personalausweis&start=2026-11-23T10:00:00Z", page.url()).href);
    await page.getByLabel("Vor- und Nachname").fill(`Heute ${name}`);
    await page.getByRole("button", { name: "Termin vergeben" }).click();
    await page.getByRole("heading", { name: `Heute ${name}` }).waitFor();
  }
  await page.getByRole("link", { name: "Zum Tag" }).click();
  await page.getByRole("link", { name: /fällt heute aus/ }).first().click();
  await page.getByRole("button", { name: "Betroffene zeigen" }).click();
  await page.getByRole("heading", { name: /Betroffene Termine: [1-9]/ }).waitFor();
  await page.getByRole("button", { name: "Schließen und auf andere Schalter verteilen" }).click();
  await page.getByRole("heading", { name: "Noch zu klären" }).waitFor();
  await inspect(page, "desk-redistributed");
  await page.getByRole("button", { name: "Auf die nächste freie Zeit verschieben" }).click();
  await page.getByText("Verschobene Termine: 1.").waitFor();
  await leave(page, { signedIn: true });
});

test("of several locations the one of the day is booked at, or another one by keyboard", async () => {
  const page = await visit("/lengerich/verwaltung/tag?standort=standesamt");
  await signIn(page, "clerk@lengerich.example");
  await page.getByRole("link", { name: "Schließen", exact: true }).click();
  assert.equal(await page.getByLabel("Standort").inputValue(), "standesamt");
  await inspect(page, "desk-closing-places");
  await page.getByRole("link", { name: "Termin vergeben" }).click();
  const place = page.getByLabel("Standort");
  assert.equal(await place.inputValue(), "standesamt");
  await page.getByLabel("Anliegen", { exact: true }).selectOption("umzug");
  await page.getByText("In den nächsten Wochen ist dafür nichts frei.").waitFor();
  await inspect(page, "desk-booking-places");
  // Nothing that is typed is lost where there is no time.
  await page.getByLabel("Vor- und Nachname").fill("Ruth Rathaus");
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name: "Es ist keine Zeit gewählt." }).waitFor();
  await inspect(page, "desk-booking-no-time");
  await place.focus();
  await page.keyboard.press("R");
  await page.locator("select#start").waitFor();
  const name = page.getByLabel("Vor- und Nachname");
  assert.equal(await name.inputValue(), "Ruth Rathaus");
  await name.press("Enter");
  await page.getByRole("heading", { name: "Ruth Rathaus" }).waitFor();
  assert.match(await page.locator("main").innerText(), /Rathaus/);
  await page.getByRole("link", { name: "Termin vergeben" }).click();
  assert.equal(await page.getByLabel("Standort").inputValue(), "rathaus");
  await leave(page, { signedIn: true });
});

test("an admin books in the evening once the warning is read", async () => {
  const page = await visit("/altena/verwaltung/buchen");
  await signIn(page, "admin@altena.example");
  await page.getByText("Außerhalb der Öffnungszeiten").click();
  await page.getByLabel("Tag", { exact: true }).fill("2026-12-03");
  await page.getByLabel(/Uhrzeit/).fill("19:30");
  await page.getByLabel("Vor- und Nachname").fill("Nora Nachtschicht");
  await page.getByRole("button", { name: "Termin vergeben" }).last().click();
  await page.getByRole("heading", { name: "Donnerstag, 3. Dezember 2026, 19:30 Uhr ist nicht geöffnet" }).waitFor();
  assert.equal(await page.getByLabel("Vor- und Nachname").inputValue(), "Nora Nachtschicht");
  await inspect(page, "desk-beyond");
  await page.getByRole("button", { name: "Trotzdem vergeben" }).click();
  assert.equal(await heading(page), "Nora Nachtschicht");
  assert.match(await page.locator(".ticket__when").innerText(), /3\. Dezember 2026\s+19:30/);
  await leave(page, { signedIn: true });
});

test("appointments that a changed set-up leaves outside are kept, and moved later", async () => {
  const page = await visit("/altena/verwaltung/buchen?start=2026-12-15T09:00:00Z");
  await signIn(page, "admin@altena.example");
  await page.getByLabel("Vor- und Nachname").fill("Otto Außerhalb");
  await page.getByRole("button", { name: "Termin vergeben" }).last().click();
  await page.getByRole("heading", { name: "Otto Außerhalb" }).waitFor();
  const own = page.url();
  assert.match(await page.locator(".ticket__when").innerText(), /15\. Dezember/);
  await page.getByRole("link", { name: "Einrichtung" }).click();
  await page.getByRole("link", { name: /^Besondere Tage/ }).first().click();
  await page.getByLabel("Erster Tag").last().fill("2026-12-15");
  await page.getByLabel("Letzter Tag").last().fill("2026-12-15");
  await page.getByRole("button", { name: "Speichern", exact: true }).last().click();
  await page.getByText("Termine, die dann außerhalb liegen: 1").waitFor();
  await inspect(page, "part-outside-move");
  await page.getByRole("button", { name: "Speichern, Termine behalten" }).click();
  await page.getByRole("status").filter({ hasText: "Gespeichert" }).waitFor();
  await page.getByRole("link", { name: "Ansehen und entscheiden" }).click();
  assert.equal(await heading(page), "Termine außerhalb");
  await inspect(page, "outside");
  await page.getByRole("button", { name: "Alle verschieben" }).click();
  await page.getByRole("status").filter({ hasText: "Gespeichert" }).waitFor();
  await page.goto(own);
  assert.match(await page.locator(".ticket__when").innerText(), /16\. Dezember/);
  await leave(page, { signedIn: true });
});

test("a day is printed in full", async () => {
  const page = await visit("/twistringen/verwaltung/buchen?start=2026-11-26T08:00:00Z", { viewport: { width: 1280, height: 900 } });
  await signIn(page, "clerk@twistringen.example");
  await page.getByLabel("Vor- und Nachname").fill("Annegret Mustermann-Schulze zu Altenvörde");
  await page.getByRole("button", { name: "Termin vergeben" }).click();
  await page.getByRole("link", { name: "Zum Tag" }).click();
  await page.emulateMedia({ media: "print" });
  const entry = page.locator(".grid__booked a", { hasText: "Annegret" });
  const isCut = await entry.evaluate((own) => own.scrollWidth > own.clientWidth || getComputedStyle(own).whiteSpace === "nowrap");
  assert.equal(isCut, false);
  for (const shut of [".rooms", ".day-head__tools", ".day-head__go", ".leave", ".grid__out"]) {
    assert.equal(await page.locator(shut).locator("visible=true").count(), 0, shut);
  }
  const clipped = await page.locator(".sheet").evaluate((own) => getComputedStyle(own).overflowX);
  assert.equal(clipped, "visible");
  await leave(page, { signedIn: true });
});

test("a note that a colleague has changed meanwhile is shown beside one's own", async () => {
  const page = await visit("/altena/verwaltung/buchen?start=2026-12-17T09:00:00Z");
  await signIn(page, "clerk@altena.example");
  await page.getByLabel("Vor- und Nachname").fill("Nils Notiert");
  await page.getByRole("button", { name: "Termin vergeben" }).click();
  await page.getByRole("heading", { name: "Nils Notiert" }).waitFor();
  const colleague = await page.context().newPage();
  await colleague.goto(page.url());
  for (const [own, text] of [[colleague, "Bringt eine Vollmacht mit"], [page, "Kommt im Rollstuhl"]]) {
    await own.getByLabel("Notiz für Kolleginnen und Kollegen").fill(text);
    await own.getByRole("button", { name: "Notiz speichern" }).click();
  }
  await page.getByRole("heading", { name: "Jemand anders hat die Notiz inzwischen geändert" }).waitFor();
  await page.getByText("Bringt eine Vollmacht mit").waitFor();
  const note = page.getByLabel("Notiz für Kolleginnen und Kollegen");
  assert.equal(await note.inputValue(), "Kommt im Rollstuhl");
  await inspect(page, "desk-note-changed");
  await note.fill("Vollmacht, Rollstuhl");
  await page.getByRole("button", { name: "Notiz speichern" }).click();
  await page.getByRole("heading", { name: "Jemand anders" }).waitFor({ state: "detached" });
  assert.equal(await note.inputValue(), "Vollmacht, Rollstuhl");
  await leave(page, { signedIn: true });
});
