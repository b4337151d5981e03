# Completion of restage in bash (4 and later). For good, in ~/.bashrc: source <(restage completion bash)
_restage() {
  local line=${COMP_LINE:0:COMP_POINT} words word kept breaks cli candidate
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  word=${words[-1]}
  # Bash ends a word at some of the characters that our words contain, and replaces only what follows the last of them.
  breaks=${COMP_WORDBREAKS//[^=:@]/}
  [[ -n $breaks ]] && kept=${word%"${word##*[$breaks]}"}
  cli=$(type -P restage) || cli='@RESTAGE@'
  COMPREPLY=()
  while IFS=$'\t' read -r candidate _; do
    case $candidate in
      :files) while IFS= read -r candidate; do COMPREPLY+=("$candidate"); done < <(compgen -f -- "${word#"$kept"}") ;;
      :folders) while IFS= read -r candidate; do COMPREPLY+=("$candidate"); done < <(compgen -d -- "${word#"$kept"}") ;;
      ?*) COMPREPLY+=("${candidate#"$kept"}") ;;
    esac
  done < <("$cli" __complete "${words[@]:1}" 2>/dev/null)
  if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]]; then compopt -o nospace 2>/dev/null; fi
}
complete -o filenames -F _restage restage
