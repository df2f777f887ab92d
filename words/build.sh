#: build
#: the programs: build/bin/snomd, build/bin/snomctl, build/bin/snomphone; and where FreeSWITCH's headers are
#: (PKG_CONFIG_PATH for a private prefix), build/freeswitch/mod_snom.so

build_programs
echo "built: build/bin/snomd build/bin/snomctl build/bin/snomphone" \
  "$(if [ -e build/freeswitch/mod_snom.so ]; then echo build/freeswitch/mod_snom.so; fi)"
