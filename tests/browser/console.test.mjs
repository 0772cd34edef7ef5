// The console: a clerk's morning, in a real browser.

import assert from "node:assert/strict";
import { test } from "node:test";
import { heading, inspect, show, leave, signIn, visit } from "./support.mjs";

const DAY = "/steinfurt/verwaltung/tag?datum=2026-11-25";

test("without a session the console asks to sign in and leads back", async () => {
  const page = await visit(DAY);
  assert.equal(await heading(page), "Anmelden");
  await inspect(page, "sign-in");
  await page.getByLabel("E-Mail-Adresse").fill("clerk@steinfurt.example");
  await page.getByLabel("Kennwort").fill("not the password");
  await page.getByRole("button", { name: "Anmelden" }).click();
  assert.match(await page.getByRole("alert").innerText(), /stimmen nicht/);
  assert.equal(await page.getByLabel("E-Mail-Adresse").inputValue(), "clerk@steinfurt.example");
  await inspect(page, "sign-in-refused");
  await signIn(page, "clerk@steinfurt.example");
  assert.equal(await heading(page), "Mittwoch, 25. November 2026");
  const [cookie] = await page.context().cookies();
  assert.deepEqual([cookie.httpOnly, cookie.sameSite], [true, "Lax"]);
  await page.getByRole("button", { name: "Abmelden" }).click();
  assert.equal(await heading(page), "Anmelden");
  await page.goto(new URL(DAY, page.url()).href);
  assert.equal(await heading(page), "Anmelden");
  await leave(page, { signedOut: true });
});

test("a clerk's role ends at the town's border", async () => {
  const page = await visit("/anmelden");
  await signIn(page, "clerk@steinfurt.example");
  await page.goto(new URL("/altena/verwaltung/tag", page.url()).href);
  assert.equal(await heading(page), "Hier haben Sie keinen Zugang");
  await inspect(page, "forbidden");
  await leave(page, { signedIn: true });
});

test("a caller gets a time with four keys after the name, and the day shows it", async () => {
  const desktop = { viewport: { width: 1280, height: 900 } };
  const today = "/steinfurt/verwaltung/tag";
  const page = await visit(today, desktop);
  await signIn(page, "clerk@steinfurt.example");
  // A colleague has the same day open.
  const colleague = await visit(today, desktop);
  await signIn(colleague, "admin@steinfurt.example");
  await page.locator(".grid__free a", { hasText: "11:00" }).first().click();
  assert.equal(await heading(page), "Termin vergeben");
  await inspect(page, "desk-booking");
  await show(page, "booking");
  await page.getByLabel("Vor- und Nachname").fill("Jörg Anrufer");
  await page.keyboard.press("Enter");
  await page.getByRole("status").filter({ hasText: "vergeben" }).waitFor();
  assert.equal(await heading(page), "Jörg Anrufer");
  assert.match(await page.locator("main").innerText(), /23\. November 2026\s+11:00/);
  assert.match(await page.locator("main").innerText(), /Terminzettel/);
  await page.getByLabel("Notiz für Kolleginnen und Kollegen").fill("Bringt die alten Pässe mit");
  await page.getByRole("button", { name: "Notiz speichern" }).click();
  assert.equal(await page.getByLabel("Notiz für Kolleginnen und Kollegen").inputValue(), "Bringt die alten Pässe mit");
  await inspect(page, "desk-appointment");
  await page.getByRole("link", { name: "Zum Tag" }).click();
  await page.locator(".grid__booked", { hasText: "Jörg Anrufer" }).waitFor();
  await inspect(page, "desk-day");
  await show(page, "day");
  // The colleague sees it without a reload.
  await colleague.locator(".grid__booked", { hasText: "Jörg Anrufer" }).waitFor();
  // He arrives and is served; a slip of the mouse is taken back. Nobody has missed what is to come.
  for (const [step, state] of [["Ist da", "da"], ["Erledigt", "erledigt"], ["Aufrufen", "aufgerufen"], ["Erledigt", "erledigt"]]) {
    await page.locator(".grid__booked a", { hasText: "Jörg Anrufer" }).click();
    assert.equal(await page.getByRole("button", { name: "Nicht erschienen" }).count(), 0);
    await page.getByRole("button", { name: step }).click();
    await page.locator(".grid__booked", { hasText: `(${state})` }).waitFor();
  }
  await page.getByRole("link", { name: "Suche" }).click();
  await page.getByRole("searchbox").fill("anrufer");
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name: /Jörg Anrufer/ }).waitFor();
  await inspect(page, "desk-search");
  await leave(page, { signedIn: true });
  await leave(colleague, { signedIn: true });
});

test("an emergency gets a place in the reserve, without scripts", async () => {
  const page = await visit("/steinfurt/verwaltung/tag?datum=2026-11-30", { javaScriptEnabled: false, viewport: { width: 1280, height: 900 } });
  await signIn(page, "clerk@steinfurt.example");
  await page.locator(".grid__free--reserve a").first().click();
  await page.getByLabel("Vor- und Nachname").fill("Petra Eilig");
  await page.getByRole("button", { name: "Termin vergeben" }).click();
  assert.match(await page.locator("main").innerText(), /Reserve/);
  await leave(page, { signedIn: true });
});

test("the office moves an appointment and cancels it with a reason", async () => {
  const page = await visit("/steinfurt/verwaltung/buchen");
  await signIn(page, "clerk@steinfurt.example");
  await page.getByLabel("Vor- und Nachname").fill("Hans Verschoben");
  await page.getByLabel("E-Mail-Adresse").fill("hans@example.org");
  await page.getByRole("button", { name: "Termin vergeben" }).click();
  const before = await page.locator(".ticket__when").innerText();
  await page.getByRole("link", { name: "Verschieben" }).click();
  await inspect(page, "desk-move");
  await page.getByLabel("Zeit").selectOption({ index: 12 });
  await page.getByRole("button", { name: "Termin verschieben" }).click();
  assert.notEqual(await page.locator(".ticket__when").innerText(), before);
  await page.getByRole("link", { name: "Absagen" }).click();
  await page.getByLabel(/Grund/).fill("Der Kollege ist erkrankt.");
  await inspect(page, "desk-cancel");
  await page.getByRole("button", { name: "Termin absagen" }).click();
  assert.match(await page.locator(".state").innerText(), /abgesagt/);
  await page.goto(new URL("/mailbox", page.url()).href);
  await page.locator(".pick", { hasText: "Abgesagt" }).first().click();
  assert.match(await page.locator(".mail").first().innerText(), /Der Kollege ist erkrankt\./);
  await leave(page, { signedIn: true });
});

test("an admin changes the set-up, hears of mistakes, and overwrites nobody", async () => {
  const page = await visit("/luenen/verwaltung/einrichtung/datei");
  await signIn(page, "admin@luenen.example");
  const colleague = await visit("/luenen/verwaltung/einrichtung/datei");
  await signIn(colleague, "admin@luenen.example");
  const file = page.getByLabel("Stadtdatei");
  const text = await file.inputValue();
  await file.fill(text.replace(/duration = \d+/, "duration = 0").replace(/color = "#\w+"/, 'color = "#ffee00"'));
  await page.getByRole("button", { name: "Prüfen und speichern" }).click();
  assert.equal(await page.locator(".summary li").count(), 2);
  assert.match(await file.inputValue(), /duration = 0/);
  await inspect(page, "desk-setup-errors");
  await file.fill(text.replace(/Personalausweis beantragen/, "Personalausweis neu"));
  await page.getByRole("button", { name: "Prüfen und speichern" }).click();
  await page.getByRole("heading", { name: "Gespeichert" }).waitFor();
  await inspect(page, "desk-setup");
  await colleague.getByLabel("Stadtdatei").fill(text.replace(/Reisepass/g, "Pass"));
  await colleague.getByRole("button", { name: "Prüfen und speichern" }).click();
  assert.match(await colleague.locator(".summary").innerText(), /Jemand anders/);
  await page.goto(new URL("/luenen", page.url()).href);
  await page.getByRole("link", { name: /^Personalausweis neu/ }).first().waitFor();
  await page.goto(new URL("/luenen/verwaltung/protokoll", page.url()).href);
  await page.getByRole("cell", { name: "Einrichtung geändert" }).first().waitFor();
  await inspect(page, "desk-log");
  // A clerk does not get here.
  await leave(colleague, { signedIn: true });
  const clerk = await visit("/anmelden");
  await signIn(clerk, "clerk@luenen.example");
  await clerk.goto(new URL("/luenen/verwaltung/einrichtung/datei", clerk.url()).href);
  assert.equal(await heading(clerk), "Das darf Ihre Rolle hier nicht");
  await inspect(clerk, "desk-role");
  await leave(clerk, { signedIn: true });
  await leave(page, { signedIn: true });
});
