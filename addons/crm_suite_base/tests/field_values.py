# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What tests of who may write which field give to fields."""

#: Fields that the ORM keeps itself.
AUTOMATIC = {"id", "create_date", "create_uid", "write_date", "write_uid"}
#: A value for each type of field.
VALUES = {
    "boolean": True,
    "char": "x",
    "text": "x",
    "integer": 7,
    "float": 7.0,
    "monetary": 7.0,
    "date": "2026-03-05",
    "datetime": "2026-03-05 10:00:00",
    "many2one": 1,
    "many2one_reference": 1,
}
