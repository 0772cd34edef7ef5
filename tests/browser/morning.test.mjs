// A clerk's morning in a real browser, as one story: a caller, an emergency, a request, somebody who
// does not come, an afternoon that has to be closed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { heading, inspect, leave, mailTo, show, signIn, site, visit } from "./support.mjs";

const DESKTOP = { viewport: { width: 1280, height: 900 } };
const at = (path) => `${site}/lengerich/verwaltung${path}`;

/** A citizen wishes to marry. */
async function askToMarry() {
  const page = await visit("/lengerich/anfrage?anliegen=eheschliessung");
  const wish = page.locator(".wish").first();
  await wish.getByLabel("Datum").fill("2026-12-07");
  await wish.getByLabel("frühestens").fill("09:00");
  await wish.getByLabel("spätestens").fill("11:00");
  await page.locator("#name").fill("Verena Verlobt");
  await page.locator("#email").fill("verena@example.org");
  await page.getByRole("button", { name: "Weiter zur Prüfung" }).click();
  await page.getByRole("button", { name: "Terminwunsch absenden" }).click();
  await leave(page);
}

/** Somebody at the desk gets the next start of today, which comes while the story goes on. */
async function bookAtOnce(page, name) {
  await page.goto(at("/buchen?anliegen=umzug"));
  await page.getByLabel("Vor- und Nachname").fill(name);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name }).waitFor();
  assert.equal(await page.getByRole("button", { name: "Nicht erschienen" }).count(), 0, "it has not begun");
  await page.goto(at("/tag?datum=2026-11-27"));
}

/** Waits until the appointment that is shown has begun. */
async function begin(page) {
  for (let seconds = 0; seconds < 400; seconds += 1) {
    await page.reload();
    if (await page.getByRole("button", { name: "Nicht erschienen" }).count()) return;
    await page.waitForTimeout(1000);
  }
  assert.fail("it does not begin");
}

/** Counts what is pressed from here on, beyond the next page too. */
const countKeys = (page) => page.evaluate(() => {
  sessionStorage.setItem("keys", "0");
  addEventListener("keydown", () => sessionStorage.setItem("keys", Number(sessionStorage.getItem("keys")) + 1), true);
});

test("a clerk's morning", async (story) => {
  await askToMarry();
  const page = await visit("/lengerich/verwaltung/tag?datum=2026-11-27", DESKTOP);
  await signIn(page, "clerk@lengerich.example");
  await bookAtOnce(page, "Norbert Nichtda");

  await story.test("a caller without a mail address has a time four keys after the name at the latest, and gets a slip", async () => {
    await page.locator(".grid__free a", { hasText: "09:00" }).first().press("Enter");
    assert.equal(await heading(page), "Termin vergeben");
    await page.getByLabel("Vor- und Nachname").pressSequentially("Karl Anrufer");
    await countKeys(page);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Karl Anrufer" }).waitFor();
    const keys = Number(await page.evaluate(() => sessionStorage.getItem("keys")));
    assert.ok(keys >= 1 && keys <= 4, `${keys} keys`);
    await page.getByText("Drucken Sie diese Seite als Terminzettel aus.").waitFor();
    await page.emulateMedia({ media: "print" });
    const slip = await page.locator("body").innerText();
    for (const part of [/Stadt Lengerich/, /Karl Anrufer/, /27\. November 2026\s+09:00/, /Rathaus/, /Tecklenburger Straße 2–4/, /[0-9A-Z]{4}-[0-9A-Z]{4}/]) {
      assert.match(slip, part);
    }
    for (const control of ["button", ".kern-btn", "textarea", "nav", ".kern-alert"]) {
      assert.equal(await page.locator(control).locator("visible=true").count(), 0, `${control} on paper`);
    }
    await show(page, "slip");
    await page.emulateMedia({ media: null });
  });

  await story.test("an emergency gets a place in the reserve", async () => {
    await page.goto(at("/tag?datum=2026-11-27"));
    await page.locator(".grid__free--reserve a").first().click();
    await page.getByLabel("Vor- und Nachname").fill("Erna Eilig");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Erna Eilig" }).waitFor();
    assert.match(await page.locator("main").innerText(), /12:30[^]*Reserve/);
  });

  await story.test("the oldest request gets one of its wished times, and its mail leaves", async () => {
    await page.getByRole("link", { name: "Anfragen" }).click();
    await page.getByRole("link", { name: /Verena Verlobt/ }).click();
    await page.locator(".slot", { hasText: "09:00" }).first().click();
    await page.getByRole("heading", { name: "Verena Verlobt" }).waitFor();
    assert.match(await page.locator(".ticket__when").innerText(), /7\. Dezember 2026\s+09:00/);
  });

  await story.test("the list of the day finds who comes", async () => {
    await page.goto(at("/tag?datum=2026-11-27"));
    await page.getByRole("link", { name: "Liste", exact: true }).click();
    const list = page.getByRole("region", { name: "Termine des Tages" });
    await list.getByRole("link", { name: "Erna Eilig" }).waitFor();
    await inspect(page, "desk-list");
    await show(page, "list");
    await page.getByRole("searchbox").fill("anrufer");
    await page.keyboard.press("Enter");
    await page.getByText("1 von 2 Terminen").waitFor();
    assert.equal(await list.getByRole("link", { name: "Erna Eilig" }).count(), 0);
    await list.getByRole("link", { name: "Karl Anrufer" }).click();
    await page.getByRole("heading", { name: "Karl Anrufer" }).waitFor();
  });

  await story.test("who did not come is marked once the appointment has begun", async () => {
    await page.goto(at("/tag"));
    await page.locator(".grid__booked a", { hasText: "Norbert Nichtda" }).click();
    await begin(page);
    await page.getByRole("button", { name: "Nicht erschienen" }).click();
    await page.locator(".grid__booked", { hasText: "Norbert Nichtda" }).filter({ hasText: "(nicht erschienen)" }).waitFor();
  });

  await story.test("an afternoon is closed, and its six appointments are moved together", async () => {
    for (const [index, time] of ["13:00", "13:00", "13:00", "13:20", "13:20", "13:20"].entries()) {
      await page.goto(at(`/buchen?anliegen=personalausweis&start=2026-11-26T${time}:00Z`));
      await page.getByLabel("Vor- und Nachname").fill(`Gast ${index + 1}`);
      await page.getByLabel("E-Mail-Adresse").fill(`gast-${index + 1}@example.org`);
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: `Gast ${index + 1}` }).waitFor();
    }
    await page.getByRole("link", { name: "Schließen" }).click();
    await page.getByLabel("Erster Tag").fill("2026-11-26");
    await page.getByLabel("Letzter Tag").fill("2026-11-26");
    await page.getByLabel("Ab (leer: Tagesbeginn)").fill("13:00");
    await page.getByLabel(/Grund/).fill("Betriebsversammlung");
    await page.getByRole("button", { name: "Betroffene zeigen" }).click();
    await page.getByRole("heading", { name: "Betroffene Termine: 6" }).waitFor();
    await page.getByRole("button", { name: "Schließen und alle verschieben" }).click();
    await page.getByText("Verschobene Termine: 6.").waitFor();
    await page.getByRole("link", { name: "Zum Tag" }).click();
    await page.getByText("0 Termine").waitFor();
    await page.goto(at("/suche"));
    await page.getByLabel("Name, Terminnummer").fill("gast");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Kommende Termine" }).waitFor();
    assert.doesNotMatch(page.url(), /gast/);
    await inspect(page, "desk-search");
    await page.getByText("6 gefunden").waitFor();
    assert.equal(await page.locator(".pick__meta", { hasText: "26. November" }).count(), 0);
  });

  await story.test("only who has an address got mails, and none of the closing yet", async () => {
    const mail = await mailTo(page, "verena@example.org");
    assert.match(mail, /Verena Verlobt/);
    await page.goto(`${site}/mailbox`);
    const mails = await page.locator("main").innerText();
    assert.doesNotMatch(mails, /Nichtda|Anrufer|Eilig|Verschoben|Neuer Termin/);
    await leave(page, { signedIn: true });
  });
});

test("a day that stays open shows what is held, and its line moves on", async () => {
  const clerk = await visit("/anmelden", DESKTOP);
  await clerk.clock.install();
  await signIn(clerk, "clerk@lengerich.example");
  await clerk.goto(at("/tag"));
  const line = clerk.locator(".now");
  const before = await line.boundingBox();
  await clerk.clock.fastForward("00:45");
  await clerk.clock.fastForward("40:00");
  await clerk.waitForFunction((y) => document.querySelector(".now").getBoundingClientRect().y > y + 60, before.y);
  assert.match(await line.textContent(), /, jetzt 09:[34]\d/);
  await leave(clerk, { signedIn: true });

  const page = await visit("/lengerich/verwaltung/tag?datum=2026-12-01", DESKTOP);
  await signIn(page, "clerk@lengerich.example");
  assert.equal(await page.locator(".grid__held").count(), 0);
  const citizen = await visit("/lengerich/termin?anliegen=umzug&tag=2026-12-01");
  await citizen.locator(".slot").first().click();
  await citizen.locator("#name").waitFor();
  await page.locator(".grid__held").waitFor();
  await inspect(page, "desk-day-held");
  await leave(page, { signedIn: true });
  await leave(citizen);
});

test("what a colleague books before a day begins to listen is shown too", async () => {
  const page = await visit("/anmelden", DESKTOP);
  await signIn(page, "clerk@lengerich.example");
  let listen;
  const booked = new Promise((resolve) => { listen = resolve; });
  await page.route("**/puls?*", async (route) => {
    await booked;
    await route.continue();
  });
  await page.goto(at("/tag?datum=2026-12-02"));
  const colleague = await visit("/lengerich/verwaltung/buchen?anliegen=umzug&start=2026-12-02T08:00:00Z");
  await signIn(colleague, "admin@lengerich.example");
  await colleague.getByLabel("Vor- und Nachname").fill("Zoe Dazwischen");
  await colleague.keyboard.press("Enter");
  await colleague.getByRole("heading", { name: "Zoe Dazwischen" }).waitFor();
  listen();
  await page.locator(".grid__booked", { hasText: "Zoe Dazwischen" }).waitFor();
  await leave(page, { signedIn: true });
  await leave(colleague, { signedIn: true });
});
