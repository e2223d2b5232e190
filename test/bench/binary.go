package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
)

// benchBinary measures the size of the binary that `make build` makes.
func benchBinary(ctx context.Context, r *report, _ options) error {
	build := exec.CommandContext(ctx, "make", "build")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return err
	}
	file, err := os.Stat("bin/recallbot")
	if err != nil {
		return err
	}
	size := float64(file.Size()) / 1e6
	fmt.Printf("\nbinary: %.1f MB, stripped\n", size)
	r.add(row{what: "binary, stripped", unit: "MB", goal: 32, ours: []float64{size}})
	return nil
}
