package cli

import (
	"fmt"
	"io"

	"recallbot/app"
	"recallbot/app/config"
	"recallbot/bot"
	"recallbot/handlers/text"
)

type configCmd struct {
	Check  configCheckCmd  `cmd:"" help:"Validate the configuration; all problems at once."`
	Print  configPrintCmd  `cmd:"" help:"Print the configuration in force, secrets masked, and where each setting is from."`
	Schema configSchemaCmd `cmd:"" help:"Print the JSON Schema of config.yaml."`
}

type configCheckCmd struct{}

func (configCheckCmd) Run(r *run) error {
	if _, err := r.load(); err != nil {
		return err
	}
	fine := text.Advise(bot.Finding{Name: "configuration"}, text.Language(language(autoLanguage)), text.Site{})
	fmt.Fprintln(r.out, fine.Text)
	return nil
}

type configPrintCmd struct{}

func (configPrintCmd) Run(r *run) error { return PrintConfig(r.out, r.config, r.environ) }

type configSchemaCmd struct{}

func (configSchemaCmd) Run(r *run) error {
	schema, err := ConfigSchema(r.program.Reference)
	if err != nil {
		return err
	}
	_, err = r.out.Write(schema)
	return err
}

// PrintConfig prints the effective configuration, valid or not, and the origin of each setting.
func PrintConfig(w io.Writer, path string, environ []string) error {
	cfg := app.Defaults()
	return config.Print(w, path, environ, &cfg)
}

// ConfigSchema returns the JSON Schema of config.yaml. Its descriptions are the comments of the reference configuration.
func ConfigSchema(reference string) ([]byte, error) {
	cfg := app.Defaults()
	return config.Schema(&cfg, "recallbot: config.yaml", reference)
}
