package cli

import (
	"io"

	"recallbot/app"
	"recallbot/app/config"
)

// PrintConfig prints the configuration in force, whether it is valid or not, and where each setting is from.
func PrintConfig(w io.Writer, path string, environ []string) error {
	cfg := app.Defaults()
	return config.Print(w, path, environ, &cfg)
}

// ConfigSchema is the JSON Schema of config.yaml, described by the comments of the reference configuration.
func ConfigSchema(reference string) ([]byte, error) {
	cfg := app.Defaults()
	return config.Schema(&cfg, "recallbot: config.yaml", reference)
}
