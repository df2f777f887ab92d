#: help
#: this text

usage
