"""Figures that travel as files: templates to fill in, and what comes back, read, compared and saved.

template.py   writes the templates: one quarter (XLSX, CSV), many quarters (XLSX)
limits.py     between which numbers nothing is asked, found out from the checks themselves
packing.py    what a file may be made of, looked at before anything is unpacked
reading.py    XLSX or CSV → sheets of cells with their addresses
headings.py   the words above the columns, in both languages
matching.py   cells → what was given for which quarter and indicator, with every problem by its cell
planning.py   what was given, graded by `parks.checks` → what it changes
importing.py  preview and confirmation, saved by `parks.workflow`
"""
