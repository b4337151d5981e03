# Completion of restage in fish. For good: restage completion fish > ~/.config/fish/completions/restage.fish
function __restage_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l cli (command -s restage; or echo '@RESTAGE@')
    for line in ($cli[1] __complete $words[2..-1] 2>/dev/null)
        switch $line
            case :files
                __fish_complete_path (commandline -ct)
            case :folders
                __fish_complete_directories (commandline -ct)
            case '*'
                echo $line
        end
    end
end
complete -c restage -f -a '(__restage_complete)'
