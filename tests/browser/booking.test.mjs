// Whole bookings: by mouse in two languages, by keyboard alone, and without scripts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { heading, inspect, introduce, leave, person, show, visit } from "./support.mjs";

test("a booking, seen from every side", async () => {
  const page = await visit("/steinfurt");
  await page.getByRole("link", { name: /^Personalausweis/ }).first().click();
  assert.equal(await heading(page), "Wann passt es Ihnen?");
  await page.getByLabel(/^Anzahl/).selectOption("2");
  await page.waitForURL(/anzahl=2/);
  await page.getByRole("link", { name: "Nächster Monat" }).click();
  await page.waitForURL(/monat=/);
  await page.getByRole("link", { name: "Voriger Monat" }).click();
  await page.locator(".day--free").nth(1).click();
  await page.locator(".day--chosen").waitFor();
  await inspect(page, "times-chosen");
  await show(page, "times");
  await page.locator(".slot").first().click();
  assert.equal(await heading(page), "Ihre Kontaktdaten");
  await inspect(page, "contact");
  await introduce(page);
  await page.getByRole("button", { name: "Weiter zur Prüfung" }).click();
  assert.equal(await heading(page), "Stimmt alles?");
  await inspect(page, "check");
  await page.getByRole("button", { name: "Termin verbindlich buchen" }).click();
  assert.equal(await heading(page), "Ihr Termin steht fest");
  const text = await page.locator("main").innerText();
  for (const part of [person.email, "Zugang B", "× 2", "Digitales Lichtbild"]) {
    assert.ok(text.includes(part), `${part} in ${text}`);
  }
  await inspect(page, "booked");
  const [calendar] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "In den Kalender" }).click(),
  ]);
  assert.equal(calendar.suggestedFilename(), "termin.ics");
  await leave(page);
});

test("a whole booking by keyboard alone", async () => {
  const page = await visit("/luenen", { viewport: { width: 1280, height: 900 } });
  const press = (key) => page.keyboard.press(key);
  /** Tabs on to the element that `matches`, as a person does who looks where the focus is. */
  const tabTo = async (matches) => {
    for (let presses = 0; presses < 120; presses += 1) {
      await press("Tab");
      const ring = await page.evaluate(() => {
        const { activeElement } = document;
        const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(activeElement);
        return activeElement === document.body
          || (outlineStyle !== "none" && outlineWidth !== "0px") || boxShadow !== "none";
      });
      assert.ok(ring, "the focus is always visible");
      if (await page.evaluate((css) => document.activeElement.matches(css), matches)) return;
    }
    assert.fail(`the keyboard does not reach ${matches}`);
  };
  const enter = async (title) => {
    await Promise.all([page.waitForURL(/./, { waitUntil: "load" }), press("Enter")]);
    await page.locator("h1", { hasText: title }).waitFor();
  };
  await press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
  await press("Enter");
  await tabTo(".pick[href*=personalausweis]");
  await enter("Wann passt es Ihnen?");
  await tabTo(".day--free:not(.day--chosen)");
  const day = await page.evaluate(() => document.activeElement.id);
  await press("Enter");
  // The calendar is another one then, with the focus where it was.
  await page.waitForFunction(() => document.activeElement.matches(".day--chosen"));
  assert.equal(await page.evaluate(() => document.activeElement.id), day);
  await tabTo(".slot");
  await enter("Ihre Kontaktdaten");
  for (const [field, value] of [["#name", person.name], ["#email", person.email], ["#phone", person.phone]]) {
    await tabTo(field);
    await page.keyboard.type(value);
  }
  await enter("Stimmt alles?");
  await tabTo("form[action*='/termin/buchen'] button");
  await enter("Ihr Termin steht fest");
  await leave(page);
});

test("a whole booking without scripts, in English", async () => {
  const page = await visit("/altena?lang=en", { javaScriptEnabled: false });
  await page.getByLabel("Search").fill("identity card");
  await page.getByRole("button", { name: "Search" }).click();
  await page.locator(".pick").first().click();
  await page.locator("select[name=anzahl]").selectOption("4");
  await page.getByRole("button", { name: "Update" }).click();
  assert.match(page.url(), /anzahl=4/);
  await page.locator(".day--free").first().click();
  await page.locator(".slot").last().click();
  await page.locator("#name").fill(person.name);
  await page.locator("#email").fill(person.email);
  await page.locator(".fields button[type=submit]").click();
  await page.locator("form[action*='/termin/buchen'] button").click();
  assert.equal(await heading(page), "Your appointment is booked");
  assert.match(await page.locator("main").innerText(), /× 4/);
  await leave(page);
});

test("a request with three wishes", async () => {
  const page = await visit("/lengerich");
  await page.getByRole("link", { name: /^Eheschließung/ }).first().click();
  for (const [index, day] of ["2026-12-01", "2026-12-03", "2026-12-08"].entries()) {
    const wish = page.locator(".wish").nth(index);
    await wish.getByLabel("Datum").fill(day);
    await wish.getByLabel("frühestens").fill("09:00");
    await wish.getByLabel("spätestens").fill("12:00");
  }
  await introduce(page);
  await page.getByRole("button", { name: "Weiter zur Prüfung" }).click();
  await inspect(page, "request-check");
  await page.getByRole("button", { name: "Terminwunsch absenden" }).click();
  assert.equal(await heading(page), "Ihr Terminwunsch ist angekommen");
  await inspect(page, "requested");
  await page.getByRole("button", { name: "Zurückziehen und Daten löschen" }).click();
  assert.equal(await heading(page), "Sie haben Ihren Terminwunsch zurückgezogen");
  await inspect(page, "request-withdrawn");
  await leave(page);
});
