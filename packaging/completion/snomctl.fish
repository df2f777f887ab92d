# The tab key for snomctl in fish: goes to /usr/share/fish/vendor_completions.d. snomctl itself says what there is, phones
# and keys included.
complete -c snomctl -f -a '(snomctl complete -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'
complete -c snomctl -l ca-file -rF
complete -c snomctl -l token-file -rF
complete -c snomctl -l config -rF
complete -c snomctl -n '__fish_seen_subcommand_from apply' -F
complete -c snomctl -n '__fish_seen_subcommand_from export' -l output -rF
complete -c snomctl -n '__fish_seen_subcommand_from token' -l file -rF
