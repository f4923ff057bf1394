"""What the product costs, beside what a reader would pick instead. No part of the tests: nothing passes or fails here.

    .venv/bin/python -m tests.benchmarks [--parks 8 1000 10000] [--engines postgres sqlite] [--figures 1000000]

`running` starts databases and servers, `inside` works within the application, `load` asks, `first_paint` looks.
"""
