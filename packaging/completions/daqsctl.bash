# bash completion for daqsctl. daqsctl itself finds the matches and quotes them.

_daqsctl() {
    local word
    COMPREPLY=()
    while IFS= read -r word; do
        if [ "$word" = $'\tfiles' ]; then
            compopt -o default
            return
        fi
        COMPREPLY+=("$word")
    done < <(command daqsctl complete bash -- "${COMP_LINE:0:COMP_POINT}" "$2" 2>/dev/null)
}

complete -F _daqsctl daqsctl
