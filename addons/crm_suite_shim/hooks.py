# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo.tools.misc import file_path

# Left out of Debian's package, as it is not in the preferred form for modification;
# the bundle still lists it, and the browser tests fail on the console error.
LOST = "mail/static/lib/selfie_segmentation/selfie_segmentation.js"


def is_lost(path=LOST):
    """Whether a file of the web client is missing in this Odoo.

    :param str path: path from the addon's name on
    """
    try:
        file_path(path)
    except FileNotFoundError:
        return True
    return False


def post_init_hook(env):
    """Take the lost file out of the bundle; where it is there, change nothing."""
    if is_lost():
        env["ir.asset"].create(
            {
                "name": "CRM Suite Shim: file that the distribution left out",
                "bundle": "web.assets_backend",
                "directive": "remove",
                "path": LOST,
            }
        )
