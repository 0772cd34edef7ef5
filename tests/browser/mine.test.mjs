// What citizens do with what is theirs: confirm an address, find appointments again, erase; and the
// pages on which a town asks for the first.

import assert from "node:assert/strict";
import { test } from "node:test";
import { heading, inspect, introduce, leave, mailTo, person, signIn, site, visit } from "./support.mjs";

/** The first link into `path` in a mail's text, on this server. */
function linkIn(mail, path) {
  const [link] = mail.match(new RegExp(`http\\S+/${path}/\\S+`));
  return site + new URL(link).pathname;
}

/** Lets Altena ask for a confirmed address within so many minutes; 0 does not ask. */
async function ask(minutes) {
  const page = await visit("/altena/verwaltung/einrichtung/teil/stadt");
  await signIn(page, "admin@altena.example");
  await page.getByLabel("E-Mail-Adresse bestätigen, Minuten").fill(String(minutes));
  await page.getByRole("button", { name: "Speichern" }).click();
  await page.getByText("Gespeichert").first().waitFor();
  return page;
}

test("a town says what it tells whom, and shows its keys", async () => {
  const page = await visit("/altena/verwaltung/einrichtung/teil/benachrichtigungen");
  await signIn(page, "admin@altena.example");
  assert.equal(await heading(page), "Benachrichtigungen");
  await page.getByLabel("Adresse des Dienstes").fill("https://sms.example.org/send");
  await page.getByLabel("Inhalt").fill("{{ phone }}");
  await page.getByRole("button", { name: "Speichern" }).click();
  assert.match(await page.locator("main").innerText(), /\{\{ phone \}\} und \{\{ text \}\}/);
  await inspect(page, "set-up-notices-wrong");
  await page.getByLabel("Inhalt").fill('{"to": "{{ phone }}", "text": "{{ text }}"}');
  await page.locator('[name="webhooks[1].slug"]').fill("halle");
  await page.locator('[name="webhooks[1].url"]').fill("https://halle.example.org/");
  await page.getByRole("button", { name: "Speichern" }).click();
  await page.goto(`${site}/altena/verwaltung/einrichtung/schluessel`);
  assert.equal(await heading(page), "Schlüssel");
  assert.match(await page.locator("main").innerText(), /whsec_/);
  await page.getByLabel("Kennwort oder Schlüssel").fill("secret");
  await page.getByRole("button", { name: "Speichern" }).click();
  await page.getByText("Das Kennwort ist gespeichert").waitFor();
  await inspect(page, "set-up-keys");
  await page.goto(`${site}/altena/verwaltung/einrichtung/teil/absender`);
  await page.getByLabel("Eigene Absenderadresse").fill("termine");
  await page.getByRole("button", { name: "Speichern" }).last().click();
  await page.getByRole("link", { name: /^Eigene Absenderadresse: .*wie termine@stadt\.de/ }).waitFor();
  assert.equal(await page.getByLabel("Eigene Absenderadresse").inputValue(), "termine");
  await page.getByLabel("Eigene Absenderadresse").fill("termine@altena.example");
  await page.getByRole("button", { name: "Speichern" }).last().click();
  await page.getByRole("status").filter({ hasText: "Gespeichert" }).waitFor();
  assert.match(await page.locator("main").innerText(), /amtstermin\._domainkey\.altena\.example/);
  await inspect(page, "set-up-sender");
  await leave(page, { signedIn: true });
});

test("an address is confirmed, found again and erased", async () => {
  const setUp = await ask(20);
  const email = "mine@example.org";
  const page = await visit("/altena/termin?anliegen=personalausweis");
  await page.locator(".slot").nth(8).click();
  await introduce(page, { ...person, email });
  await page.getByLabel(/auch SMS/).check();
  await page.getByRole("button", { name: "Weiter zur Prüfung" }).click();
  assert.match(await page.locator("main").innerText(), /auch per SMS/);
  await page.getByRole("button", { name: "Termin verbindlich buchen" }).click();
  assert.equal(await heading(page), "Bitte bestätigen Sie Ihre E-Mail-Adresse");
  await inspect(page, "unconfirmed");
  await page.goto(linkIn(await mailTo(page, email), "termin/bestaetigen"));
  assert.equal(await heading(page), "Termin bestätigen");
  await inspect(page, "confirm");
  await page.getByRole("button", { name: "Termin bestätigen" }).click();
  assert.equal(await heading(page), "Ihr Termin steht fest");

  await page.getByRole("link", { name: "Meine Termine" }).click();
  await page.getByRole("button", { name: "Link schicken" }).click();
  assert.match(await page.locator("main").innerText(), /E-Mail-Adresse/);
  await inspect(page, "overview-ask");
  await page.getByLabel("E-Mail").fill(email);
  await page.getByRole("button", { name: "Link schicken" }).click();
  await page.getByText("Sehen Sie in Ihre E-Mails").waitFor();
  let mail = "";
  for (let looks = 0; !mail.includes("/meine-termine/"); looks += 1) {
    assert.ok(looks < 50, "no mail with the link");
    mail = await mailTo(page, email);
  }
  await page.goto(linkIn(mail, "meine-termine"));
  assert.equal(await page.locator(".pick").count(), 0, "opening the link shows nothing yet");
  await page.getByRole("button", { name: "Termine anzeigen" }).click();
  assert.equal(await page.locator(".pick").count(), 1);
  await inspect(page, "overview");
  await page.locator(".pick").click();
  await page.getByRole("link", { name: "Meine Daten löschen" }).click();
  assert.equal(await heading(page), "Möchten Sie Ihre Daten löschen?");
  await inspect(page, "erase");
  await page.getByRole("button", { name: "Termin absagen und Daten löschen" }).click();
  assert.equal(await heading(page), "Ihre Daten sind gelöscht");
  await inspect(page, "erased");
  await leave(page);
  await leave(setUp, { signedIn: true });
});

test("an address is confirmed and erased without scripts too", async () => {
  const email = "plain@example.org";
  const page = await visit("/altena/termin?anliegen=personalausweis", { javaScriptEnabled: false });
  await page.locator(".slot").nth(12).click();
  await introduce(page, { ...person, email });
  await page.getByRole("button", { name: "Weiter zur Prüfung" }).click();
  await page.getByRole("button", { name: "Termin verbindlich buchen" }).click();
  await page.goto(linkIn(await mailTo(page, email), "termin/bestaetigen"));
  await page.getByRole("button", { name: "Termin bestätigen" }).click();
  assert.equal(await heading(page), "Ihr Termin steht fest");
  await page.getByRole("link", { name: "Meine Daten löschen" }).click();
  await page.getByRole("button", { name: "Termin absagen und Daten löschen" }).click();
  assert.equal(await heading(page), "Ihre Daten sind gelöscht");
  await leave(page);
  await leave(await ask(0), { signedIn: true });
});
