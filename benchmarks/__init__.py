"""What `make bench` runs: each row a ratio to a limit or a peer that was measured in the same run.

`python -m benchmarks [name…]`; `BENCH_ROWS` (1,000,000) and `BENCH_ROUNDS` (3) say how much. A
module of this package adds its rows to `framework.BENCHMARKS`; `__main__` imports it.
"""
