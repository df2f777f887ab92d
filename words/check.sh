#: check
#: formatting and the house's own rules, in seconds

need format
exec "$python" lint/lint.py --quick
