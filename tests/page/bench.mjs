// How quick the page is with ten thousand phones: ./run bench-page. Prints each figure beside its limit; --figures FILE
// writes them as JSON, too; --minutes N goes on with what memory the page takes in N minutes of events (without: none).

import { writeFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { domain, inHouse, phoneView, until } from "./house.mjs";

const count = Number(process.env.SNOM_BENCH_PHONES ?? 10000);
const first = 100000;
const users = Array.from({ length: count }, (_, i) => String(first + i));
const changes = 100;
const elsewhereASecond = 1000;
const keysAMessage = 10;

const figures = [];
function figure(name, value, unit, limit) {
  figures.push({ name, value, unit, limit });
  console.log(`${name.padEnd(62)} ${value.toFixed(unit === "ms" ? 0 : 1).padStart(8)} ${unit.padEnd(8)} limit ${limit} ${value <= limit ? "" : "  MORE"}`);
}
const sorted = (numbers) => [...numbers].sort((a, b) => a - b);
const quantile = (numbers, q) => sorted(numbers)[Math.min(numbers.length - 1, Math.floor(q * numbers.length))];

/** From the beginning of the navigation until the first rows are drawn, and what came over the network until then. */
async function firstView(house) {
  const times = [];
  const bytes = [];
  for (let round = 0; round < 5; ++round) {
    const page = await house.browser();
    const network = await page.context().newCDPSession(page);
    await network.send("Network.enable");
    let received = 0;
    network.on("Network.dataReceived", ({ encodedDataLength }) => (received += encodedDataLength));
    network.on("Network.responseReceived", ({ response }) => (received += response.encodedDataLength));
    await page.addInitScript(() => {
      new MutationObserver((_, observer) => {
        if (!document.querySelector(".rows-body .row .badge")) return;
        observer.disconnect();
        requestAnimationFrame(() => (window.seenAt = performance.now()));
      }).observe(document, { childList: true, subtree: true });
    });
    await page.goto(`${house.server}/`);
    times.push(await until(() => page.evaluate(() => window.seenAt), "the first rows"));
    bytes.push(received);
    await page.context().close();
  }
  figure(`first view of ${count} phones, median of 5`, quantile(times, 0.5), "ms", 1000);
  figure("  transferred until then, most", Math.max(...bytes) / 1000, "kB", 300);
}

/** Changes of keys of other phones, until `signal` is aborted; how many were confirmed. */
async function elsewhere(house, signal) {
  let done = 0;
  const one = async (turn) => {
    const keys = {};
    for (let key = 1; key <= keysAMessage; ++key) keys[key] = { light: turn % 2 ? "on" : "off", label: `${turn}` };
    const answer = await house.ask("PATCH", `/v1/phones/${first + 1 + (turn % (count - 1))}@${domain}/buttons`, keys).catch(() => ({ status: 0 }));
    if (answer.status === 200) done += keysAMessage;
  };
  const started = Date.now();
  for (let turn = 0; !signal.aborted;) {
    const due = ((Date.now() - started) / 1000) * (elsewhereASecond / keysAMessage);
    while (turn < due) void one(turn++);
    await pause(5);
  }
  return done;
}

async function change(house) {
  const page = await house.open(await house.browser(), phoneView(first));
  await page.locator('.drawing [data-key="2"]').waitFor();
  await page.evaluate(() => {
    window.shown = {};
    new MutationObserver(() => {
      const label = document.querySelector('.drawing [data-key="2"] .key-label')?.textContent ?? "";
      window.shown[label] ??= Date.now();
    }).observe(document.querySelector(".drawing"), { childList: true, subtree: true, characterData: true });
  });
  const ending = new AbortController();
  const load = elsewhere(house, ending.signal);
  const started = Date.now();
  await pause(1000);
  const times = [];
  for (let i = 0; i < changes; ++i) {
    const label = `change ${i}`;
    const begin = Date.now();
    await house.ask("PATCH", `/v1/phones/${first}@${domain}/buttons/2`, { light: "on", label });
    const at = await until(() => page.evaluate((text) => window.shown[text], label), `${label} to be shown`);
    times.push(at - begin);
    await pause(20);
  }
  ending.abort();
  const others = (await load) / ((Date.now() - started) / 1000);
  figure(`a key changed until it is shown, 95 of ${changes}`, quantile(times, 0.95), "ms", 100);
  console.log(`  beside ${others.toFixed(0)} changes a second of other phones (${elsewhereASecond} asked for)`);
  await page.context().close();
}

async function scrolling(house) {
  const page = await house.open(await house.browser());
  await page.locator(".rows-body .row .badge").first().waitFor();
  await page.evaluate(() => {
    window.frames_ = [];
    let last = performance.now();
    const frame = (now) => {
      window.frames_.push(now - last);
      last = now;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
  await page.mouse.move(600, 500);
  for (let i = 0; i < 200; ++i) {
    await page.mouse.wheel(0, 400);
    await pause(16);
  }
  const frames = await page.evaluate(() => window.frames_.slice(5));
  figure(`scrolling through the list: longest of ${frames.length} frames`, Math.max(...frames), "ms", 50);
  figure("  99 of 100 frames", quantile(frames, 0.99), "ms", 50);
  await page.keyboard.press("Tab");
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
  await page.getByRole("row", { name: String(first + count - 1) }).waitFor();
  await page.context().close();
}

/** What the page keeps once the browser has thrown away what nobody needs: bytes of the heap, and nodes. */
async function kept(devtools) {
  for (let round = 0; round < 2; ++round) await devtools.send("HeapProfiler.collectGarbage");
  const { usedSize } = await devtools.send("Runtime.getHeapUsage");
  const { nodes, jsEventListeners } = await devtools.send("Memory.getDOMCounters");
  return { bytes: usedSize, nodes, listeners: jsEventListeners };
}

/** A thousand changes a second for so many minutes, before the list and before one phone. The first minute fills what has
 * a bound, as the log of the latest 2000 events; from then on nothing may grow. */
async function memory(house, minutes) {
  const pages = [["the list", ""], ["one phone", phoneView(first + 1)]];
  const watched = [];
  for (const [name, where] of pages) {
    const page = await house.open(await house.browser(), where);
    watched.push({ name, devtools: await page.context().newCDPSession(page), page, looks: [] });
  }
  const ending = new AbortController();
  const load = elsewhere(house, ending.signal);
  for (let minute = 1; minute <= minutes + 1; ++minute) {
    await pause(60_000);
    for (const one of watched) {
      one.looks.push(await kept(one.devtools));
      const { bytes, nodes, listeners } = one.looks.at(-1);
      console.log(`  minute ${String(minute).padStart(2)}, ${one.name.padEnd(10)} ${(bytes / 1e6).toFixed(1)} MB, ${nodes} nodes, ${listeners} listeners`);
    }
  }
  ending.abort();
  const all = await load;
  console.log(`  beside ${(all / 60 / (minutes + 1)).toFixed(0)} changes a second`);
  for (const { name, looks, page } of watched) {
    const [begin, end] = [looks[0], looks.at(-1)];
    figure(`${name}: heap grown in ${minutes} minutes of events`, (end.bytes - begin.bytes) / 1e6, "MB", 2);
    figure("  nodes of the document", end.nodes - begin.nodes, "more", 500);
    await page.context().close();
  }
}

const argument = (name) => {
  const at = process.argv.indexOf(name);
  return at > 0 ? process.argv[at + 1] : undefined;
};
const minutes = Number(argument("--minutes") ?? 0);

await inHouse({ users }, async (house) => {
  house.fleet(String(first), count);
  await until(async () => (await house.ask("GET", "/v1/status")).body.registered === count, "all phones to register");
  await firstView(house);
  await scrolling(house);
  await change(house);
  if (minutes > 0) await memory(house, minutes);
});
const file = argument("--figures");
if (file) await writeFile(file, `${JSON.stringify(figures, null, 1)}\n`);
