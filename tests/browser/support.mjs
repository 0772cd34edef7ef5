// A real browser before the real server, and what every page is held to.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { after, afterEach, before } from "node:test";
import { AxeBuilder } from "@axe-core/playwright";
import { chromium } from "playwright-core";

/** Address of the server, without a slash at the end. */
export const site = process.env.AMTSTERMIN_URL;

/** Where pictures go; without it none are taken. */
const pictures = process.env.SCREENSHOTS;

const STANDARD = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const WIDTHS = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 900 } };
const SCHEMES = ["light", "dark"];
const QUIET = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
  "--disable-background-networking", "--disable-component-update",
];

/** The person all tests book for. */
export const person = { name: "Erika Mustermann", email: "erika@example.org", phone: "+49 5481 330" };

let browser;

before(async () => {
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  browser = await chromium.launch({ executablePath, args: QUIET });
});
after(() => browser?.close());

// What the pages show when a test or a step of one fails, which its error alone does not tell.
afterEach(async ({ name, passed }) => {
  if (passed) return;
  for (const page of browser.contexts().flatMap((context) => context.pages())) {
    const focus = await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 200));
    const text = await page.locator("body").innerText();
    console.error(`${name}: ${page.url()}\nfocus: ${focus}\noffences: ${page.offences}\n${text}`);
  }
});

/**
 * A fresh page that notes what no page of ours may do: ask another host, set a cookie, offend the
 * content security policy, or fail in a script. `well` tells at the end. `byName` asks the host by its
 * name rather than by its number.
 */
export async function visit(path, { byName = false, ...options } = {}) {
  const origin = byName ? site.replace("127.0.0.1", "localhost") : site;
  const context = await browser.newContext({ locale: "de-DE", viewport: WIDTHS.phone, ...options });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  page.offences = [];
  page.on("request", (request) => {
    const asked = new URL(request.url());
    if (asked.protocol !== "data:" && asked.origin !== origin) page.offences.push(`asked ${request.url()}`);
  });
  page.on("pageerror", (error) => page.offences.push(`script: ${error.message}`));
  page.on("console", (message) => {
    if (/Content Security Policy|Refused to/.test(message.text())) page.offences.push(message.text());
  });
  await page.goto(origin + path);
  return page;
}

/**
 * Ends a visit: the page has done nothing that it may not; only a session, and by what a browser is
 * known in which somebody has signed in, is worth a cookie.
 */
export async function leave(page, { signedIn = false, signedOut = false } = {}) {
  assert.deepEqual(page.offences, []);
  const cookies = (await page.context().cookies()).map(({ name }) => name);
  const known = cookies.filter((name) => name === "browser");
  // Whoever comes from a provider has no password, so nothing to be known by.
  if (!signedIn) assert.equal(known.length, signedOut ? 1 : 0);
  assert.deepEqual(cookies.filter((name) => name !== "browser"), signedIn ? ["session"] : []);
  await page.context().close();
}

/** Holds the shown page to WCAG 2.2 AA at every width and in light and dark; takes its pictures. */
export async function inspect(page, name) {
  const before = page.viewportSize();
  for (const [width, viewport] of Object.entries(WIDTHS)) {
    await page.setViewportSize(viewport);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(over <= 0, `${name}, ${width}: ${over} px too wide`);
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme });
      const { violations } = await new AxeBuilder({ page }).withTags(STANDARD).analyze();
      const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join("\n")}`);
      assert.deepEqual(found, [], `${name}, ${width}, ${colorScheme}`);
      await picture(page, `${name}-${width}-${colorScheme}`);
    }
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize(before);
}

/** Takes the picture `name` for the documentation: what a desktop's window shows. */
export async function show(page, name) {
  const before = page.viewportSize();
  await page.setViewportSize(WIDTHS.desktop);
  await page.evaluate(() => scrollTo(0, 0));
  await picture(page, `docs/${name}`, false);
  await page.setViewportSize(before);
}

async function picture(page, name, fullPage = true) {
  if (!pictures) return;
  mkdirSync(`${pictures}/docs`, { recursive: true });
  await page.screenshot({ path: `${pictures}/${name}.png`, fullPage });
}

/** Types the person into the contact form. */
export async function introduce(page, { name, email, phone } = person) {
  await page.getByLabel("Vor- und Nachname").fill(name);
  await page.getByLabel("E-Mail").fill(email);
  await page.getByLabel("Telefon").fill(phone);
}

/** Opens the newest mail to `email` in the demonstration's mailbox and returns its text. */
export async function mailTo(page, email) {
  for (let tries = 0; tries < 50; tries += 1) {
    await page.goto(`${site}/mailbox`);
    const mail = page.getByRole("link").filter({ hasText: email }).first();
    if (await mail.count()) {
      await mail.click();
      return page.locator("main").innerText();
    }
    await page.waitForTimeout(100);
  }
  assert.fail(`no mail came to ${email}`);
}

/** Fills in the form that a page of the console leads to. */
export async function signIn(page, email) {
  await page.getByLabel("E-Mail-Adresse").fill(email);
  await page.getByLabel("Kennwort").fill("Amtstermin-Demo");
  await page.getByRole("button", { name: "Anmelden" }).click();
  await page.getByRole("button", { name: "Abmelden" }).waitFor();
}

/** The text of the first heading. */
export const heading = (page) => page.locator("h1").innerText();
