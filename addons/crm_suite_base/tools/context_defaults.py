# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).


def context_defaults(env):
    """Return the names (set) of the fields that the caller's context gives.

    Whoever calls ``create`` gives values by ``default_`` keys of the context as well:
    what refuses a value must look at both.
    """
    return {
        name.removeprefix("default_")
        for name, value in env.context.items()
        if name.startswith("default_") and value
    }


def get_computed_names(records):
    """Return the names (set) of the stored fields of ``records``' model that nobody
    can set, but that ``write`` would take: what is computed is computed again only when
    something else changes."""
    return {
        name
        for name, field in records._fields.items()
        if field.store and field.compute and field.readonly and not field.inverse
    }


def without_defaults(records, names):
    """Return ``records`` without the ``default_`` keys of these fields in their
    context: a key that is meant for another model must not say what is kept here."""
    keys = {f"default_{name}" for name in names}
    context = records.env.context
    if not keys & context.keys():
        return records
    kept = {key: value for key, value in context.items() if key not in keys}
    # Keys are taken out, which only a whole context can.
    return records.with_context(kept)  # pylint: disable=context-overridden


def without_computed_defaults(records):
    """Return ``records`` without the ``default_`` keys of computed fields in their
    context."""
    return without_defaults(records, get_computed_names(records))
