package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"recallbot/client"
)

const (
	// maxWait is how long one answer of the bot waits for posts to be sent, pollEvery how often it is looked after that.
	maxWait   = 30 * time.Second
	pollEvery = time.Second
	// maxContent is above all that the platform takes.
	maxContent = 1 << 20
)

// PostRequest is what `recallbot post` was asked for.
type PostRequest struct {
	client.PostOrder

	// CardFile and RichFile hold the JSON of a card or of a rich text; "-" is In. So is a Text of "-".
	CardFile, RichFile string
	// Wait waits until all is sent or failed.
	Wait bool
}

// Post has something posted.
func (t *Terminal) Post(ctx context.Context, req PostRequest) error {
	order, err := t.order(req)
	if err != nil {
		return err
	}
	if req.Wait {
		order.Wait = maxWait
	}
	posted, err := t.Bot.Post(ctx, order)
	if err == nil && posted.Replayed {
		fmt.Fprintf(t.Side, "already %s earlier (idempotent replay): nothing was posted now\n", earlier(posted.Posts))
	}
	if err == nil && req.Wait {
		err = t.sent(ctx, &posted)
	}
	if err != nil {
		return exit(err)
	}
	if t.JSON {
		err = t.json(posted)
	} else {
		fmt.Fprintln(t.Out, "group", posted.Group)
		err = t.table(posted.Posts)
	}
	if err != nil {
		return exit(err)
	}
	return judgePosts(posted)
}

// earlier is what an earlier call did with posts.
func earlier(posts []client.Post) string {
	for _, post := range posts {
		if post.State == client.PostSent || post.State == client.PostRecalled {
			return "sent"
		}
	}
	return "asked for"
}

// order fills in what stands in files.
func (t *Terminal) order(req PostRequest) (client.PostOrder, error) { //nolint:cyclop // a flat list of what may be wrong
	order := req.PostOrder
	for _, from := range []struct {
		file string
		to   *json.RawMessage
	}{{req.CardFile, &order.Card}, {req.RichFile, &order.RichText}} {
		if from.file == "" {
			continue
		}
		text, err := t.read(from.file)
		if err != nil {
			return order, exitf(CodeUsage, "%w", err)
		}
		if !json.Valid(text) {
			return order, exitf(CodeUsage, "%s is not JSON", from.file)
		}
		*from.to = text
	}
	if order.Text == "-" {
		text, err := t.read("-")
		if err != nil {
			return order, exitf(CodeUsage, "%w", err)
		}
		order.Text = string(text)
	}
	if order.Text == "" && order.ImageKey == "" && order.FileKey == "" && order.Card == nil && order.RichText == nil {
		return order, exitf(CodeUsage, "nothing to post: give a text, --card, --rich, --image or --file")
	}
	if len(order.Chats)+len(order.Users) == 0 {
		return order, exitf(CodeUsage, "nowhere to post: give --chat or --user")
	}
	return order, nil
}

func (t *Terminal) read(file string) ([]byte, error) {
	if file == "-" {
		return io.ReadAll(io.LimitReader(t.In, maxContent))
	}
	return os.ReadFile(file) //nolint:gosec // the path is the caller's own
}

// sent waits until nothing of what was posted is on its way any more.
func (t *Terminal) sent(ctx context.Context, posted *client.Posted) error {
	bar := t.bar("sent")
	defer bar.close()
	for {
		waiting, sent := 0, 0
		for i, post := range posted.Posts {
			if post.State == client.PostQueued {
				var err error
				if post, err = t.Bot.FindPost(ctx, post.ID); err != nil {
					return err
				}
				posted.Posts[i] = post
			}
			switch post.State {
			case client.PostQueued:
				waiting++
			case client.PostSent, client.PostRecalled:
				sent++
			default: // nothing stands
			}
		}
		if !posted.Replayed {
			bar.show(sent, len(posted.Posts), 0)
		}
		if waiting == 0 {
			return nil
		}
		if err := pause(ctx, pollEvery); err != nil {
			return err
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// judgePosts says how it went: what failed, and what nobody knows of, is not done. What was posted by an earlier call must
// stand still.
func judgePosts(posted client.Posted) error {
	bad := 0
	for _, post := range posted.Posts {
		switch post.State {
		case client.PostFailed, client.PostUnsure:
			bad++
		case client.PostRecalled, client.PostCancelled:
			if posted.Replayed {
				bad++
			}
		default: // it stands, or is about to
		}
	}
	switch {
	case bad == 0:
		return nil
	case posted.Replayed:
		return exitf(part(bad, len(posted.Posts)), "%d of %d that were posted earlier don't stand any more", bad, len(posted.Posts))
	case bad == len(posted.Posts):
		return exitf(CodeFailed, "nothing was posted")
	default:
		return exitf(CodePartial, "%d of %d were not posted", bad, len(posted.Posts))
	}
}

// part is the code where some of all failed.
func part(some, all int) int {
	if some == all {
		return CodeFailed
	}
	return CodePartial
}

// Posts lists the newest n posts that a query selects.
func (t *Terminal) Posts(ctx context.Context, q client.PostsQuery, n int) error {
	list, err := firstOf(t.Bot.Posts(ctx, q), n)
	if err != nil {
		return exit(err)
	}
	if t.JSON {
		return exit(printLines(t, list))
	}
	return exit(t.table(list))
}

func (t *Terminal) table(posts []client.Post) error {
	w := tabwriter.NewWriter(t.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "POST\tSTATE\tTO\tMESSAGE\tGROUP\tTIME\tWHY")
	for _, p := range posts {
		why := ""
		if p.Error != nil {
			why = whyOf(p.Error.Reason, p.Error.Detail, p.Error.Code, p.Error.LogID)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", p.ID, p.State, cmp.Or(p.ChatID, p.UserID, "-"), cmp.Or(p.MessageID, "-"),
			cmp.Or(p.Group, "-"), p.CreatedAt.Format(time.RFC3339), why)
	}
	return w.Flush()
}

// whyOf is why something failed: what the bot says of it, its name, and what the platform's support asks for.
func whyOf(reason, detail string, code int, logID string) string {
	text := fmt.Sprintf("%s (code %d, log id %s)", reason, code, cmp.Or(logID, "-"))
	return strings.TrimSpace(detail + " " + text)
}

// Audit prints the newest n records of a chat, or of all.
func (t *Terminal) Audit(ctx context.Context, chat string, n int) error {
	w := tabwriter.NewWriter(t.Out, 0, 0, 2, ' ', 0)
	if !t.JSON {
		fmt.Fprintln(w, "TIME\tWHO\tVIA\tCHAT\tMESSAGE\tRULE\tRESULT\tREASON\tCODE\tLOG ID\tMS\tWORDS")
	}
	count := 0
	for e, err := range t.Bot.Audit(ctx, chat) {
		if err != nil {
			return exit(err)
		}
		if count++; count > n {
			break
		}
		if t.JSON {
			if err := t.json(e); err != nil {
				return exit(err)
			}
			continue
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t%s\t%d\t%s\n", e.At.Format(time.RFC3339), cmp.Or(e.Who, e.Token), e.Via, e.Chat,
			e.Message, e.Rule, e.Result, e.Reason, e.Code, e.LogID, e.LatencyMS, strings.Join(strings.Fields(e.Words), " "))
	}
	return exit(w.Flush())
}
