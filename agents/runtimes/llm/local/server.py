"""The model's server, a program of its own: `python -I server.py WEIGHTS CONTEXT`; its input begins with a secret.

It prints its address on loopback when it can answer, and ends when its input does: then its keeper is gone, even by
kill -9. It imports nothing of ours. Its one thread leaves the machine to others: two that wait for each other on a busy
machine were measured at 6 tokens a second, one alone at 145.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module

MOST_TOKENS = 512  # of one answer, where the request does not say


def main(weights: str, context: int) -> None:
    xllamacpp = import_module("xllamacpp")  # here, so that this file can be read where the engine is not
    params = xllamacpp.CommonParams()
    params.model.path = weights
    params.n_ctx, params.n_parallel, params.n_predict = context, 1, MOST_TOKENS
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.hostnames, params.port = ["127.0.0.1"], 0
    params.api_keys = [sys.stdin.readline().strip()]
    params.ui = params.endpoint_slots = params.warmup = False
    params.offline, params.verbosity = True, 0
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)  # noqa: T201
    sys.stdin.read()
    os._exit(0)  # what it is writing, nobody reads any more


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
