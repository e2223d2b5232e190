package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"recallbot/app"
	"recallbot/app/config"
	"recallbot/bot"
	"recallbot/handlers/text"
)

func configCommand(r *run) *cobra.Command {
	cmd := &cobra.Command{Use: "config <command>", Short: "Look at the configuration.", Args: r.checkArgs, RunE: commandMissing}
	cmd.AddCommand(
		&cobra.Command{
			Use: "check", Short: "Validate the configuration; all problems at once.", Args: r.checkArgs,
			RunE: func(*cobra.Command, []string) error { return r.checkConfig() },
		},
		&cobra.Command{
			Use: "print", Short: "Print the configuration in force, secrets masked, and where each setting is from.", Args: r.checkArgs,
			RunE: func(*cobra.Command, []string) error { return PrintConfig(r.out, r.config, r.environ) },
		},
		&cobra.Command{
			Use: "schema", Short: "Print the JSON Schema of config.yaml.", Args: r.checkArgs,
			RunE: func(*cobra.Command, []string) error { return r.printSchema() },
		},
	)
	return cmd
}

func (r *run) checkConfig() error {
	if _, err := r.load(); err != nil {
		return err
	}
	fine := text.Advise(bot.Finding{Name: "configuration"}, text.Language(language(autoLanguage)), text.Site{})
	fmt.Fprintln(r.out, fine.Text)
	return nil
}

func (r *run) printSchema() error {
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
