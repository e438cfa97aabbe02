# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
# Sourced by the commands in this folder, with $here set to it. Finds a CPython from
# 3.10 to 3.13 and hands over to the Python code in setup/suite.

suite_python_fits() {
    "$1" -c 'import sys
sys.exit(not (sys.implementation.name == "cpython" and (3, 10) <= sys.version_info[:2] <= (3, 13)))' \
        >/dev/null 2>&1
}

# Prints the first fitting Python; a folder of PATH may come before one with a better one
suite_find_python() {
    remembered=
    if [ -r "$here/../.suite/python" ]; then
        read -r remembered <"$here/../.suite/python" || true
    fi
    for candidate in "${CRM_SUITE_PYTHON:-}" "$remembered"; do
        if [ -n "$candidate" ] && suite_python_fits "$candidate"; then
            echo "$candidate"
            return 0
        fi
    done
    for name in python3 python3.13 python3.12 python3.11 python3.10 python; do
        rest=$PATH:
        while [ -n "$rest" ]; do
            folder=${rest%%:*}
            rest=${rest#*:}
            if [ -x "$folder/$name" ] && suite_python_fits "$folder/$name"; then
                echo "$folder/$name"
                return 0
            fi
        done
    done
    return 1
}

suite_main() {
    if python=$(suite_find_python); then
        exec "$python" -s "$here/suite/bootstrap.py" "$@"
    fi
    found=$(python3 --version 2>/dev/null || true)
    {
        echo "error: no CPython from 3.10 to 3.13 was found${found:+ (python3 is $found)}."
        echo "  next: install one, on Debian or Ubuntu with: apt-get install python3 python3-venv"
        echo "        or point to one with: CRM_SUITE_PYTHON=/path/to/python3.12 ./setup/$1"
    } >&2
    exit 1
}
