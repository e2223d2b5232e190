package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func versionCommand(r *run) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "version", Short: "Print the version, its commit, and the Go that built it.", Args: r.checkArgs,
		RunE: func(*cobra.Command, []string) error { return r.printVersion(asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "Print JSON.")
	return cmd
}

// build is the output of `recallbot version`.
type build struct {
	Version string `json:"version"`
	Commit  string `json:"commit,omitempty"`
	// Time is the commit's; Modified is set if the tree had changes.
	Time     string `json:"time,omitempty"`
	Modified bool   `json:"modified,omitempty"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// build returns the linker's values, else those of debug.ReadBuildInfo.
func (p Program) build() build {
	b := build{Version: p.Version, Commit: p.Commit, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	b.Version = cmp.Or(b.Version, info.Main.Version, "(devel)")
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = cmp.Or(b.Commit, s.Value)
		case "vcs.time":
			b.Time = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}

func (r *run) printVersion(asJSON bool) error {
	b := r.program.build()
	if asJSON {
		return json.NewEncoder(r.out).Encode(b)
	}
	fmt.Fprintf(r.out, "recallbot %s\n", b.Version)
	if b.Commit != "" {
		mark := ""
		if b.Modified {
			mark = " and changes"
		}
		fmt.Fprintf(r.out, "commit %s%s\n", b.Commit, mark)
	}
	fmt.Fprintf(r.out, "%s %s\n", b.Go, b.Platform)
	return nil
}
