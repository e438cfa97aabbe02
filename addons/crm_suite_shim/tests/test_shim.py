# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo.tests import TransactionCase, tagged

from odoo.addons.crm_suite_shim.hooks import LOST, is_lost, post_init_hook


@tagged("post_install", "-at_install")
class TestShim(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.assets = cls.env["ir.asset"]
        cls.domain = [("path", "=", LOST), ("directive", "=", "remove")]

    def _backend_paths(self):
        params = self.assets._get_asset_params()
        paths = self.assets._get_asset_paths("web.assets_backend", params)
        return [path[0].lstrip("/") for path in paths]

    def test_is_lost_tells_present_from_missing_files(self):
        self.assertFalse(is_lost("web/static/src/core/registry.js"))
        self.assertTrue(is_lost("web/static/src/core/no_such_file.js"))

    def test_the_bundle_lists_the_file_only_where_it_is_there(self):
        self.assertEqual(LOST in self._backend_paths(), not is_lost())
        self.assertEqual(self.assets.search_count(self.domain), int(is_lost()))

    def test_hook_follows_the_state_of_the_installed_odoo(self):
        self.assets.search(self.domain).unlink()
        self.assertIn(LOST, self._backend_paths())
        post_init_hook(self.env)
        self.assertEqual(LOST in self._backend_paths(), not is_lost())
