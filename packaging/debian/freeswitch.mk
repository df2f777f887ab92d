# The package freeswitch-mod-snom, for the FreeSWITCH that pkg-config finds: part of rules when ./run package found one.
fs_value = $(shell pkg-config --variable=$(1) freeswitch)
fs_version := $(shell pkg-config --modversion freeswitch | cut -d- -f1)
fs_series := $(shell pkg-config --modversion freeswitch | cut -d. -f1-2)
fs_next := $(shell pkg-config --modversion freeswitch | awk -F. '{ print $$1 "." $$2 + 1 }')
fs_modules := $(call fs_value,modulesdir)
fs_configuration := $(call fs_value,confdir)
fs_package := debian/freeswitch-mod-snom
# One that Debian packages brought is at /usr. What is installed elsewhere belongs to no package that could be depended on.
fs_packaged := $(filter /usr,$(call fs_value,prefix))
fs_examples := /usr/share/doc/freeswitch-mod-snom/examples

execute_after_dh_auto_install:
	DESTDIR=$(CURDIR)/$(fs_package) cmake --install $(build) --component freeswitch
	# Its configuration in /etc is the administrator's (a conffile); elsewhere an example is what dpkg cannot overwrite.
ifeq ($(filter /etc/%,$(fs_configuration)),)
	mkdir -p $(fs_package)$(fs_examples)
	cp -r $(fs_package)$(fs_configuration)/. $(fs_package)$(fs_examples)/
	rm -r $(fs_package)$(fs_configuration)
	find $(fs_package) -depth -type d -empty -delete
endif

override_dh_shlibdeps:
	dh_shlibdeps -- $(if $(fs_packaged),,--ignore-missing-info -l$(call fs_value,libdir))

override_dh_gencontrol:
	dh_gencontrol --no-package=freeswitch-mod-snom
	dh_gencontrol --package=freeswitch-mod-snom -- -v$(DEB_VERSION)+fs$(fs_version) \
	  -V"freeswitch:Series=$(fs_series)" -V"freeswitch:Version=$(fs_version)" -V"freeswitch:Modules=$(fs_modules)" \
	  -V"freeswitch:Depends=$(if $(fs_packaged),freeswitch (>= $(fs_series)~)$(comma) freeswitch (<< $(fs_next)~))"
