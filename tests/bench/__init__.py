"""bench -- what understudy costs beside nginx, HAProxy and two small relays.

  programs.py   what is run: built, found, or unpacked from Debian's packages
  peers.py      the configurations, and proxies that run
  load.py       wrk and pace
  measure.py    CPU time and memory of a process; medians, ratios, fits
  cases.py      CPU per request and latency: what is measured, figures to reach
  cases_more.py streams, memory, growth
  report.py     tables, the machine, docs/performance.md
"""
