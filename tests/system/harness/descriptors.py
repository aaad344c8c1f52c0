"""descriptors -- cases with thousands of connections need thousands of them."""

import resource


def raise_descriptors(wanted):
    """As many as there may be, for us and for what we start; how many
    connections of the wanted that allows."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY:
        hard = wanted + 1000
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return min(wanted, hard - 500)
