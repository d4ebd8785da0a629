"""The tests: mirrors of the tree, then the flow, the browser, the soak and the benchmarks."""
