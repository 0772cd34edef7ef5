// Signing in at a town's own provider, and a form that a citizen's provider fills in.

import assert from "node:assert/strict";
import { createHash, createSign, generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { heading, inspect, leave, person, show, signIn, site, visit } from "./support.mjs";

/** The clock of the demonstration, in seconds. */
const NOW = Date.parse("2026-11-23T08:00:00Z") / 1000;
const SECRET = "ein Geheimnis";

/** A small provider: whoever comes is `somebody`, unless they refuse. */
const provider = { somebody: {}, refuses: false, codes: new Map() };
const keys = generateKeyPairSync("rsa", { modulusLength: 2048 });

const encoded = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

function idToken(nonce) {
  const { name, email } = provider.somebody;
  const head = encoded({ alg: "RS256", typ: "JWT", kid: "a" });
  const claims = encoded({
    iss: provider.issuer, aud: "amtstermin", sub: email, nonce, iat: NOW, exp: NOW + 3600,
    name, email, email_verified: true,
  });
  const signature = createSign("RSA-SHA256").update(`${head}.${claims}`).sign(keys.privateKey, "base64url");
  return `${head}.${claims}.${signature}`;
}

const pages = {
  "/.well-known/openid-configuration": () => ({
    issuer: provider.issuer,
    authorization_endpoint: `${provider.issuer}/sign-in`,
    token_endpoint: `${provider.issuer}/token`,
    jwks_uri: `${provider.issuer}/keys`,
    response_types_supported: ["code"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["RS256"],
  }),
  "/keys": () => ({ keys: [{ ...keys.publicKey.export({ format: "jwk" }), use: "sig", alg: "RS256", kid: "a" }] }),
  "/token": ({ form, headers }) => {
    const known = `Basic ${Buffer.from(`amtstermin:${encodeURIComponent(SECRET).replaceAll("%20", "+")}`).toString("base64")}`;
    const asked = provider.codes.get(form.get("code"));
    const proof = createHash("sha256").update(form.get("code_verifier")).digest("base64url");
    if (headers.authorization !== known || asked?.challenge !== proof) return { error: "invalid_client" };
    return { access_token: "a", token_type: "Bearer", id_token: idToken(asked.nonce) };
  },
};

const server = createServer(async (request, response) => {
  const url = new URL(request.url, "http://localhost");
  let body = "";
  for await (const part of request) body += part;
  if (url.pathname === "/sign-in") {
    const asked = url.searchParams;
    const back = new URL(asked.get("redirect_uri"));
    // The server of the test is known under another name than it knows itself.
    back.host = new URL(site).host;
    back.searchParams.set("state", asked.get("state"));
    const code = `code-${provider.codes.size}`;
    provider.codes.set(code, { nonce: asked.get("nonce"), challenge: asked.get("code_challenge") });
    if (provider.refuses) back.searchParams.set("error", "access_denied");
    else back.searchParams.set("code", code);
    response.writeHead(303, { location: back.href }).end();
    return;
  }
  const page = pages[url.pathname];
  const answer = page?.({ form: new URLSearchParams(body), headers: request.headers }) ?? { error: "not found" };
  response.writeHead(answer.error ? 400 : 200, { "content-type": "application/json" });
  response.end(JSON.stringify(answer));
});

before(async () => {
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  provider.issuer = `http://127.0.0.1:${server.address().port}`;
});
after(() => {
  server.close();
  server.closeAllConnections();
});

/** Ends a visit that has been to the provider and nowhere else. */
async function leaveAfterAll(page, options) {
  page.offences = page.offences.filter((own) => !own.startsWith(`asked ${provider.issuer}/`));
  await leave(page, options);
}

test("an admin sets providers up, is told what is wrong, and signs in there", async () => {
  const page = await visit("/lengerich/verwaltung/einrichtung/teil/anmeldung");
  await signIn(page, "admin@lengerich.example");
  assert.equal(await heading(page), "Anmeldung über Anbieter");
  await inspect(page, "provider-set-up");
  const staff = page.getByRole("group", { name: "Für das Personal" });
  const citizens = page.getByRole("group", { name: "Für Bürgerinnen und Bürger" });
  for (const [group, name] of [[staff, "Stadt-Konto"], [citizens, "BundID"]]) {
    await group.getByLabel("Name des Anbieters").fill(name);
    await group.getByLabel("Adresse (Issuer)").fill(`${provider.issuer}/falsch`);
    await group.getByLabel("Client-ID").fill("amtstermin");
    await group.getByLabel("Client-Geheimnis").fill(SECRET);
  }
  await page.getByRole("button", { name: "Anbieter prüfen" }).click();
  assert.match(await page.locator("main").innerText(), /steht keine Beschreibung/);
  await inspect(page, "provider-wrong");
  for (const group of [staff, citizens]) await group.getByLabel("Adresse (Issuer)").fill(provider.issuer);
  await page.getByRole("button", { name: "Anbieter prüfen" }).click();
  assert.match(await page.locator("main").innerText(), /Beschreibung und Schlüssel sind da: Stadt-Konto, BundID/);
  await page.getByRole("button", { name: "Speichern" }).last().click();
  await page.waitForURL(/stand=gespeichert/);
  await page.goto(`${site}/lengerich/verwaltung/einrichtung/teil/anmeldung`);
  await show(page, "provider");
  await page.getByRole("button", { name: "Abmelden" }).click();

  await page.goto(`${site}/lengerich/anmelden`);
  await inspect(page, "sign-in-provider");
  provider.refuses = true;
  await page.getByRole("link", { name: "Mit Stadt-Konto anmelden" }).click();
  assert.match(await page.locator("main").innerText(), /Der Anbieter hat Sie nicht angemeldet/);
  await inspect(page, "sign-in-refused");
  provider.refuses = false;
  provider.somebody = { name: "Ada Min", email: "admin@lengerich.example" };
  await page.getByRole("link", { name: "Noch einmal versuchen" }).click();
  await page.getByRole("button", { name: "Abmelden" }).waitFor();
  await page.getByRole("link", { name: "Konto" }).click();
  assert.match(await page.locator("main").innerText(), /Bitte melden Sie sich hierfür noch einmal an/);
  await inspect(page, "sign-in-again");
  await leaveAfterAll(page, { signedIn: true });
});

for (const javaScriptEnabled of [true, false]) {
  test(`a form comes back filled in, ${javaScriptEnabled ? "with" : "without"} scripts`, async () => {
    provider.somebody = person;
    const page = await visit("/lengerich/termin?anliegen=umzug", { javaScriptEnabled });
    await page.locator(".slot").first().click();
    await page.getByLabel("Telefon").fill(person.phone);
    if (javaScriptEnabled) await inspect(page, "details-provider");
    const button = page.getByRole("button", { name: "Angaben aus BundID übernehmen" });
    if (javaScriptEnabled) {
      // Without an answer the page that leads on stays in view.
      await page.route(`${provider.issuer}/**`, (route) => route.fulfill({ status: 204 }));
      await button.click();
      assert.equal(await heading(page), "Weiter zu BundID");
      await page.waitForLoadState("load");
      await inspect(page, "leaving");
      const way = await page.getByRole("link", { name: "Weiter zu BundID" }).getAttribute("href");
      await page.unroute(`${provider.issuer}/**`);
      await page.goto(way);
    } else {
      await button.click();
    }
    await page.waitForURL(/angaben\/antwort/);
    assert.equal(await heading(page), "Ihre Kontaktdaten");
    assert.equal(await page.getByLabel("Vor- und Nachname").inputValue(), person.name);
    assert.equal(await page.getByLabel("E-Mail").inputValue(), person.email);
    assert.equal(await page.getByLabel("Telefon").inputValue(), person.phone);
    assert.match(await page.locator("main").innerText(), /Der Termin ist bis .* für Sie reserviert/);
    if (javaScriptEnabled) await inspect(page, "details-provided");
    await page.getByRole("button", { name: "Weiter zur Prüfung" }).last().click();
    await page.getByRole("button", { name: "Termin verbindlich buchen" }).click();
    assert.equal(await heading(page), "Ihr Termin steht fest");
    await leaveAfterAll(page);
  });
}

test("the way to a provider needs no stop in between, and a no leaves the form", async () => {
  provider.refuses = true;
  const page = await visit("/lengerich/anfrage?anliegen=eheschliessung");
  await page.getByLabel("Telefon").fill(person.phone);
  await page.getByRole("button", { name: "Angaben aus BundID übernehmen" }).click();
  await page.waitForURL(/angaben\/antwort/);
  provider.refuses = false;
  assert.match(await page.locator("main").innerText(), /Es wurde nichts übernommen/);
  assert.equal(await page.getByLabel("Telefon").inputValue(), person.phone);
  await inspect(page, "request-provider");
  await leaveAfterAll(page);
});

test("whoever waits gives name and address the same way", async () => {
  provider.somebody = person;
  const page = await visit("/lengerich/warteliste?anliegen=umzug");
  const wish = [["Frühestens um", "14:00"], ["Telefon", person.phone]];
  for (const [label, value] of wish) await page.getByLabel(label).fill(value);
  await page.getByLabel("Sonntag").check();
  await page.getByRole("button", { name: "Angaben aus BundID übernehmen" }).click();
  await page.waitForURL(/angaben\/antwort/);
  for (const [label, value] of wish) assert.equal(await page.getByLabel(label).inputValue(), value);
  assert.ok(await page.getByLabel("Sonntag").isChecked());
  assert.equal(await page.getByLabel("Vor- und Nachname").inputValue(), person.name);
  await inspect(page, "waiting-provider");
  await page.getByRole("button", { name: "Auf die Warteliste setzen" }).last().click();
  assert.equal(await heading(page), "Sie stehen auf der Warteliste");
  await leaveAfterAll(page);
});
