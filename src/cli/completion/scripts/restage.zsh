#compdef restage
# Completion of restage in zsh. For good, in ~/.zshrc after compinit: source <(restage completion zsh)
_restage() {
  local cli=${commands[restage]:-@RESTAGE@} line
  local -a candidates
  for line in "${(@f)$("$cli" __complete "${(@)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)}"; do
    case $line in
      :files) _files ;;
      :folders) _files -/ ;;
      ?*) candidates+=("${line%%$'\t'*}") ;;
    esac
  done
  local -a open=(${(M)candidates:#*=}) whole=(${candidates:#*=})
  if (( $#open )); then compadd -S '' -a open; fi
  if (( $#whole )); then compadd -a whole; fi
}
(( $+functions[compdef] )) && compdef _restage restage
