// Command recallbot recalls what bots posted in Feishu (Lark) groups.
package main

import (
	_ "embed" // the reference configuration describes the keys in the schema
	"os"
	_ "time/tzdata" // the container has no time zones of its own

	"recallbot/cli"
)

// version and commit are set by builds that know them: -ldflags "-X main.version=1.2.3 -X main.commit=…".
var version, commit string //nolint:gochecknoglobals // the linker sets nothing else

//go:embed config.yaml
var reference string

func main() {
	os.Exit(cli.Main(cli.Program{Version: version, Commit: commit, Reference: reference}))
}
