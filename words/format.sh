#: format
#: formats the C++ files in place

need format
exec "$python" lint/lint.py --format
