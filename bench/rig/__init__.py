"""The measuring rig behind bench/run: servers under test on CPU 0, load and engine on CPU 1."""
