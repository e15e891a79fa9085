"""Completion for bash, zsh and fish."""
import shlex


def option_names(verb):
    return [name for option in verb.options for name in option.names]


def paths(root):
    """Each path of verbs below the root, as the shells' case patterns: 'bramble keys init'."""
    return "|".join(shlex.quote(verb.title) for verb in root.walk() if verb.path)


def values(root):
    """Each option that takes a value, with where it stands: ('bramble plan', option)."""
    for verb in root.walk():
        for option in verb.options:
            if option.kind:
                yield verb, option


BASH = r'''# Made by scripts/help-pages from what `bramble --help` says.
_bramble() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}} at=bramble word
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case "$at $word" in
      {paths}) at+=" $word" ;;
    esac
  done
  COMPREPLY=()
  case "$at $previous" in
{values}
  esac
  if [[ $current == -* ]]; then
    case $at in
{options}
    esac
  else
    case $at in
{verbs}
    esac
  fi
  # No words are left to the shell: names of files.
}}
complete -o bashdefault -o default -F _bramble bramble
'''

BASH_REPLY = {"file": "return", "folder": 'mapfile -t COMPREPLY < <(compgen -d -- "$current"); return',
              "text": "return"}


def bash_values(root):
    for verb, option in values(root):
        pattern = "|".join(shlex.quote(f"{verb.title} {name}") for name in option.names)
        reply = BASH_REPLY.get(option.kind) or bash_words(option.choices) + "; return"
        yield f"    {pattern}) {reply} ;;"


def bash_words(words):
    return f'mapfile -t COMPREPLY < <(compgen -W {shlex.quote(" ".join(words))} -- "$current")'


def bash(root):
    def cases(words_of):
        return "\n".join(f"      {shlex.quote(verb.title)}) {bash_words(words_of(verb))} ;;" for verb in root.walk() if words_of(verb))

    return BASH.format(paths=paths(root), values="\n".join(bash_values(root)), options=cases(option_names),
                       verbs=cases(lambda verb: [each.path[-1] for each in verb.verbs]))


ZSH = r'''#compdef bramble
# Made by scripts/help-pages from what `bramble --help` says.
_bramble() {{
  local at=bramble word
  local -a verbs
  for word in "${{(@)words[2,CURRENT-1]}}"; do
    case "$at $word" in
      ({paths}) at+=" $word" ;;
    esac
  done
  case $at in
{verbs}
  esac
}}
_bramble "$@"
'''

ZSH_ACTION = {"file": "_files", "folder": "_directories", "text": " "}


def zsh_text(text):
    return text.replace("\\", "\\\\").replace(":", "\\:").replace("[", "\\[").replace("]", "\\]")


def zsh_argument(option, name):
    out = f"{name}[{zsh_text(option.text)}]"
    if option.kind:
        action = ZSH_ACTION.get(option.kind) or f"({' '.join(option.choices)})"
        out += f":{zsh_text(option.value)}:{action}"
    return shlex.quote("*" + out)


def zsh(root):
    def lines():
        for verb in root.walk():
            yield f"    ({shlex.quote(verb.title)})"
            if verb.verbs:
                described = (shlex.quote(f"{each.path[-1]}:{zsh_text(each.text)}") for each in verb.verbs)
                yield f"      verbs=({' '.join(described)})"
                yield "      _describe -t verbs verb verbs"
            options = (zsh_argument(option, name) for option in verb.options for name in option.names)
            rest = "" if verb.verbs else " '*:file:_files'"
            yield f"      _arguments {' '.join(options)}{rest} ;;"

    return ZSH.format(paths=paths(root), verbs="\n".join(lines()))


FISH = r'''# Made by scripts/help-pages from what `bramble --help` says.
function __bramble_at
    set -l at bramble
    for word in (commandline -opc)[2..-1]
        switch "$at $word"
            case {paths}
                set at "$at $word"
        end
    end
    test "$at" = "$argv"
end
'''


def fish_quote(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def fish(root):
    cases = " ".join(fish_quote(verb.title) for verb in root.walk() if verb.path)
    lines = [FISH.format(paths=cases)]
    for verb in root.walk():
        begin = f"complete -c bramble -n {fish_quote('__bramble_at ' + verb.title)}"
        for each in verb.verbs:
            lines.append(f"{begin} -f -a {each.path[-1]} -d {fish_quote(each.text)}")
        for option in verb.options:
            names = " ".join(f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names)
            lines.append(f"{begin} {names}{fish_value(option)} -d {fish_quote(option.text)}")
    return "\n".join(lines) + "\n"


def fish_value(option):
    if option.kind == "choice":
        return f" -x -a {fish_quote(' '.join(option.choices))}"
    if option.kind == "folder":
        return " -x -a '(__fish_complete_directories)'"
    return {"file": " -r -F", "text": " -x", "": ""}[option.kind]


def write(root, folder):
    for name, text in (("bash/bramble", bash(root)), ("zsh/_bramble", zsh(root)), ("fish/bramble.fish", fish(root))):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
