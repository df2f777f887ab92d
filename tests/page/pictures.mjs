// Takes the pictures in docs/images: ./run test-page --pictures.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { domain, fields, home, inHouse, phoneView, until } from "./house.mjs";

const folder = process.env.SNOM_PICTURES ?? join(home, "docs/images");
const users = Array.from({ length: 24 }, (_, i) => String(1000 + i));
const models = ["D865", "D785", "D735", "D862", "370", "D717", "D345", "D895"];

async function furnish(house) {
  const set = (user, keys) => house.ask("PATCH", `/v1/phones/${user}@${domain}/buttons`, keys);
  const phones = [];
  await set("1011", { 1: { light: "on", label: "Lab" }, 2: { light: "off", label: "DND" } });
  for (const [i, user] of users.slice(0, 20).entries()) {
    const faulty = user === "1003" ? ["--fault", "buttons=415"] : user === "1011" ? ["--fault", "buttons=403"] : [];
    phones.push(await house.phone(user, "--model", models[i % models.length], ...faulty));
  }
  await set("1000", {
    1: { light: "on", colour: "green", label: "Reception", number: "1001", action: "invite" },
    2: { light: "pickup", colour: "red", label: "Sales", number: "1002", action: "invite", caller: "Alice Meyer" },
    3: { light: "off", label: "Do not disturb", number: "api+snom_button 1000@example.test 3 light=on", action: "message" },
    4: { light: "hold", colour: "orange", label: "Park 1" }, 6: { light: "message", label: "Voicemail", number: "*98" },
    7: { light: "error", label: "Door" }, 8: { light: "record", colour: "red", label: "Record" },
    10: { light: "park", label: "Warehouse north" }, 14: { light: "on", colour: "orange", label: "Night" } });
  await set("1003", { 2: { light: "on", colour: "red", label: "Front desk", number: "1000", action: "invite" }, 3: { light: "hold", label: "Line 3" } });
  for (const user of users.slice(4, 20)) if (user !== "1011") await set(user, { 1: { light: "on", label: `Team ${user}` }, 2: { light: "off", label: "DND" } });
  await set("1021", { 1: { light: "on", label: "Away" } });
  phones[7].fallSilent();
  await set("1007", { 3: { light: "on", label: "Late" } });
  return phones;
}

await mkdir(folder, { recursive: true });
await inHouse({ users }, async (house) => {
  await furnish(house);
  const take = async (name, view, options = {}, ready = async () => {}) => {
    const page = await house.browser({ reducedMotion: "reduce", ...options });
    await house.open(page, view);
    await ready(page);
    await page.screenshot({ path: join(folder, `${name}.png`), animations: "disabled" });
    await page.context().close();
  };
  const rows = (page) => page.getByRole("row", { name: /1000@/ }).waitFor();
  const form = (page) => until(async () => (await fields(page).label.inputValue()) !== "", "the form to be filled");
  const keys = (page) => page.getByRole("button", { name: /^Key 1: / }).waitFor();
  await take("wall", "", {}, rows);
  await take("phone", phoneView("1000"), {}, keys);
  await take("edit", phoneView("1000", "2"), { viewport: { width: 1280, height: 1180 } }, form);
  await take("led", phoneView("1003", "2"), {}, form);
  await take("narrow", phoneView("1000"), { viewport: { width: 390, height: 844 } }, keys);
  await take("dark", phoneView("1000", "2"), { colorScheme: "dark" }, form);
  const layout = `[[group]]\nname = "team"\nphones = ["1004..1006@${domain}"]\n[[group.key]]\nkey = 1\nlight = "on"\nlabel = "Night"\n` +
    '[[group.key]]\nkey = 3\nlabel = "Front door"\nnumber = "4711"\naction = "invite"\n';
  await take("layouts", "layouts", { viewport: { width: 1280, height: 720 } }, async (page) => {
    await page.getByLabel("Layout").setInputFiles({ name: "team.toml", mimeType: "application/toml", buffer: Buffer.from(layout) });
    await page.getByRole("button", { name: "Compare" }).click();
    await page.getByRole("button", { name: "Apply to the phones" }).waitFor();
  });
  await take("wall-dark-de", "", { colorScheme: "dark", locale: "de-DE" }, rows);
});
