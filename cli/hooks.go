package cli

import (
	"recallbot/app"
)

type hooksCmd struct {
	Secret hooksSecretCmd `cmd:"" help:"Print the secret that signs the webhooks of a team's own addresses."`
}

type hooksSecretCmd struct {
	Team string `arg:"" help:"The team, as its tokens name it."`
}

func (h hooksSecretCmd) Run(r *run) error {
	config, err := r.load()
	if err != nil {
		return err
	}
	return app.HookSecret(config, h.Team, r.out)
}
