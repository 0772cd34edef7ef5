// The waiting list: joining it, being offered a place, taking it, with and without scripts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { heading, inspect, introduce, leave, mailTo, person, signIn, site, visit } from "./support.mjs";

const DESKTOP = { viewport: { width: 1280, height: 900 } };
const DAY = "2026-12-10";

/** The page of the newest mail to `email`, by the link that ends in a secret. */
async function linkTo(email, path) {
  const page = await visit("/mailbox");
  const text = await mailTo(page, email);
  await leave(page);
  return new URL(text.match(new RegExp(`https?:\\S+/${path}/\\S+`))[0]).pathname;
}

/** Lets the office close Altena on the day but for a single hour at one counter. */
async function narrow() {
  const page = await visit("/anmelden", DESKTOP);
  await signIn(page, "admin@altena.example");
  await page.goto(`${site}/altena/verwaltung/einrichtung/teil/standorte/rathaus/tage`);
  const close = async (from, to, counters) => {
    const row = page.locator("fieldset.group", { hasText: "Schließung eintragen" });
    await row.getByLabel("Erster Tag").fill(DAY);
    await row.getByLabel("Letzter Tag").fill(DAY);
    await row.getByLabel("Ab Uhrzeit").fill(from);
    await row.getByLabel("Bis Uhrzeit").fill(to);
    for (const counter of counters) await row.getByLabel(counter, { exact: true }).check();
    await page.getByRole("button", { name: "Speichern", exact: true }).last().click();
    await page.getByRole("status").filter({ hasText: "Gespeichert" }).waitFor();
    await page.goto(`${site}/altena/verwaltung/einrichtung/teil/standorte/rathaus/tage`);
  };
  await close("08:45", "24:00", []);
  await close("", "", ["Platz 2", "Platz 3 (halbtags)"]);
  await leave(page, { signedIn: true });
}

async function books() {
  const page = await visit(`/altena/termin?anliegen=umzug&tag=${DAY}`);
  await page.locator(".slot").first().click();
  await introduce(page);
  await page.getByRole("button", { name: "Weiter zur Prüfung" }).click();
  await page.getByRole("button", { name: "Termin verbindlich buchen" }).click();
  assert.equal(await heading(page), "Ihr Termin steht fest");
  return page;
}

async function joins(email, options) {
  const page = await visit("/altena/termin?anliegen=umzug", options);
  await page.getByRole("link", { name: "Auf die Warteliste setzen lassen" }).click();
  assert.equal(await heading(page), "Auf die Warteliste");
  await page.getByLabel("Frühester Tag").fill(DAY);
  await page.getByLabel("Spätester Tag").fill("2026-12-09");
  await page.getByRole("button", { name: "Auf die Warteliste setzen" }).click();
  await page.getByRole("link", { name: /^Der späteste Tag liegt/ }).waitFor();
  if (options.javaScriptEnabled !== false) await inspect(page, "waiting-errors");
  await page.getByLabel("Spätester Tag").fill(DAY);
  await introduce(page, { ...person, email });
  if (options.javaScriptEnabled !== false) {
    await inspect(page, "waiting-join");
  }
  await page.getByRole("button", { name: "Auf die Warteliste setzen" }).click();
  assert.equal(await heading(page), "Sie stehen auf der Warteliste");
  return page;
}

test("a freed place goes to the first who waits, then to the next", async () => {
  await narrow();
  const booked = await books();
  const first = await joins("first@example.org", DESKTOP);
  await inspect(first, "waiting");
  await leave(first);
  const second = await joins("second@example.org", { javaScriptEnabled: false });
  await leave(second);

  await booked.getByRole("link", { name: /absagen/i }).click();
  await booked.getByRole("button", { name: /absagen/i }).click();
  await booked.getByRole("heading", { name: /abgesagt/i }).first().waitFor();
  await leave(booked);

  const offered = await visit(await linkTo("first@example.org", "warteliste/b"));
  for (let tries = 0; tries < 50 && (await heading(offered)) !== "Dieser Termin ist frei geworden"; tries += 1) {
    await offered.waitForTimeout(100);
    await offered.reload();
  }
  assert.equal(await heading(offered), "Dieser Termin ist frei geworden");
  await inspect(offered, "waiting-offered");
  await offered.getByRole("button", { name: "Passt nicht, weiter warten" }).click();
  assert.equal(await heading(offered), "Sie stehen auf der Warteliste");
  await offered.getByRole("button", { name: "Von der Warteliste streichen" }).click();
  assert.equal(await heading(offered), "Sie stehen nicht mehr auf der Warteliste");
  await inspect(offered, "waiting-left");
  await leave(offered);

  // The next has no scripts.
  const next = await visit(await linkTo("second@example.org", "warteliste/b"), { javaScriptEnabled: false });
  for (let tries = 0; tries < 50 && (await heading(next)) !== "Dieser Termin ist frei geworden"; tries += 1) {
    await next.waitForTimeout(100);
    await next.reload();
  }
  await next.getByRole("button", { name: "Diesen Termin nehmen" }).click();
  assert.equal(await heading(next), "Ihr Termin steht fest");
  await leave(next);
});
