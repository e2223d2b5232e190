package cli

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

type completionCmd struct {
	Shell string `arg:"" help:"bash, zsh or fish." enum:"bash,zsh,fish"`
}

func (s completionCmd) Run(r *run) error {
	var script strings.Builder
	words := wordsOf(r.model)
	switch s.Shell {
	case "fish":
		completeFish(&script, words)
	case "zsh":
		fmt.Fprintln(&script, "#compdef recallbot\nautoload -U +X bashcompinit && bashcompinit")
		completeBash(&script, words)
	default:
		completeBash(&script, words)
	}
	_, err := io.WriteString(r.out, script.String())
	return err
}

// word is a completion and its description.
type word struct{ text, help string }

// wordsOf returns the completions by the commands before them.
func wordsOf(model *kong.Application) map[string][]word {
	words := map[string][]word{}
	var walk func(path string, node *kong.Node)
	walk = func(path string, node *kong.Node) {
		for _, child := range node.Children {
			if child.Hidden {
				continue
			}
			words[path] = append(words[path], word{child.Name, child.Help})
			walk(strings.TrimSpace(path+" "+child.Name), child)
		}
		for _, argument := range node.Positional {
			for _, value := range argument.EnumSlice() {
				words[path] = append(words[path], word{value, argument.Help})
			}
		}
		flags := node.Flags
		if node.DefaultCmd != nil { // its name is optional
			flags = slices.Concat(flags, node.DefaultCmd.Flags)
		}
		for _, flag := range flags {
			words[path] = append(words[path], word{"--" + flag.Name, flag.Help})
			if flag.Tag.Negatable != "" {
				words[path] = append(words[path], word{"--no-" + flag.Name, flag.Help})
			}
		}
		if node != model.Node {
			for _, flag := range model.Flags {
				words[path] = append(words[path], word{"--" + flag.Name, flag.Help})
			}
		}
	}
	walk("", model.Node)
	return words
}

// completeBash writes a function that joins the commands so far and looks up their completions. Anything else is completed
// with file names.
func completeBash(w io.Writer, words map[string][]word) {
	fmt.Fprint(w, `_recallbot() {
  local cur=${COMP_WORDS[COMP_CWORD]} path="" i next
  for ((i = 1; i < COMP_CWORD; i++)); do
    next="${path:+$path }${COMP_WORDS[i]}"
    case $next in
`)
	for _, path := range slices.Sorted(maps.Keys(words)) {
		if path != "" {
			fmt.Fprintf(w, "      %q) path=$next ;;\n", path)
		}
	}
	fmt.Fprint(w, "    esac\n  done\n  local words=\"\"\n  case $path in\n")
	for _, path := range slices.Sorted(maps.Keys(words)) {
		var texts []string
		for _, word := range words[path] {
			texts = append(texts, word.text)
		}
		fmt.Fprintf(w, "    %q) words=%q ;;\n", path, strings.Join(texts, " "))
	}
	fmt.Fprint(w, `  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}
complete -o default -F _recallbot recallbot
`)
}

// completeFish writes one line per word.
func completeFish(w io.Writer, words map[string][]word) {
	quote := func(s string) string {
		return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
	}
	for _, path := range slices.Sorted(maps.Keys(words)) {
		condition := "__fish_use_subcommand"
		if path != "" {
			var seen []string
			for name := range strings.FieldsSeq(path) {
				seen = append(seen, "__fish_seen_subcommand_from "+name)
			}
			condition = strings.Join(seen, "; and ")
		}
		for _, word := range words[path] {
			if name, isFlag := strings.CutPrefix(word.text, "--"); isFlag {
				fmt.Fprintf(w, "complete -c recallbot -n %s -l %s -d %s\n", quote(condition), name, quote(word.help))
				continue
			}
			fmt.Fprintf(w, "complete -c recallbot -f -n %s -a %s -d %s\n", quote(condition), word.text, quote(word.help))
		}
	}
}
