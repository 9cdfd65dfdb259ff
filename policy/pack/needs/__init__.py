"""Needs: who must be able to do what on which thing, and whether every gate on the way lets it.

    need.py         Need, Request (an API call), Connection, Verdict, Hop, Gate: the interface of this package
    truth.py        three-valued conditions: holds, holds not, not known yet
    facts.py        what a graph tells of account, region, ARNs and keys
    lines.py        the tables in policy/data/needs, read and checked
    found.py        all needs of a graph: the tables' lines and what workloads say
    access.py       verdict on a Request: trust, identity, boundary, resource, key and endpoint policies
    gates.py        the policies that stand before one resource
    connection.py   verdict on a Connection: groups, network ACLs both ways, routes, listener
    service_way.py  the way of a call out of a network: endpoint or route
    judged.py       all needs of a graph with their verdicts, judged once
    coverage.py     the other direction: gates that no need passes

The tables are data with a source on every line. A verdict is MET, BROKEN (with the hop that breaks and its mend) or
UNKNOWN; what a graph can't tell is never BROKEN.
"""
