// A town goes live by itself: from the invitation to the first citizen, through the pages alone.

import assert from "node:assert/strict";
import { test } from "node:test";
import { heading, inspect, introduce, leave, mailTo, show, signIn, site, visit } from "./support.mjs";

const DESKTOP = { viewport: { width: 1280, height: 900 } };
const PASSWORD = "vier Enten am Kanal";

/** Lets the platform's operator found a town, and returns its admin's page after the invitation. */
async function founded({ name, ags, county, email }) {
  const operator = await visit("/anmelden", DESKTOP);
  await signIn(operator, "betrieb@plattform.example");
  await operator.goto(`${site}/betrieb`);
  await operator.getByLabel("Name").fill(name);
  await operator.getByLabel("Amtlicher Gemeindeschlüssel").fill(ags);
  await operator.getByLabel("Kreis").fill(county);
  await operator.getByLabel("E-Mail-Adresse der Verwaltung").fill(email);
  await operator.getByRole("button", { name: "Anlegen und einladen" }).click();
  await operator.getByRole("status").filter({ hasText: "angelegt" }).waitFor();
  await inspect(operator, "platform");
  const mail = await mailTo(operator, email);
  await leave(operator, { signedIn: true });
  const link = new URL(mail.match(/https?:\S+\/kennwort\/\S+/)[0]).pathname;
  const page = await visit(link, DESKTOP);
  assert.equal(await heading(page), "Kennwort wählen");
  await inspect(page, "choose-password");
  await page.getByLabel("Neues Kennwort").fill("passwort1234");
  await page.getByRole("button", { name: "Speichern und anmelden" }).click();
  await page.getByText("leicht zu erraten").waitFor();
  await page.getByLabel("Neues Kennwort").fill(PASSWORD);
  await page.getByRole("button", { name: "Speichern und anmelden" }).click();
  assert.equal(await heading(page), "Einrichtung");
  page.invitation = link;
  return page;
}

/** Lets the platform's operator delete a town that the demonstration brings along. */
async function deleted(town) {
  const ask = async (query, token) => {
    const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
    const answer = await fetch(`${site}/graphql`, { method: "POST", headers, body: JSON.stringify({ query }) });
    const { data, errors } = await answer.json();
    assert.equal(errors, undefined, JSON.stringify(errors));
    return data;
  };
  const sign = 'mutation { signIn(email: "betrieb@plattform.example", password: "Amtstermin-Demo") }';
  const { signIn: token } = await ask(sign, "");
  await ask(`mutation { suspendTown(town: "${town}", suspended: true) }`, token);
  await ask(`mutation { deleteTown(town: "${town}", confirm: "${town}") }`, token);
}

/** Presses a button that saves, and counts it. */
function steps(page) {
  let count = 0;
  return {
    open: (name) => page.locator("ol.cards").getByRole("link", { name }).click(),
    press: async (name, then) => {
      count += 1;
      await page.getByRole("button", { name, exact: true }).last().click();
      await page.getByRole("status").filter({ hasText: then }).waitFor();
    },
    count: () => count,
  };
}

/** The page's frame shows the town's first page in a colour. */
async function previews(page, color) {
  const frame = page.frameLocator("#vorschau-seite");
  await frame.getByRole("heading", { level: 1, includeHidden: true }).waitFor();
  const shown = () => getComputedStyle(document.documentElement).getPropertyValue("--kern-color-action-default");
  for (let tries = 0; tries < 50; tries += 1) {
    const own = await page.frame({ url: /\/vorschau\?/ }).evaluate(shown);
    if (own.trim() === color) return;
    await page.waitForTimeout(100);
  }
  assert.fail(`not shown in ${color}`);
}

async function place(page, step, street, code, city) {
  await step.open(/^Standort/);
  await page.getByLabel("Name", { exact: true }).first().fill("Bürgerbüro");
  await page.getByLabel("Straße und Hausnummer").fill(street);
  await page.getByLabel("Postleitzahl").fill(code);
  await page.getByLabel("Ort").fill(city);
  await step.press("Speichern", "Gespeichert");
}

async function hours(page, step) {
  await step.open(/^Öffnungszeiten/);
  for (const day of ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag"]) {
    await page.getByLabel(`${day}, von`, { exact: true }).fill("08:00");
    await page.getByLabel(`${day}, bis`, { exact: true }).fill("12:00");
  }
  await step.press("Speichern", "Gespeichert");
}

async function books(path, slug) {
  const citizen = await visit(path);
  await citizen.goto(`${site}${path}/termin?anliegen=${slug}`);
  await citizen.locator(".day--free").first().click();
  await citizen.locator(".slot").first().click();
  await introduce(citizen);
  await citizen.getByRole("button", { name: "Weiter zur Prüfung" }).click();
  await citizen.getByRole("button", { name: "Termin verbindlich buchen" }).click();
  assert.equal(await heading(citizen), "Ihr Termin steht fest");
  return citizen;
}

test("a new town: from the invitation to a citizen's booking in eight steps", async () => {
  const email = "it@werdohl.example";
  const page = await founded({ name: "Stadt Werdohl", ags: "05962060", county: "Märkischer Kreis", email });
  const step = steps(page);
  await page.getByText("Das Impressum fehlt.").waitFor();
  await inspect(page, "onboarding");
  await show(page, "onboarding");

  await step.open(/^Stadt/);
  await page.getByLabel("Telefonnummer", { exact: false }).first().fill("+49 2392 917-0");
  await inspect(page, "part-town");
  await step.press("Speichern", "Gespeichert");

  await step.open(/^Aussehen/);
  await page.getByLabel("Farbe").fill("#ffd700");
  await page.getByRole("button", { name: "Speichern", exact: true }).last().click();
  await page.getByRole("link", { name: /^Farbe: .*4,5:1/ }).waitFor();
  await inspect(page, "part-refused");
  await page.getByRole("button", { name: "Vorgeschlagene Farbe nehmen" }).click();
  await page.getByRole("status").filter({ hasText: "Noch nicht gespeichert" }).waitFor();
  assert.equal(await page.getByLabel("Farbe").inputValue(), "#8b7500");
  await page.getByLabel("Farbe").fill("#00594f");
  await previews(page, "#00594f");
  const logo = page.getByLabel("Wappen oder Logo als Datei");
  for (const [name, content, expected] of [
    ["brief.pdf", "%PDF-1.7", /^Wappen .*erwartet wird ein Bild/],
    ["gross.svg", `<svg xmlns='http://www.w3.org/2000/svg'>${"<g/>".repeat(200_000)}</svg>`, /^Wappen .*höchstens 32 KB/],
    ["boese.svg", "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", /SVG ohne Skripte/],
  ]) {
    await logo.setInputFiles({ name, mimeType: "application/octet-stream", buffer: Buffer.from(content) });
    await page.getByRole("button", { name: "Speichern", exact: true }).last().click();
    await page.getByRole("link", { name: expected }).waitFor();
    assert.equal(await page.getByLabel("Farbe").inputValue(), "#00594f");
  }
  await inspect(page, "part-look");
  const drawn = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'><metadata>x</metadata><path d='M1 1h7v7z' fill='#00594f'/></svg>";
  await logo.setInputFiles({ name: "wappen.svg", mimeType: "image/svg+xml", buffer: Buffer.from(drawn) });
  await page.getByRole("button", { name: "Vorschau", exact: true }).click();
  await page.getByRole("status").filter({ hasText: "Noch nicht gespeichert" }).waitFor();
  const frame = page.frameLocator("#vorschau-seite");
  const shown = frame.locator(".brand__logo");
  assert.match(await shown.getAttribute("src"), /^data:image\/svg\+xml;base64,/);
  assert.ok(await shown.evaluate((image) => image.decode().then(() => image.naturalWidth > 0)));
  const color = (page) => getComputedStyle(page).getPropertyValue("--kern-color-action-default").trim();
  assert.equal(await frame.locator("html").evaluate(color), "#00594f");
  const picture = await page.locator(".brand").screenshot();
  await logo.setInputFiles({ name: "wappen.png", mimeType: "image/png", buffer: picture });
  await step.press("Speichern", "Gespeichert");
  assert.match(await page.locator(".brand__logo").getAttribute("src"), /\/logo\/[0-9a-f]{32}\.png$/);

  await step.open(/^Anliegen/);
  await inspect(page, "take");
  await step.press("Übernehmen", "Übernommen");
  await place(page, step, "Goethestraße 51", "58791", "Werdohl");
  await page.getByText("Der Schalter ist nie offen").waitFor();
  await hours(page, step);
  await inspect(page, "overview");

  // Not live yet: citizens see nothing, the admin sees the pages as they will be.
  const early = await visit("/werdohl");
  assert.equal(await heading(early), "Diese Stadt finden wir nicht");
  await leave(early);
  await page.goto(`${site}/werdohl`);
  await page.getByRole("link", { name: /^Personalausweis beantragen/ }).first().waitFor();
  await page.goto(`${site}/werdohl/verwaltung/einrichtung`);

  await step.open(/^Rechtstexte/);
  await inspect(page, "part-legal");
  await step.press("Speichern", "Gespeichert");

  await step.open(/^Absender/);
  await page.getByText("Werdohl <termine@").waitFor();
  await page.goto(`${site}/werdohl/verwaltung/einrichtung`);
  await step.open(/^Probetermin/);
  assert.equal(await page.getByLabel("E-Mail-Adresse").inputValue(), email);
  await inspect(page, "trial");
  await page.getByLabel("Anliegen", { exact: true }).selectOption("umzug");
  await step.press("Probetermin buchen", "gebucht");
  await inspect(page, "trial-booked");
  const trial = page.url();
  assert.match(await mailTo(page, email), /Probetermin/);
  await page.goto(trial);
  await page.getByRole("button", { name: "Probetermin absagen" }).click();
  await page.getByRole("status").filter({ hasText: "abgesagt" }).waitFor();
  await page.goto(`${site}/werdohl/verwaltung/einrichtung`);

  await step.press("Online gehen", "online");
  assert.equal(step.count(), 8);
  await inspect(page, "embed");
  await show(page, "embed");

  const citizen = await books("/werdohl", "umzug");
  await leave(citizen);
  // The invitation's link opens once.
  await page.goto(`${site}${page.invitation}`);
  assert.equal(await heading(page), "Dieser Link gilt nicht mehr");
  await inspect(page, "link-used");
  await leave(page, { signedIn: true });
});

test("Altena is set up by copying its neighbour Werdohl, and makes that its own", async () => {
  await deleted("altena");
  const email = "it@altena.example";
  const page = await founded({ name: "Stadt Altena (Westf.)", ags: "05962004", county: "Märkischer Kreis", email });
  const step = steps(page);
  await step.open(/^Anliegen/);
  await page.getByLabel("Übernehmen von").selectOption({ label: "Stadt Werdohl" });
  await page.getByRole("button", { name: "Zeigen" }).click();
  await page.getByLabel(/^Führungszeugnis beantragen/).uncheck();
  const also = page.getByRole("group", { name: "Außerdem übernehmen" });
  for (const box of await also.getByRole("checkbox").all()) await box.check();
  await inspect(page, "take-from-neighbour");
  await step.press("Übernehmen", "Übernommen");
  // Nothing of the neighbour's own came along, and what is missing is said.
  await page.getByText("Es fehlt die Adresse des Standorts").waitFor();
  assert.doesNotMatch(await page.locator("main").innerText(), /Werdohl/);
  await page.getByRole("link", { name: /^Ausweise für die ganze Familie/ }).click();
  assert.equal(await page.getByLabel("Dauer in Minuten").inputValue(), "35");
  await page.getByLabel("Dauer in Minuten").fill("40");
  await inspect(page, "part-service");
  await step.press("Speichern", "Gespeichert");
  await place(page, step, "Lüdenscheider Straße 22", "58762", "Altena");
  await step.open(/^Rechtstexte/);
  await step.press("Speichern", "Gespeichert");
  await step.press("Online gehen", "online");
  const citizen = await books("/altena", "ausweise-familie");
  await leave(citizen);
  // What the neighbour has is as it was.
  const neighbour = await visit("/werdohl/anliegen/ausweise-familie");
  await neighbour.getByText("35 Minuten").first().waitFor();
  await leave(neighbour);
  await leave(page, { signedIn: true });
});

test("a change that leaves appointments outside asks first", async () => {
  const citizen = await books("/twistringen", "umzug");
  await leave(citizen);
  const page = await visit("/anmelden", DESKTOP);
  await signIn(page, "admin@twistringen.example");
  await page.goto(`${site}/twistringen/verwaltung/einrichtung`);
  await page.getByRole("link", { name: /^Öffnungszeiten/ }).first().click();
  await inspect(page, "part-hours");
  await show(page, "hours");
  await page.goto(`${site}/twistringen/verwaltung/einrichtung`);
  await page.getByRole("link", { name: /^Besondere Tage/ }).first().click();
  await page.getByLabel("Erster Tag").last().fill("2026-11-23");
  await page.getByLabel("Letzter Tag").last().fill("2027-01-31");
  await page.getByRole("button", { name: "Speichern", exact: true }).last().click();
  await page.getByText("Termine, die dann außerhalb liegen").waitFor();
  await inspect(page, "part-outside");
  await page.getByRole("link", { name: "Doch nicht ändern" }).click();
  const colleague = await visit("/anmelden", DESKTOP);
  await signIn(colleague, "admin@twistringen.example");
  await colleague.goto(`${site}/twistringen/verwaltung/einrichtung/teil/zeitraum`);
  await inspect(colleague, "part-booking");
  await page.goto(`${site}/twistringen/verwaltung/einrichtung/teil/zeitraum`);
  for (const [own, days] of [[colleague, "20"], [page, "30"]]) {
    await own.getByLabel("Tage im Voraus").fill(days);
    await own.getByRole("button", { name: "Speichern", exact: true }).last().click();
  }
  await colleague.getByRole("status").filter({ hasText: "Gespeichert" }).waitFor();
  await colleague.getByRole("link", { name: /^Verlauf/ }).click();
  await inspect(colleague, "history");
  await colleague.getByRole("link", { name: /neu, .* weg/ }).first().click();
  await colleague.getByText("max_days_ahead = 20").waitFor();
  await inspect(colleague, "history-change");
  await page.getByRole("heading", { name: /^Jemand anders hat die Einrichtung/ }).waitFor();
  await page.getByRole("link", { name: /inzwischen eingetragen: 20$/ }).waitFor();
  assert.equal(await page.getByLabel("Tage im Voraus").inputValue(), "30");
  await page.goto(`${site}/twistringen/verwaltung/einrichtung/teil/gruppen`);
  await inspect(page, "part-groups");
  await leave(colleague, { signedIn: true });
  await leave(page, { signedIn: true });
});

test("a county publishes a template, and a town follows it and keeps what it has adapted", async () => {
  const county = await visit("/anmelden", DESKTOP);
  await signIn(county, "betrieb@plattform.example");
  await county.goto(`${site}/kreise/05962`);
  await county.getByRole("link", { name: "Vorlage für die Städte des Kreises" }).click();
  await county.getByLabel("Aus der Einrichtung von").selectOption({ label: "Stadt Altena (Westf.)" });
  await county.getByRole("button", { name: "Einsetzen" }).click();
  const file = county.getByLabel("Vorlage als Datei");
  const first = await file.inputValue();
  await file.fill(first.replace("duration = 15", "duration = 0"));
  await county.getByRole("button", { name: "Prüfen und veröffentlichen" }).click();
  await county.getByText("erwartet werden 1 bis 480 Minuten").waitFor();
  await inspect(county, "county-template-refused");
  await file.fill(first);
  await county.getByRole("button", { name: "Prüfen und veröffentlichen" }).click();
  await county.getByRole("status").filter({ hasText: "veröffentlicht" }).waitFor();
  await inspect(county, "county-template");

  const email = "it@plettenberg.example";
  const page = await founded({ name: "Stadt Plettenberg", ags: "05962052", county: "Märkischer Kreis", email });
  const step = steps(page);
  await step.open(/^Anliegen/);
  assert.equal(await page.getByLabel("Übernehmen von").inputValue(), "county");
  await step.press("Übernehmen", "Übernommen");
  await page.getByRole("link", { name: /^Vorlage: Märkischer Kreis Nichts Neues/ }).waitFor();
  await page.getByRole("link", { name: /^Reisepass/ }).first().click();
  await page.getByLabel("Dauer in Minuten").fill("25");
  await step.press("Speichern", "Gespeichert");

  await file.fill(first.replaceAll("duration = 15", "duration = 20"));
  await county.getByRole("button", { name: "Prüfen und veröffentlichen" }).click();
  await county.getByText("Veröffentlicht ist Fassung 2").waitFor();
  await page.reload();
  await page.getByRole("link", { name: /^Vorlage: Märkischer Kreis .* Änderungen seitdem/ }).click();
  const adapted = page.getByRole("group", { name: /^Reisepass/ });
  await adapted.getByText("Bei Ihnen angepasst: 25").waitFor();
  assert.equal(await adapted.getByRole("checkbox").isChecked(), false);
  await inspect(page, "template-changes");
  await show(page, "template");
  await page.getByRole("button", { name: "Angekreuztes übernehmen, den Rest so lassen" }).click();
  await page.getByText("ist nichts Neues dazugekommen").waitFor();
  for (const [slug, minutes] of [["reisepass", "25"], ["personalausweis", "20"]]) {
    await page.goto(`${site}/plettenberg/verwaltung/einrichtung/teil/anliegen/${slug}`);
    assert.equal(await page.getByLabel("Dauer in Minuten").inputValue(), minutes);
  }
  await leave(county, { signedIn: true });
  await leave(page, { signedIn: true });
});

test("mails say what the town wants to say, and what was typed wrong stays", async () => {
  const page = await visit("/anmelden", DESKTOP);
  await signIn(page, "admin@twistringen.example");
  await page.goto(`${site}/twistringen/verwaltung/einrichtung`);
  await page.getByRole("link", { name: /^E-Mails/ }).click();
  assert.equal(await heading(page), "E-Mails");
  await inspect(page, "mail-kinds");
  await page.getByRole("link", { name: /^Bestätigung/ }).click();
  const subject = page.getByLabel("Betreff").first();
  await subject.fill("Bis bald, {{ nmae }}");
  await page.getByRole("button", { name: "Speichern", exact: true }).last().click();
  await page.getByRole("link", { name: /Platzhalter nmae gibt es hier nicht/ }).waitFor();
  assert.equal(await subject.inputValue(), "Bis bald, {{ nmae }}");
  await subject.fill("Bis bald, {{ name }}");
  await page.getByLabel("Betreff").last().fill("Until then, {{ name }}");
  await page.getByRole("button", { name: "Vorschau" }).click();
  await page.getByRole("heading", { name: "Vorschau: Deutsch" }).waitFor();
  await page.getByText("Bis bald, Erika Mustermann").waitFor();
  await inspect(page, "mail-texts");
  await show(page, "mail-texts");
  await page.getByRole("button", { name: "Probe an mich senden" }).click();
  await page.getByRole("status").filter({ hasText: "unterwegs zu Ihnen" }).waitFor();
  await page.getByRole("button", { name: "Speichern", exact: true }).last().click();
  await page.getByRole("link", { name: /^Bestätigung.*eigene Worte/ }).click();
  await page.getByRole("button", { name: /zurücksetzen/ }).click();
  await page.getByRole("status").filter({ hasText: "Gespeichert" }).waitFor();
  assert.equal(await page.getByText("eigene Worte", { exact: false }).filter({ hasText: "·" }).count(), 0);
  const mail = await mailTo(page, "admin@twistringen.example");
  assert.match(mail, /(Bis bald|Until then), Erika Mustermann/);
  await leave(page, { signedIn: true });
});

test("a role is limited to one of the town's locations", async () => {
  const page = await visit("/anmelden", DESKTOP);
  await signIn(page, "admin@lengerich.example");
  await page.goto(`${site}/lengerich/verwaltung/personal`);
  const clerk = page.locator(".member", { hasText: "clerk@lengerich.example" });
  const place = clerk.getByRole("group", { name: "Nur an diesen Standorten" }).getByLabel("Standesamt");
  await place.check();
  await clerk.getByRole("button", { name: "Ändern" }).click();
  await page.getByRole("status").filter({ hasText: "Gespeichert" }).waitFor();
  assert.equal(await place.isChecked(), true);
  await inspect(page, "members-places");
  const colleague = await visit("/anmelden", DESKTOP);
  await signIn(colleague, "clerk@lengerich.example");
  await colleague.goto(`${site}/lengerich/verwaltung/tag`);
  assert.equal(await colleague.locator("main").getByText("Rathaus", { exact: true }).count(), 0);
  await leave(colleague, { signedIn: true });
  await place.uncheck();
  await clerk.getByRole("button", { name: "Ändern" }).click();
  await page.getByRole("status").filter({ hasText: "Gespeichert" }).waitFor();
  await leave(page, { signedIn: true });
});

test("staff are invited and changed, and a second factor is set up", async () => {
  const page = await visit("/anmelden", DESKTOP);
  await signIn(page, "admin@steinfurt.example");
  await page.goto(`${site}/steinfurt/verwaltung/personal`);
  await page.getByLabel("E-Mail-Adresse").fill("neu@steinfurt");
  await page.getByRole("button", { name: "Einladung schicken" }).click();
  await page.getByText("Das ist keine E-Mail-Adresse").waitFor();
  await page.getByLabel("E-Mail-Adresse").fill("neu@steinfurt.example");
  await page.getByRole("button", { name: "Einladung schicken" }).click();
  await page.getByRole("status").filter({ hasText: "unterwegs" }).waitFor();
  await inspect(page, "members");
  await show(page, "members");
  // Whoever works in another town already chooses from now on.
  await page.getByLabel("E-Mail-Adresse").fill("clerk@luenen.example");
  await page.getByRole("button", { name: "Einladung schicken" }).click();
  await page.locator(".member", { hasText: "clerk@luenen.example" }).waitFor();
  const colleague = await visit("/anmelden", DESKTOP);
  await signIn(colleague, "clerk@luenen.example");
  await colleague.goto(`${site}/verwaltung`);
  await colleague.getByRole("link", { name: /^Stadt Lünen/ }).waitFor();
  await inspect(colleague, "choose-town");
  await colleague.getByRole("link", { name: /Steinfurt/ }).first().click();
  await colleague.getByRole("link", { name: "Suche" }).waitFor();
  await leave(colleague, { signedIn: true });
  const own = page.locator(".member", { hasText: "admin@steinfurt.example" });
  await own.getByRole("button", { name: /^Entfernen/ }).click();
  await page.getByRole("alert").filter({ hasText: "ohne Verwaltung" }).waitFor();
  await page.getByRole("link", { name: "Konto" }).click();
  assert.equal(await heading(page), "Mein Konto");
  await inspect(page, "account");
  await page.getByLabel("Code aus der App").fill("123456");
  await page.locator("#code-kennwort").fill("Amtstermin-Demo");
  await page.getByRole("button", { name: "Zweiten Faktor einrichten" }).click();
  await page.getByText("Dieser Code stimmt nicht").waitFor();
  await inspect(page, "account-refused");
  await page.goto(`${site}/kennwort/vergessen`);
  await inspect(page, "forgotten");
  await leave(page, { signedIn: true });
});
