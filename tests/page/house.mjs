// What a test of the page has: snomd and virtual phones as they were built, on free loopback ports, and Debian's
// Chromium. Everything ends with the test.

import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

export const home = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const bin = process.env.SNOM_BIN_DIR ?? join(home, "build/bin");
/** Of anything that should happen at once, in ms. */
export const limit = 15000 * Number(process.env.SNOM_TIME_FACTOR ?? 1);
export const domain = "example.test";

/** Asks until the answer is true; that answer. */
export async function until(question, what) {
  const end = Date.now() + limit;
  for (;;) {
    const answer = await question();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`waited ${limit} ms in vain: ${what}`);
    await pause(20);
  }
}

function freePort() {
  return new Promise((done, fail) => {
    const server = createServer().on("error", fail).listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

class Program {
  constructor(name, words) {
    this.name = name;
    this.lines = [];
    this.child = spawn(join(bin, name), words, { stdio: ["ignore", "pipe", "pipe"] });
    for (const pipe of [this.child.stdout, this.child.stderr]) {
      createInterface({ input: pipe }).on("line", (line) => this.lines.push(line));
    }
    this.ended = new Promise((done) => this.child.on("exit", done));
  }

  line(wanted, what) {
    return until(() => {
      if (this.child.exitCode !== null) throw new Error(`${this.name} ended: ${this.lines.join("\n")}`);
      return this.lines.find(wanted);
    }, `${this.name}: ${what}`);
  }

  async end(signal = "SIGTERM") {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill("SIGCONT");
      this.child.kill(signal);
    }
    await this.ended;
  }
}

export class Phone extends Program {
  constructor(house, user, more) {
    super("snomphone", ["--server", house.sip, "--domain", domain, "--user", user, "--password", "1234", "--expires", "60",
      "--web", "127.0.0.1:0", ...more]);
    this.user = user;
  }

  async registered() {
    const line = await this.line((text) => text.includes('"listening"'), "to listen");
    this.web = JSON.parse(line).web;
    await this.line((text) => text.includes('"registered"'), "to register");
    return this;
  }

  async state() {
    return (await fetch(`${this.web}/state.json`)).json();
  }

  async key(name) {
    return (await this.state()).keys.find((key) => key.key === name);
  }

  press(key) {
    return fetch(`${this.web}/press?key=${key}`);
  }

  reboot() {
    return fetch(`${this.web}/advanced_update.htm?reboot=Reboot`);
  }

  /** It answers nothing any more, and keeps what has come until it goes on. */
  fallSilent() {
    this.child.kill("SIGSTOP");
  }

  goOn() {
    this.child.kill("SIGCONT");
  }
}

export class House {
  #closing = [];
  #browser = null;

  static async open({ users = ["1000", "1001", "1002", "1003"], token = null, named = false, extra = "" } = {}) {
    const house = new House();
    house.folder = await mkdtemp(join(tmpdir(), "snom-page-"));
    house.sipPort = await freePort();
    house.httpPort = await freePort();
    house.sip = `127.0.0.1:${house.sipPort}`;
    house.server = `http://127.0.0.1:${house.httpPort}`;
    if (token !== null) await writeFile(join(house.folder, "token"), `${token}\n`);
    const lines = ["[[profile]]", 'name = "internal"', `listen = ["udp:${house.sip}"]`, `domain = "${domain}"`, "[http]",
      `listen = "127.0.0.1:${house.httpPort}"`, token === null ? "" : 'token_file = "token"',
      named ? 'tokens_file = "tokens"' : "", "[limits]", "answer_timeout_ms = 1000", extra,
      ...users.map((user) => `[[user]]\nname = "${user}"\npassword = "1234"`)];
    await writeFile(join(house.folder, "snomd.toml"), lines.join("\n"));
    await house.startSnomd();
    return house;
  }

  async startSnomd() {
    this.snomd = new Program("snomd", ["--config", join(this.folder, "snomd.toml"), "--log-level", "debug"]);
    await this.snomd.line((line) => line === "ready", "to be ready");
  }

  phone(user, ...more) {
    const phone = new Phone(this, user, more);
    this.#closing.push(() => phone.end());
    return phone.registered();
  }

  /** So many phones, users counting up from the first, told of by nobody. */
  fleet(user, count) {
    const program = new Program("snomphone", ["--server", this.sip, "--domain", domain, "--user", user, "--password", "1234",
      "--count", String(count), "--rate", "1000", "--quiet"]);
    this.#closing.push(() => program.end());
  }

  async ask(method, path, body, headers = {}) {
    const answer = await fetch(this.server + path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    return { status: answer.status, headers: answer.headers, body: JSON.parse(await answer.text()) };
  }

  /** An operator's browser of his own, in English and light unless said otherwise. */
  async browser(options = {}) {
    this.#browser ??= await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
    const context = await this.#browser.newContext({ viewport: { width: 1280, height: 860 }, locale: "en-GB", ...options });
    context.setDefaultTimeout(limit);
    const page = await context.newPage();
    page.complaints = [];
    page.on("pageerror", (error) => page.complaints.push(String(error)));
    page.on("console", (message) => {
      if (message.text().includes("Content Security Policy")) page.complaints.push(message.text());
    });
    page.on("request", (request) => {
      if (!request.url().startsWith(this.server) && !request.url().startsWith("data:")) page.complaints.push(`asked ${request.url()}`);
    });
    return page;
  }

  /** @param {string} view "", "phone/1000@example.test/2", "log" */
  async open(page, view = "") {
    await page.goto(`${this.server}/#/${view}`);
    await page.locator(".connection-live").waitFor();
    return page;
  }

  async close() {
    await this.#browser?.close();
    for (const close of this.#closing) await close();
    await this.snomd.end();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** A house for one test, closed afterwards whatever happens. */
export async function inHouse(options, work) {
  const house = await House.open(options);
  try {
    await work(house);
  } catch (error) {
    error.message += `\n--- snomd\n${house.snomd.lines.slice(-30).join("\n")}`;
    throw error;
  } finally {
    await house.close();
  }
}

export const phoneView = (user, key) => `phone/${encodeURIComponent(`${user}@${domain}`)}${key ? `/${key}` : ""}`;

/** The editor's fields, as a person finds them. */
export const fields = (page) => ({
  light: (name) => page.getByRole("radio", { name, exact: true }).first(),
  label: page.getByLabel("Label", { exact: true }),
  action: page.getByLabel("A press", { exact: true }),
  number: page.getByLabel("Number or command", { exact: true }),
  send: page.getByRole("button", { name: "Send to the phone" }),
  clear: page.getByRole("button", { name: "Clear the key" }),
});

/** Of a choice only the words are to be clicked. */
export const choose = (page, group, name) =>
  page.getByRole("group", { name: group, exact: true }).locator("label", { hasText: new RegExp(`^\\S*\\s*${name}$`) }).click();

export const keyOf = (page, key) => page.locator(`.drawing [data-key="${key}"]`);
