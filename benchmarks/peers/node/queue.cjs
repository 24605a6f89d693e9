// The queue's name, and where its Redis is.
"use strict";

module.exports = {
  NAME: "noop",
  connection: { url: process.env.BENCH_REDIS_URL, maxRetriesPerRequest: null },
};
