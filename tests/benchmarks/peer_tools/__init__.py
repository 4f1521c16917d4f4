"""One junction and its fiber in several simulators: the workload, and a module for each of them.

Each module has ``VARIANTS``: name -> `workload.Variant`, whose ``build`` makes ``n`` fibers and returns
a function that runs them from rest for some seconds.
"""
