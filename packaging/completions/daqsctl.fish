# fish completion for daqsctl. daqsctl itself finds the matches; fish quotes them.

function __daqsctl_complete
    set -l before (commandline -opc)
    set -l typed (commandline -ct)
    set -l plain (string unescape -- "$typed")
    or set plain "$typed"
    set -e before[1]
    set -l words (command daqsctl complete plain -- $before "$plain" 2>/dev/null)
    if test "$words[1]" = \tfiles
        __fish_complete_path "$typed"
    else if set -q words[1]
        printf '%s\n' $words
    end
end

complete -c daqsctl -f -a '(__daqsctl_complete)'
