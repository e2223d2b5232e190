package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"recallbot/bot"
	"recallbot/feishu"
	"recallbot/handlers/text"
)

// InitOrder says which app `recallbot init` is to make.
type InitOrder struct {
	// BaseURL is Feishu's, Lark's, or a simulator's: where to begin.
	BaseURL string
	// Path is the new file for the credentials: a configuration if it ends in .yaml or .yml, else environment variables.
	Path     string
	Language text.Language
	// Columns and Rows are the size of the terminal; zero where it is none.
	Columns, Rows int
}

// Register creates the app by QR code, writes its credentials to a new file that only the owner can read, and prints
// what is left to do. It never touches a file that is there. The file is made first, so that no app is made whose secret
// then has no place.
func Register(ctx context.Context, order InitOrder, out io.Writer) error {
	const ownerOnly = 0o600
	file, err := os.OpenFile(order.Path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, ownerOnly)
	if errors.Is(err, fs.ErrExist) {
		return bot.Errorf(bot.Invalid, "%s is there already; name another file with --out", order.Path)
	}
	if err != nil {
		return bot.Errorf(bot.Invalid, "make the file for the credentials: %w", err)
	}
	made, err := feishu.Register(ctx, order.BaseURL, func(address string, within time.Duration) {
		ask(out, order, address, within)
	})
	if err != nil {
		return errors.Join(err, file.Close(), os.Remove(order.Path))
	}
	_, err = io.WriteString(file, credentials(order, made))
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("write the credentials of %s, whose secret stands in the developer console too: %w", made.AppID, err)
	}
	fmt.Fprintf(out, "\n%s\n", order.Language.Say(text.InitMade, "app", made.AppID, "file", order.Path))
	checklist(out, order, made)
	return nil
}

// isYAML reports whether the file is a configuration.
func (o InitOrder) isYAML() bool {
	ending := filepath.Ext(o.Path)
	return ending == ".yaml" || ending == ".yml"
}

// credentials is what the file holds. Events come over the websocket: that needs no address that the platform can reach,
// and no keys.
func credentials(order InitOrder, made feishu.Registered) string {
	if order.isYAML() {
		return fmt.Sprintf("feishu:\n  base_url: %q\n  app_id: %q\n  app_secret: %q\n  transport: %q\n",
			made.BaseURL, made.AppID, made.AppSecret.Reveal(), feishu.Websocket)
	}
	return fmt.Sprintf("RECALLBOT_FEISHU_BASE_URL=%s\nRECALLBOT_FEISHU_APP_ID=%s\nRECALLBOT_FEISHU_APP_SECRET=%s\nRECALLBOT_FEISHU_TRANSPORT=%s\n",
		made.BaseURL, made.AppID, made.AppSecret.Reveal(), feishu.Websocket)
}
