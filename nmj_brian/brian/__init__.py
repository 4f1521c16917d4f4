"""The only folder that knows Brian2's internals: devices, code objects, networks, clocks."""
