package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/mdp/qrterminal/v3"

	"recallbot/bot"
	"recallbot/feishu"
)

// Register creates the Feishu app by QR code and writes its credentials to a new file that only the owner can read,
// as environment variables. It never touches a file that is there. The file is made first, so that no app is made whose secret
// then has no place.
func Register(ctx context.Context, at feishu.Accounts, path string, out io.Writer) error {
	const ownerOnly = 0o600
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, ownerOnly) //nolint:gosec // the operator's own path
	if errors.Is(err, fs.ErrExist) {
		return bot.Errorf(bot.Invalid, "%s is there already; name another file with --out", path)
	}
	if err != nil {
		return bot.Errorf(bot.Invalid, "make the file for the credentials: %w", err)
	}
	made, err := feishu.Register(ctx, at, func(address string, within time.Duration) {
		qrterminal.GenerateHalfBlock(address, qrterminal.L, out)
		fmt.Fprintf(out, "\nScan this with Feishu or Lark within %s, or open\n%s\n", within, address)
	})
	if err != nil {
		return errors.Join(err, file.Close(), os.Remove(path))
	}
	base := "https://open.feishu.cn"
	if made.Lark {
		base = "https://open.larksuite.com"
	}
	_, err = fmt.Fprintf(file, "RECALLBOT_FEISHU_APP_ID=%s\nRECALLBOT_FEISHU_APP_SECRET=%s\nRECALLBOT_FEISHU_BASE_URL=%s\n",
		made.AppID, made.AppSecret.Reveal(), base)
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("write the credentials of %s, whose secret stands in the developer console too: %w", made.AppID, err)
	}
	fmt.Fprintf(out, "\nThe app %s is made; its credentials are in %s.\nNext: README, \"Connecting a real Feishu app\", from step 2 on.\n", made.AppID, path)
	return nil
}
