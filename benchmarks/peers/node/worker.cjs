// `node worker.cjs SLOTS`: BullMQ's worker, one process with that concurrency, and the no-op job of stamps.py.
"use strict";

const fs = require("node:fs");
const { Worker } = require("bullmq");
const { NAME, connection } = require("./queue.cjs");

const file = fs.openSync(process.env.BENCH_STAMPS, "a");
const bytes = Buffer.alloc(8);

async function noop() {
  bytes.writeDoubleLE((performance.timeOrigin + performance.now()) / 1000); // Date.now() knows whole milliseconds only
  fs.writeSync(file, bytes);
}

const worker = new Worker(NAME, noop, { connection, concurrency: Number(process.argv[2]) });
worker.on("error", (error) => console.error(error));
process.on("SIGTERM", () => worker.close().then(() => process.exit(0)));
