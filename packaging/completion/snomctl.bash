# The tab key for snomctl in bash: goes to /usr/share/bash-completion/completions/snomctl. snomctl itself says what there
# is, phones and keys included; where it says nothing, names of files.
_snomctl() {
  local words=() current word prefix before=${COMP_LINE:0:COMP_POINT}
  # Not COMP_WORDS: readline cuts those at @ : and =, which are inside the words of snomctl.
  read -ra words <<<"$before"
  [[ $before == *[[:blank:]] ]] && words+=("")
  current=${words[-1]}
  # What readline leaves as it stands: up to the last : or =, or up to an @, which it takes for a part of the word.
  prefix=${current%"${current##*[@:=]}"}
  prefix=${prefix%@}
  COMPREPLY=()
  while IFS= read -r word; do
    COMPREPLY+=("$(printf %q "${word#"$prefix"}")")
  done < <(snomctl complete -- "${words[@]:1}" 2>/dev/null)
}
complete -o default -F _snomctl snomctl
