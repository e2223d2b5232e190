// Command containers reads docker-compose.yml and Dockerfile with the loaders of Docker itself, without an engine,
// and holds them to what this project promises of its containers.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	dir := "."
	if len(os.Args) > 1 {
		dir = os.Args[1]
	}
	problems, err := check(context.Background(), dir)
	if err != nil {
		fmt.Fprintln(os.Stderr, "containers:", err)
		os.Exit(2)
	}
	for _, p := range problems {
		fmt.Fprintln(os.Stderr, p)
	}
	if len(problems) > 0 {
		os.Exit(1)
	}
}

// check reads both files of a directory and returns what is wrong with them, a sentence each.
func check(ctx context.Context, dir string) ([]string, error) {
	dockerfile, err := os.ReadFile(filepath.Join(dir, "Dockerfile")) //nolint:gosec // the caller's own directory
	if err != nil {
		return nil, err
	}
	problems, err := lintDockerfile(ctx, dockerfile)
	if err != nil {
		return nil, err
	}
	compose, err := os.ReadFile(filepath.Join(dir, "docker-compose.yml")) //nolint:gosec // the caller's own directory
	if err != nil {
		return nil, err
	}
	return append(problems, lintCompose(ctx, compose)...), nil
}
