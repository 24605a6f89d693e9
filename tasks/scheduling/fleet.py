"""The workers, and which of them takes a job: the capable one with the most free slots.

Workers with the same capabilities form a pool. A job goes to the pool that has least beyond what it needs, so
that a plain job takes a worker with Docker only when the others are full. A worker that did not take what it was
handed lately comes after all others: else the same job might be handed to it again and again while others are free.
"""

from __future__ import annotations

from tasks.scheduling.ranking import Entry, Ranking
from tasks.scheduling.values import Needs, Worker

LOCAL = "local"


class Post:
    """One worker and what runs on it. worker is None while it is offline and its jobs are not yet settled."""

    __slots__ = ("cpu", "free", "id", "limit", "memory_mb", "pool", "running", "worker")

    def __init__(self, id: str) -> None:
        self.id = id
        self.worker: Worker | None = None
        self.pool: Ranking[Post] | None = None  # None while it takes nothing
        self.limit = 0  # how many jobs it may run at once
        self.free = 0  # how many more it takes now
        self.running = 0
        self.memory_mb = 0
        self.cpu = 0  # thousandths, so that taking and giving back is exact

    @property
    def doubtful(self) -> bool:
        return self.worker is not None and self.worker.doubtful

    def could(self, needs: Needs) -> bool:
        """Whether it could run such a job if it were empty."""
        worker = self.worker
        return (
            worker is not None
            and worker.accepting
            and needs.capabilities <= offered(worker)
            and (worker.memory_mb is None or needs.memory_mb <= worker.memory_mb)
            and (worker.cpu is None or needs.cpu <= worker.cpu)
        )

    def has_room(self, needs: Needs) -> bool:
        """Whether the memory and CPU that such a job reserves are free here."""
        worker = self.worker
        return (
            worker is not None
            and (worker.memory_mb is None or self.memory_mb + needs.memory_mb <= worker.memory_mb)
            and (worker.cpu is None or self.cpu + thousandths(needs.cpu) <= thousandths(worker.cpu))
        )


def offered(worker: Worker) -> frozenset[str]:
    return worker.capabilities | {LOCAL} if worker.local else worker.capabilities


def thousandths(cpu: float) -> int:
    return round(cpu * 1000)


class Demand:
    """Jobs with the same needs, and where the next of them would go (found once between two changes)."""

    __slots__ = ("_pools", "_post", "_shape", "_version", "needs", "reserves")

    def __init__(self, needs: Needs) -> None:
        self.needs = needs
        self.reserves = needs.memory_mb > 0 or needs.cpu > 0
        self._shape = self._version = -1
        self._pools: list[tuple[int, Ranking[Post]]] = []
        self._post: Post | None = None

    def post(self, fleet: Fleet) -> Post | None:
        """The worker that would take the next such job, or None."""
        if self._version != fleet.version:
            self._version = fleet.version
            self._post = self._choose(fleet)
        return self._post

    def _choose(self, fleet: Fleet) -> Post | None:
        if self._shape != fleet.shape:
            self._shape = fleet.shape
            self._pools = sorted(
                (
                    (len(capabilities - self.needs.capabilities), pool)
                    for capabilities, pool in fleet.pools.items()
                    if self.needs.capabilities <= capabilities
                ),
                key=lambda waste_and_pool: waste_and_pool[0],
            )
        best: Entry | None = None
        for waste, pool in self._pools:
            first = self._first_of(pool)
            if first is not None:
                doubtful, *rest = first
                entry = (doubtful, waste, *rest)
                best = entry if best is None else min(best, entry)
        return None if best is None else best[-1]

    def _first_of(self, pool: Ranking[Post]) -> Entry | None:
        """The best of a pool; where the job reserves memory or CPU, the best that has them."""
        first = pool.first()
        if first is None or not self.reserves or first[-1].has_room(self.needs):
            return first
        return min((entry for entry in pool if entry[-1].has_room(self.needs)), default=None)


class Fleet:
    """version rises with every change of what is free, shape with every new pool."""

    __slots__ = ("_demands", "free", "pools", "posts", "shape", "version")

    def __init__(self) -> None:
        self.posts: dict[str, Post] = {}
        self.pools: dict[frozenset[str], Ranking[Post]] = {}
        self.free = 0
        self.version = self.shape = 0
        self._demands: dict[Needs, Demand] = {}

    def demand(self, needs: Needs) -> Demand:
        demand = self._demands.get(needs)
        if demand is None:
            demand = self._demands[needs] = Demand(needs)
        return demand

    def put(self, worker: Worker) -> bool:
        """A worker joined or changed; True if that changed who can do what."""
        post = self._post(worker.id)
        before, post.worker = post.worker, worker
        post.limit = worker.slots if worker.cap is None else min(worker.slots, worker.cap)
        self._move(post, self._pool(offered(worker)) if worker.accepting else None)
        return before is None or _abilities(before) != _abilities(worker)

    def remove(self, id: str) -> bool:
        post = self.posts.get(id)
        if post is None or post.worker is None:
            return False
        post.worker = None
        post.limit = 0
        self._move(post, None)
        if not post.running:
            del self.posts[id]
        return True

    def take(self, id: str, needs: Needs) -> None:
        """A job with these needs runs there now."""
        self._count(self._post(id), needs, 1)

    def give_back(self, id: str, needs: Needs) -> None:
        post = self.posts[id]
        self._count(post, needs, -1)
        if post.worker is None and not post.running:
            del self.posts[id]

    def _post(self, id: str) -> Post:
        post = self.posts.get(id)
        if post is None:
            post = self.posts[id] = Post(id)
        return post

    def _pool(self, capabilities: frozenset[str]) -> Ranking[Post]:
        pool = self.pools.get(capabilities)
        if pool is None:
            pool = self.pools[capabilities] = Ranking()
            self.shape += 1
        return pool

    def _count(self, post: Post, needs: Needs, by: int) -> None:
        post.running += by
        post.memory_mb += by * needs.memory_mb
        post.cpu += by * thousandths(needs.cpu)
        self._move(post, post.pool)

    def _move(self, post: Post, pool: Ranking[Post] | None) -> None:
        """Let it stand in its pool, or in none, with as many free slots as it has."""
        if post.pool is not None and post.pool is not pool:
            post.pool.drop(post)
        post.pool = pool
        free = 0 if pool is None else max(0, post.limit - post.running)
        if pool is not None:
            if free:
                pool.put(post, post.doubtful, -free, post.id)
            else:
                pool.drop(post)
        self.free += free - post.free
        post.free = free
        self.version += 1


def _abilities(worker: Worker) -> tuple[object, ...]:
    return worker.accepting, offered(worker), worker.memory_mb, worker.cpu
