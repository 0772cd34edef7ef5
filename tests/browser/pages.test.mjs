// Every page on its own: WCAG 2.2 AA at phone and desktop width, in light and dark.

import assert from "node:assert/strict";
import { test } from "node:test";
import { heading, inspect, introduce, leave, site, visit } from "./support.mjs";

/** Pages that an address alone opens: name, path, status, heading. */
const ADDRESSES = [
  ["towns", "/", 200, "In welcher Stadt möchten Sie einen Termin?"],
  ["town", "/twistringen", 200, "Was möchten Sie erledigen?"],
  ["town-english", "/steinfurt?lang=en", 200, "What would you like to get done?"],
  ["search", "/twistringen?q=ausweis", 200, "Was möchten Sie erledigen?"],
  ["search-nothing", "/twistringen?q=zeppelin", 200, "Was möchten Sie erledigen?"],
  ["service", "/steinfurt/anliegen/reisepass", 200, "Reisepass beantragen"],
  ["times", "/steinfurt/termin?anliegen=reisepass", 200, "Wann passt es Ihnen?"],
  ["times-leika", "/steinfurt/termin?anliegen=99115005104000", 200, "Wann passt es Ihnen?"],
  ["times-places", "/luenen/termin?anliegen=personalausweis", 200, "Wann passt es Ihnen?"],
  ["request", "/lengerich/anfrage?anliegen=eheschliessung", 200, "Wann würde es Ihnen passen?"],
  ["imprint", "/altena/impressum", 200, "Impressum"],
  ["privacy", "/altena/datenschutz", 200, "Datenschutz"],
  ["accessibility", "/altena/barrierefreiheit", 200, "Barrierefreiheit"],
  ["mailbox", "/mailbox", 200, "Postfach der Demonstration"],
  ["no-town", "/atlantis", 404, "Diese Stadt finden wir nicht"],
  ["no-page", "/steinfurt/nirgendwo", 404, "Diese Seite gibt es nicht"],
  ["no-service", "/steinfurt/termin?anliegen=zauberei", 404, "Dieses Anliegen finden wir nicht"],
  ["no-language", "/steinfurt?lang=xx", 404, "In dieser Sprache gibt es die Seite nicht"],
];

for (const [name, path, status, title] of ADDRESSES) {
  test(`page ${name}`, async () => {
    const page = await visit("/healthz");
    const answer = await page.goto(site + path);
    assert.equal(answer.status(), status);
    assert.equal(await heading(page), title);
    await inspect(page, name);
    await leave(page);
  });
}

test("what was typed comes back with an error summary that has the focus", async () => {
  const page = await visit("/twistringen/termin?anliegen=reisepass");
  await page.getByRole("button", { name: "Diesen Termin nehmen" }).click();
  await introduce(page, { name: "Zoë Ọládélé-Łąż", email: "zoe@", phone: "" });
  await page.getByRole("button", { name: "Weiter zur Prüfung" }).click();
  // The browser gives the focus once it has drawn the page.
  await page.locator(".summary:focus").waitFor();
  assert.equal(await page.getByLabel("Vor- und Nachname").inputValue(), "Zoë Ọládélé-Łąż");
  assert.equal(await page.getByLabel("E-Mail").inputValue(), "zoe@");
  assert.equal(await page.locator("[aria-invalid=true]").count(), 2);
  assert.match(await page.title(), /^Fehler: /);
  await inspect(page, "contact-errors");
  await page.getByRole("link", { name: "Geben Sie eine Telefonnummer an." }).click();
  assert.equal(await page.evaluate(() => document.activeElement.id), "phone");
  await leave(page);
});

test("a slot that others have taken leads to the nearest, and nothing is typed twice", async () => {
  const page = await visit("/altena/termin?anliegen=reisepass");
  const chosen = page.locator(".proposal button");
  const taken = await chosen.getAttribute("value");
  // Others press it first, until all counters are held.
  let left = 10;
  for (let answer = ""; !answer.includes("gerade vergeben"); left -= 1) {
    assert.ok(left > 0, "ten people fill Altena");
    const body = new URLSearchParams({ wahl: taken });
    const url = `${site}/altena/termin/halten?anliegen=reisepass`;
    answer = await (await fetch(url, { method: "POST", body })).text();
  }
  await chosen.click();
  assert.match(await page.getByRole("alert").innerText(), /gerade vergeben/);
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("role")), "alert");
  await inspect(page, "taken");
  const nearest = page.locator(".nearest button").first();
  assert.notEqual(await nearest.getAttribute("value"), taken);
  await nearest.click();
  assert.equal(await heading(page), "Ihre Kontaktdaten");
  await leave(page);
});

test("whoever comes too often is told when to come again", async () => {
  for (let asked = 0; asked < 30; asked += 1) {
    const body = new URLSearchParams({ email: `somebody-${asked}@example.org` });
    await fetch(`${site}/luenen/meine-termine`, { method: "POST", body });
  }
  const page = await visit("/luenen/meine-termine");
  await page.getByLabel("E-Mail").fill("erika@example.org");
  await page.locator("main form button").click();
  assert.equal(await heading(page), "Das waren sehr viele auf einmal");
  assert.equal(await page.locator("input[name=email]").inputValue(), "erika@example.org");
  await inspect(page, "too-often");
  await leave(page);
});

test("GraphiQL asks the demonstration's own API", async () => {
  const page = await visit("/graphql", { viewport: { width: 1280, height: 900 } });
  // Pressed before the editor holds its query, the button asks nothing.
  const answer = page.locator(".result-window", { hasText: "Reisepass beantragen" });
  for (let presses = 0; presses < 10 && !(await answer.isVisible()); presses += 1) {
    await page.getByRole("button", { name: /Execute query/ }).click();
    await answer.waitFor({ timeout: 3_000 }).catch(() => {});
  }
  await answer.waitFor();
  await leave(page);
});
