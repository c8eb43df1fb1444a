"""Speed and memory, stage by stage, each beside a reference in the same run. Never part of the tests: times are noisy."""
