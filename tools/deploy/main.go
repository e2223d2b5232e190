// Command deploy reads what is in deploy/ with the programs' own loaders, without a cluster and without a Prometheus, and
// holds it to what this project promises of a deployment.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	dir := "."
	if len(os.Args) > 1 {
		dir = os.Args[1]
	}
	problems, err := check(dir)
	if err != nil {
		fmt.Fprintln(os.Stderr, "deploy:", err)
		os.Exit(2)
	}
	for _, p := range problems {
		fmt.Fprintln(os.Stderr, p)
	}
	if len(problems) > 0 {
		os.Exit(1)
	}
}

// check looks at a checkout of the project and returns what is wrong, a sentence each.
func check(dir string) ([]string, error) {
	operations, err := read(dir, "docs", "operations.md")
	if err != nil {
		return nil, err
	}
	known := metrics(operations)
	rules, err := read(dir, "deploy", "prometheus", "alerts.yml")
	if err != nil {
		return nil, err
	}
	dashboard, err := read(dir, "deploy", "grafana", "recallbot.json")
	if err != nil {
		return nil, err
	}
	manifests, err := build(dir)
	if err != nil {
		return nil, err
	}
	problems := append(lintRules(rules, known), lintDashboard(dashboard, known)...)
	return append(problems, lintManifests(manifests, known)...), nil
}

func read(dir string, path ...string) ([]byte, error) {
	return os.ReadFile(filepath.Join(append([]string{dir}, path...)...)) //nolint:gosec // the caller's own directory
}
