# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What keeps a job from its work, told to each reader in his own language.

A job runs at night in nobody's language, and who reads of it speaks another one. An
obstacle is kept as a code and its values; the sentences are made when they are read.
"""

from odoo import models
from odoo.exceptions import UserError

RECORD_KEYS = {"model", "id", "name"}
OBSTACLE_KEYS = {"code", "values", "reason"}
SOURCE = "en_US"  # the language of who has none


class Texts(dict):
    """What other code said, by the code of the language in which it said it."""


class Obstacle(UserError):
    """Something that a person must mend; see ``crm.suite.incident._get_messages``.

    The message, reason and next step, is in the language of ``env``.
    """

    def __init__(self, env, code, **values):
        """Make the error of ``code``.

        :param env: the environment of who runs into it
        :param str code: a key of the messages
        :param values: what the sentences name: records, dates, texts or numbers, or
            another obstacle, of which the reason is told
        """
        self.code = code
        self.values = {key: pack(value) for key, value in values.items()}
        told = env["crm.suite.incident"]._tell(code, self.values)
        self.reason, self.next_step = told or (code, "")
        super().__init__(" ".join(filter(None, (self.reason, self.next_step))))


def name_in(record, text):
    """Return ``text`` (str) with the name of ``record`` in it.

    Read by the machine: it is told to who may read the record's trouble.
    """
    name = record.sudo().display_name
    return text if name and name in text else f"{name}: {text}"


def pack(value):
    """Return ``value`` as JSON can keep it: of a record model, id and its name now; of
    an obstacle its code, its values and its reason now."""
    if isinstance(value, models.BaseModel):
        # The name stays behind where the record goes; it carries no amounts.
        name = value.sudo().display_name or ""
        return {"model": value._name, "id": value.id or 0, "name": name}
    if isinstance(value, Obstacle):
        return {"code": value.code, "values": value.values, "reason": value.reason}
    if isinstance(value, Texts):
        return {"texts": dict(value)}
    if isinstance(value, bool | int | float | str):
        return value
    return str(value)


def unpack(env, value):
    """Return a packed value as text or number: of a record its name in the language
    of ``env``, or the name that it had where it is no more; of an obstacle its reason
    in that language; of texts the one in that language, else in English."""
    if isinstance(value, dict) and value.keys() == OBSTACLE_KEYS:
        told = env["crm.suite.incident"]._tell(value["code"], value["values"])
        return told[0] if told else value["reason"]
    if isinstance(value, dict) and value.keys() == {"texts"}:
        texts = value["texts"]
        return texts.get(env.lang) or texts.get(SOURCE) or next(iter(texts.values()))
    if not isinstance(value, dict) or value.keys() != RECORD_KEYS:
        return value
    if value["model"] not in env:
        return value["name"]
    # See pack: the name was told already.
    record = env[value["model"]].sudo().browse(value["id"]).exists()
    return record.display_name or value["name"]
