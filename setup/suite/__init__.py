# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The commands in ``setup/``: from a clone to a running, tested Odoo.

A command runs in two stages. The first (:mod:`suite.bootstrap`) needs nothing but a
CPython: it makes the virtual environment in ``.suite/venv``, puts Odoo and the OCA
wheels into it and then starts the same command again with that environment's Python.
The second (:mod:`suite.commands`) may import what was installed: it starts a database
server, makes the databases and does the command's own work.

Everything that is made lies in the git-ignored folder ``.suite``; downloads are kept
outside the clone. Each thing made is built under another name and renamed when it is
whole, or has a marker that is written last: after an interruption the next start
repairs what was left half done.
"""
