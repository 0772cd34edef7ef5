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

/** Lets the office close Altena on the day but for a single place, which is free again at once. */
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
  await page.goto(`${site}/altena/verwaltung/einrichtung/teil/stadt`);
  await page.getByLabel(/^Zurückgegebene Plätze wieder anbieten/).fill("0");
  await page.getByLabel(/^… spätestens nach Minuten/).fill("0");
  await page.getByRole("button", { name: "Speichern", exact: true }).last().click();
  await page.getByRole("status").filter({ hasText: "Gespeichert" }).waitFor();
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

/** The page of somebody's place on the list, once a place is kept for them. */
async function offered(email, options) {
  const page = await visit(await linkTo(email, "warteliste/b"), options);
  for (let tries = 0; tries < 50 && (await heading(page)) !== "Dieser Termin ist frei geworden"; tries += 1) {
    await page.waitForTimeout(100);
    await page.reload();
  }
  assert.equal(await heading(page), "Dieser Termin ist frei geworden");
  return page;
}

async function cancels(page) {
  await page.getByRole("link", { name: /absagen/i }).click();
  await page.getByRole("button", { name: /absagen/i }).click();
  await page.getByRole("heading", { name: /abgesagt/i }).first().waitFor();
  await leave(page);
}

async function passesAndLeaves(page) {
  await page.getByRole("button", { name: "Passt nicht, weiter warten" }).click();
  assert.equal(await heading(page), "Sie stehen auf der Warteliste");
  await page.getByRole("button", { name: "Von der Warteliste streichen" }).click();
  assert.equal(await heading(page), "Sie stehen nicht mehr auf der Warteliste");
}

async function takes(page) {
  await page.getByRole("button", { name: "Diesen Termin nehmen" }).click();
  assert.equal(await heading(page), "Ihr Termin steht fest");
}

const SCRIPTS = DESKTOP;
const NONE = { javaScriptEnabled: false };

test("a freed place goes to the first who waits, then to the next", async () => {
  await narrow();
  let booked = await books();
  // One passes with scripts and one takes without; then the other way round.
  for (const [number, passing, taking] of [
    ["1", SCRIPTS, NONE],
    ["2", NONE, SCRIPTS],
  ]) {
    const [first, second] = [`first-${number}@example.org`, `second-${number}@example.org`];
    const waits = await joins(first, passing);
    if (passing === SCRIPTS) await inspect(waits, "waiting");
    await leave(waits);
    await leave(await joins(second, taking));
    await cancels(booked);

    const passed = await offered(first, passing);
    if (passing === SCRIPTS) await inspect(passed, "waiting-offered");
    await passesAndLeaves(passed);
    if (passing === SCRIPTS) await inspect(passed, "waiting-left");
    await leave(passed);

    booked = await offered(second, taking);
    await takes(booked);
  }
  await leave(booked);
});
