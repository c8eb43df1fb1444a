"""Speed and memory, stage by stage, each beside a reference in the same run. Never tests: times are noisy."""
