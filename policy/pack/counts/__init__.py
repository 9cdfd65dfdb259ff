"""AWS quotas that a stack uses: tables of counters, one module for each group of services.

A value that is not known yet is not counted, and a list of which a part is not known counts each of its elements.
"""
