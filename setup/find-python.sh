# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
# Sourced by the commands in this folder, with $here set to it. Finds a CPython from
# 3.10 to 3.13 and hands over to the Python code in setup/suite.

suite_python_fits() {
    "$1" -c 'import sys
sys.exit(not (sys.implementation.name == "cpython" and (3, 10) <= sys.version_info[:2] <= (3, 13)))' \
        >/dev/null 2>&1
}

suite_main() {
    remembered=
    if [ -r "$here/../.suite/python" ]; then
        remembered=$(cat "$here/../.suite/python")
    fi
    for candidate in "${CRM_SUITE_PYTHON:-}" "$remembered" python3 \
        python3.13 python3.12 python3.11 python3.10 python /usr/bin/python3; do
        if [ -n "$candidate" ] && suite_python_fits "$candidate"; then
            # The code of setup/suite alone: no module of the caller's folders.
            exec "$candidate" -s "$here/suite/bootstrap.py" "$@"
        fi
    done
    found=$(python3 --version 2>/dev/null || true)
    {
        echo "error: no CPython from 3.10 to 3.13 was found${found:+ (python3 is $found)}."
        echo "  next: install one, on Debian or Ubuntu with: apt-get install python3 python3-venv"
        echo "        or point to one with: CRM_SUITE_PYTHON=/path/to/python3.12 ./setup/$1"
    } >&2
    exit 1
}
