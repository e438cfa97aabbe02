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
