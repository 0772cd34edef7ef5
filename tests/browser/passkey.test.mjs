// A clerk makes a passkey, signs in with it alone, and removes it: with the browser's own virtual
// authenticator. Passkeys are bound to a name, so the site is visited by the name it has.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect, leave, show, visit } from "./support.mjs";

const EMAIL = "clerk@steinfurt.example";
const PASSWORD = "Amtstermin-Demo";

/** Gives the page's browser an authenticator that verifies its owner; returns the DevTools session. */
async function authenticator(page) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  const options = {
    protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true,
    isUserVerified: true, automaticPresenceSimulation: true,
  };
  const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", { options });
  return { devtools, authenticatorId };
}

async function signIn(page) {
  await page.getByLabel("E-Mail-Adresse").fill(EMAIL);
  await page.getByLabel("Kennwort").fill(PASSWORD);
  await page.getByRole("button", { name: "Anmelden", exact: true }).click();
}

const withPasskey = (page) => page.getByRole("button", { name: "Mit Passkey anmelden" });

test("A passkey is made, opens alone, and is removed", async () => {
  const page = await visit("/anmelden?weiter=/konto", { byName: true });
  const { devtools, authenticatorId } = await authenticator(page);

  // Without a passkey the page says so and the password way is still there.
  await devtools.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: false });
  await withPasskey(page).click();
  await page.getByRole("alert").filter({ hasText: "keinen passenden Passkey" }).waitFor();
  await devtools.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: true });
  await inspect(page, "passkey-sign-in");
  await signIn(page);

  const form = page.locator("form.passkey");
  await form.getByLabel("Name des Passkeys").fill("Diensttelefon");
  await form.getByLabel("Kennwort").fill("geraten");
  await form.getByRole("button", { name: "Passkey einrichten" }).click();
  await form.getByRole("alert").filter({ hasText: "nicht Ihr Kennwort" }).waitFor();
  await form.getByLabel("Kennwort").fill(PASSWORD);
  await form.getByRole("button", { name: "Passkey einrichten" }).click();
  await page.getByRole("heading", { name: "Ihre Ersatzcodes" }).waitFor();
  assert.equal(await page.locator(".codes li").count(), 8);
  const code = await page.locator(".codes code").first().innerText();
  await inspect(page, "passkey-account");
  await show(page, "account");
  const { credentials } = await devtools.send("WebAuthn.getCredentials", { authenticatorId });
  assert.deepEqual(credentials.map((own) => [own.isResidentCredential, own.rpId]), [[true, "localhost"]]);

  // The passkey alone opens; the password alone no longer does.
  await page.context().clearCookies();
  await page.goto(new URL("/anmelden?weiter=/konto", page.url()).href);
  await withPasskey(page).click();
  await page.getByText("Diensttelefon", { exact: true }).first().waitFor();
  await page.context().clearCookies();
  await page.goto(new URL("/anmelden?weiter=/konto", page.url()).href);
  await signIn(page);
  await page.getByRole("heading", { name: "Zweiter Schritt" }).waitFor();
  await inspect(page, "second-step");
  await page.getByLabel("Code").fill(code);
  await page.getByRole("button", { name: "Anmelden", exact: true }).click();

  await page.getByLabel("Kennwort", { exact: true }).last().fill(PASSWORD);
  await page.getByRole("button", { name: "Passkey entfernen" }).click();
  await page.getByText("Der Passkey ist entfernt").waitFor();
  assert.equal(await page.getByText("Diensttelefon", { exact: true }).count(), 0);
  await leave(page, { signedIn: true });
});

test("Without scripts, or by a number, the password way stands alone", async () => {
  for (const options of [{ byName: true, javaScriptEnabled: false }, {}]) {
    const page = await visit("/anmelden", options);
    assert.equal(await withPasskey(page).isVisible(), false);
    assert.equal(await page.getByRole("button", { name: "Anmelden", exact: true }).isVisible(), true);
    await leave(page);
  }
});
