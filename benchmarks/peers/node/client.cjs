// BullMQ's client, in a process that stays: a command a line comes in, its answer goes out as a line of JSON.
"use strict";

const { createInterface } = require("node:readline");
const { Queue } = require("bullmq");
const { NAME, connection } = require("./queue.cjs");

const queue = new Queue(NAME, { connection });

const commands = {
  ready: async () => {
    await queue.waitUntilReady();
  },
  add: async (count) => {
    for (let number = 0; number < count; number += 1) await queue.add("noop", {});
  },
  addBulk: async (count) => {
    await queue.addBulk(Array.from({ length: count }, () => ({ name: "noop", data: {} })));
  },
  completed: async () => (await queue.getJobCounts("completed")).completed,
};

async function serve() {
  for await (const line of createInterface({ input: process.stdin })) {
    const [command, count] = line.split(" ");
    const answer = (await commands[command](Number(count))) ?? null;
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
}

serve().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
