#: lint
#: formatting, clang-tidy, the house's own rules

need build format lint
configure release
exec "$python" lint/lint.py --build build "$@"
