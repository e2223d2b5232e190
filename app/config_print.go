package app

import (
	"io"

	"recallbot/app/settings"
)

// PrintConfig prints the configuration in force, whether it is valid or not, and where each setting is from.
func PrintConfig(w io.Writer, path string, environ []string) error {
	config := Defaults()
	return settings.Print(w, path, environ, &config)
}

// ConfigSchema is the JSON Schema of config.yaml, described by the comments of the reference configuration.
func ConfigSchema(reference string) ([]byte, error) {
	config := Defaults()
	return settings.Schema(&config, "recallbot: config.yaml", reference)
}
