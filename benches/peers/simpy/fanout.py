"""Fan-out with SimPy 4.1: processes for the source and the hub, callbacks of timeouts for what a link delays.

Usage: fanout.py medium|large|thin|FIREWALLS,ADDRESSES,UPDATES,RATE [SEED]. benches/README.md has the definition.
"""

import json
import math
import random
import resource
import sys
import time

import simpy

SCENARIOS = {
    "medium": "100,100000,1000000,1000",
    "large": "1000,100000,1000000,1000",
    "thin": "1000,100000,2000,1",
}
FEED_LATENCY = 0.025
LINK_LATENCY = 0.020
LINK_JITTER = 0.005
TICK = 1.0
BUCKETS_PER_SECOND = 1000
BUCKETS = 2048


class Hub:
    """Collects updates and sends them to every firewall at its tick."""

    def __init__(self, env, firewalls, first_tick):
        self.env = env
        self.firewalls = firewalls
        self.waiting = []
        env.process(self.run(first_tick))

    def reach(self, event):
        self.waiting.append(event.value)

    def run(self, first_tick):
        env = self.env
        tick = 0
        while True:
            yield env.timeout(first_tick + tick * TICK - env.now)
            tick += 1
            if self.waiting:
                batch, self.waiting = self.waiting, []
                for firewall in self.firewalls:
                    frame = env.timeout(firewall.link_delay(), batch)
                    frame.callbacks.append(firewall.deliver)


class Firewall:
    """A table, in which the last writer wins, and the delays of what was written."""

    def __init__(self, env, seed, index):
        self.env = env
        self.random = random.Random(f"{seed}/{index}")
        self.table = {}
        self.count = 0
        self.sum = 0.0
        self.min = math.inf
        self.max = 0.0
        self.buckets = [0] * BUCKETS

    def link_delay(self):
        return LINK_LATENCY + self.random.expovariate(1.0 / LINK_JITTER)

    def deliver(self, event):
        now = self.env.now
        table = self.table
        buckets = self.buckets
        total = 0.0
        for update in event.value:
            address, _, occurred = update
            held = table.get(address)
            if held is None or occurred > held[2]:
                table[address] = update
            delay = now - occurred
            total += delay
            if delay < self.min:
                self.min = delay
            if delay > self.max:
                self.max = delay
            buckets[min(int(delay * BUCKETS_PER_SECOND), BUCKETS - 1)] += 1
        self.sum += total
        self.count += len(event.value)


def source(env, hub, addresses, updates, rate):
    """Users come to the addresses in turn, at k / rate seconds."""
    for number in range(1, updates + 1):
        yield env.timeout(number / rate - env.now)
        update = ((number - 1) % addresses, number, env.now)
        env.timeout(FEED_LATENCY, update).callbacks.append(hub.reach)


def mix(z):
    """The finaliser of SplitMix64 (Steele, Lea, Flood 2014)."""
    mask = (1 << 64) - 1
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
    return z ^ (z >> 31)


def table_hashes(firewalls, addresses, updates):
    """The sum of the hashes of all tables, in each of which the last writer must have won."""
    truth = {(number - 1) % addresses: number for number in range(1, updates + 1)}
    for firewall in firewalls:
        table = {address: update[1] for address, update in firewall.table.items()}
        assert table == truth, "the last writer wins in every table"
    return sum(mix(address << 32 | user) for address, user in truth.items()) * len(firewalls) % (1 << 64)


def quantile(buckets, count, share):
    """The upper edge of the bucket of this quantile, in seconds."""
    rank = math.ceil(share * count)
    seen = 0
    for index, held in enumerate(buckets):
        seen += held
        if seen >= rank:
            return (index + 1) / BUCKETS_PER_SECOND
    return math.inf


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    scenario = sys.argv[1]
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    numbers = SCENARIOS.get(scenario, scenario).split(",")
    count, addresses, updates, rate = (int(number) for number in numbers)

    env = simpy.Environment()
    firewalls = [Firewall(env, seed, index) for index in range(count)]
    hub = Hub(env, firewalls, (FEED_LATENCY + 0.5 / rate) % TICK)
    env.process(source(env, hub, addresses, updates, rate))
    env.run(until=updates / rate + 3 * TICK)

    deliveries = sum(firewall.count for firewall in firewalls)
    mean = sum(firewall.sum for firewall in firewalls) / deliveries
    buckets = [sum(column) for column in zip(*(firewall.buckets for firewall in firewalls))]
    # What follows is checking, which is not measured.
    cpu_seconds = time.process_time()
    peak_rss_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    outcome = {
        "program": "simpy",
        "scenario": scenario,
        "seed": seed,
        "cpu_seconds": round(cpu_seconds, 6),
        "peak_rss_bytes": peak_rss_bytes,
        "deliveries": deliveries,
        "mean_delay_seconds": round(mean, 9),
        "min_delay_seconds": round(min(firewall.min for firewall in firewalls), 9),
        "max_delay_seconds": round(max(firewall.max for firewall in firewalls), 9),
        "p50": quantile(buckets, deliveries, 0.5),
        "p99": quantile(buckets, deliveries, 0.99),
        "table_hash": f"{table_hashes(firewalls, addresses, updates):016x}",
    }
    print(json.dumps(outcome))


if __name__ == "__main__":
    main()
