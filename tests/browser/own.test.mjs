// A citizen's own appointment: moved and cancelled with scripts and without, by the link in the mail.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { heading, inspect, introduce, leave, person, site, visit } from "./support.mjs";

/** Books at Twistringen and opens the link of the mail. */
async function booked(options) {
  const page = await visit("/twistringen/termin?anliegen=personalausweis&monat=2026-12", options);
  await page.locator(".slot").nth(5).click();
  await introduce(page);
  await page.getByRole("button", { name: "Weiter zur Prüfung" }).click();
  await page.getByRole("button", { name: "Termin verbindlich buchen" }).click();
  const code = await page.locator(".code").innerText();
  // The newest mail is on top, once the worker has sent it.
  let mail = "";
  for (let looks = 0; !mail.includes(code); looks += 1) {
    assert.ok(looks < 50, `no mail with ${code}`);
    await page.goto(`${site}/mailbox`);
    if (await page.locator(".pick").count() === 0) continue;
    await page.locator(".pick").first().click();
    mail = await page.locator(".mail").first().innerText();
  }
  const [, link] = mail.match(/absagen: (\S+)/);
  await page.goto(new URL(new URL(link).pathname, site).href);
  return page;
}

test("an appointment is moved, then is for two, then is cancelled", async () => {
  const page = await booked();
  const before = await page.locator(".ticket__when").innerText();
  await page.getByRole("link", { name: "Verschieben oder Anzahl ändern" }).click();
  assert.equal(await heading(page), "Wann passt es Ihnen besser?");
  await inspect(page, "move");
  await page.getByLabel(/^Anzahl/).selectOption("2");
  await page.waitForURL(/anzahl=2/);
  await page.locator(".slot").last().click();
  assert.equal(await heading(page), "Termin verschieben?");
  await inspect(page, "move-check");
  await page.getByRole("button", { name: "Termin verbindlich ändern" }).click();
  assert.equal(await heading(page), "Ihr Termin ist geändert");
  assert.notEqual(await page.locator(".ticket__when").innerText(), before);
  assert.match(await page.locator("main").innerText(), /× 2/);
  await inspect(page, "moved");
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Gespeicherte Daten herunterladen" }).click(),
  ]);
  const data = JSON.parse(await readFile(await file.path(), "utf8"));
  assert.equal(data.contact.name, person.name);
  assert.equal(data.appointment.services[0].quantity, 2);
  await page.getByRole("link", { name: "Absagen" }).click();
  await inspect(page, "cancel");
  await page.getByRole("button", { name: "Termin absagen" }).click();
  await inspect(page, "cancelled");
  await leave(page);
});

test("an appointment is moved without scripts, and then is for two", async () => {
  const page = await booked({ javaScriptEnabled: false });
  const before = await page.locator(".ticket__when").innerText();
  await page.getByRole("link", { name: "Verschieben oder Anzahl ändern" }).click();
  await page.getByLabel(/^Anzahl/).selectOption("2");
  await page.getByRole("button", { name: "Aktualisieren" }).click();
  assert.match(page.url(), /anzahl=2/);
  await page.locator(".slot").last().click();
  assert.equal(await heading(page), "Termin verschieben?");
  await page.getByRole("button", { name: "Termin verbindlich ändern" }).click();
  assert.equal(await heading(page), "Ihr Termin ist geändert");
  assert.notEqual(await page.locator(".ticket__when").innerText(), before);
  assert.match(await page.locator("main").innerText(), /× 2/);
  await leave(page);
});

test("an appointment is cancelled without scripts, and only by the button", async () => {
  // The checks of `inspect` are scripts; another test runs them on these pages.
  const page = await booked({ javaScriptEnabled: false });
  await page.getByRole("link", { name: "Absagen" }).click();
  assert.equal(await heading(page), "Möchten Sie diesen Termin absagen?");
  await page.getByRole("link", { name: "Termin behalten" }).click();
  assert.equal(await heading(page), "Ihr Termin steht fest");
  await page.getByRole("link", { name: "Absagen" }).click();
  await page.getByRole("button", { name: "Termin absagen" }).click();
  assert.equal(await heading(page), "Dieser Termin ist abgesagt");
  await leave(page);
});
