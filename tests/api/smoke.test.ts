// A client that was generated from docs/openapi.json, at a real snomd with a virtual phone: that a program which knows
// nothing but that file comes to its end. SNOM_SERVER and SNOM_TOKEN say where; 1000@example.test is registered,
// 1001@example.test is not.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as snomd from "./generated/index";
import { createClient } from "./generated/client/index";

const baseUrl = process.env.SNOM_SERVER!;
const client = createClient({ baseUrl, auth: () => process.env.SNOM_TOKEN! });
const phone = "1000@example.test";
const key = { phone, key: "2" };

/** What came, if it is what is documented as good. */
function good<T>(answer: { data?: T; error?: unknown }): NonNullable<T> {
  assert.equal(answer.error, undefined, JSON.stringify(answer.error));
  assert.ok(answer.data !== undefined && answer.data !== null);
  return answer.data;
}

test("a key is set, changed under a condition, and cleared", async () => {
  const set = good(await snomd.putButton({ client, path: key, body: { light: "on", label: "Tür", number: "9001" } }));
  assert.equal(set.button?.state, "confirmed");
  const etag = set.button?.etag;
  const changed = good(await snomd.patchButton({ client, path: key, body: { light: null }, headers: { "If-Match": etag } }));
  assert.deepEqual([changed.button?.light, changed.button?.label], ["off", "Tür"]);
  const stale = await snomd.patchButton({ client, path: key, body: { light: "on" }, headers: { "If-Match": etag } });
  assert.equal(stale.response?.status, 412);
  assert.ok(stale.error && "detail" in stale.error && stale.error.detail.includes("changed meanwhile"));
  good(await snomd.clearButton({ client, path: key }));
  assert.equal((await snomd.getButton({ client, path: key })).response?.status, 404);
});

test("several keys have an outcome each", async () => {
  const answer = await snomd.patchButtons({
    client, path: { phone }, body: [{ key: "3", light: "on" }, { key: "99", light: "on" }] });
  const outcomes = good(answer);
  assert.equal(answer.response.status, 207);
  assert.ok("buttons" in outcomes);
  assert.deepEqual(outcomes.buttons.map((one) => [one.key, one.status]), [["3", 200], ["99", 502]]);
});

test("phones are found by what they are", async () => {
  const page = good(await snomd.listPhones({ client, query: { state: ["ok", "pending"], limit: 10 } }));
  assert.ok("states" in page);
  assert.deepEqual(page.phones.map((one) => one.address_of_record), [phone]);
  assert.equal(good(await snomd.getModel({ client, path: { model: page.phones[0].model! } })).name, page.phones[0].model);
});

test("a command is run, and a group's", async () => {
  const reply = good(await snomd.runCommand({ client, body: `snom_buttons ${phone}`, headers: { Accept: "application/json" } as {} }));
  assert.ok(typeof reply === "object" && reply.ok, JSON.stringify(reply));
  good(await snomd.putGroup({ client, path: { group: "night" }, body: { members: ["1000", "1001"] } }));
  const replies = good(await snomd.commandGroup({ client, path: { group: "night" }, body: "snom_button 4 light=on" }));
  assert.equal(replies.replies.length, 2, JSON.stringify(replies));
  assert.deepEqual(good(await snomd.listGroups({ client })).groups.map((one) => one.name), ["night"]);
  good(await snomd.forgetGroup({ client, path: { group: "night" } }));
});

test("a layout is compared, applied and followed to its end", async () => {
  const body = `phone,key,light,label\n${phone},5,on,Door\n`;
  const sent = { client, body, bodySerializer: null, headers: { "Content-Type": "text/csv" } as {} };
  assert.deepEqual(good(await snomd.compareLayout(sent)).changing, { phones: 1, keys: 1 });
  const { id } = good(await snomd.applyLayout(sent));
  let job = good(await snomd.getJob({ client, path: { job: id } }));
  for (const end = Date.now() + 10_000; job.state === "running" && Date.now() < end;) {
    await new Promise((done) => setTimeout(done, 20));
    job = good(await snomd.getJob({ client, path: { job: id } }));
  }
  assert.deepEqual([job.state, job.keys.confirmed], ["done", 1]);
});

test("a change is seen as it happens", async () => {
  const ended = new AbortController();
  const { stream } = await snomd.watchEvents({ client, query: { type: ["button"] }, signal: ended.signal, sseMaxRetryAttempts: 1 });
  let event: { address_of_record?: string } | undefined;
  void stream.next().then((first) => event = first.value as unknown as { address_of_record?: string });
  // The stream begins when its first event is asked for; which of the changes that is, does not matter.
  for (let number = 0; !event && number < 500; ++number) {
    good(await snomd.putButton({ client, path: key, body: { light: "on", label: `${number}` } }));
    await new Promise((done) => setTimeout(done, 20));
  }
  assert.equal(event?.address_of_record, phone);
  ended.abort();
});

test("who may not is told so", async () => {
  const nobody = createClient({ baseUrl });
  const refused = await snomd.getStatus({ client: nobody });
  assert.equal(refused.response?.status, 401);
  assert.equal((await snomd.isReady({ client: nobody })).data?.status, "ready");
  const made = good(await snomd.addToken({ client, body: { name: "board", role: "read" } }));
  const reader = createClient({ baseUrl, auth: () => made.token });
  assert.equal((await snomd.clearButtons({ client: reader, path: { phone } })).response?.status, 403);
  assert.ok(good(await snomd.getStatus({ client: reader })).registered >= 1);
  good(await snomd.revokeToken({ client, path: { name: "board" } }));
});
