package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"recallbot/bot"
	"recallbot/client"
)

func postCommand(r *run) *cobra.Command {
	var api apiFlags
	var req PostRequest
	var button, asJSON bool
	cmd := &cobra.Command{
		Use: "post [<text>]", Short: "Post to chats and people, over the HTTP API.", Args: r.checkArgs,
		Annotations: map[string]string{"text": "The text; - reads it from standard input."},
		RunE: func(cmd *cobra.Command, args []string) error {
			t, err := api.open(r, asJSON)
			if err != nil {
				return err
			}
			req.Text = strings.Join(args, "")
			if button {
				req.Undo = &client.Undo{Button: true}
			}
			return t.Post(cmd.Context(), req)
		},
	}
	api.add(cmd)
	flags := cmd.Flags()
	flags.StringVar(&req.CardFile, "card", "", "`FILE` with the JSON of a card; - is standard input.")
	flags.StringVar(&req.RichFile, "rich", "", "`FILE` with the JSON of a rich text; - is standard input.")
	flags.StringVar(&req.ImageKey, "image", "", "`KEY` of an image.")
	flags.StringVar(&req.FileKey, "file", "", "`KEY` of a file.")
	flags.StringArrayVar(&req.Chats, "chat", nil, "`CHAT` to post to (oc_…); may be repeated.")
	flags.StringArrayVar(&req.Users, "user", nil, "`USER` to post to (ou_…); may be repeated.")
	flags.StringVar(&req.Group, "group", "", "`NAME` of the broadcast; made up without.")
	flags.StringVar(&req.Author, "author", "", "`USER` who may take it back in the chat (ou_…).")
	flags.StringVar(&req.ExpireIn, "expire-in", "", "`DURATION` after which it is taken back, such as 24h.")
	flags.BoolVar(&button, "undo-button", false, "Give the author a button that takes it back.")
	flags.StringVar(&req.Key, "key", "", "The same `KEY` posts once within 24 hours.")
	flags.BoolVar(&req.Wait, "wait", false, "Wait until all is sent or failed.")
	flags.BoolVar(&asJSON, "json", false, "Print JSON.")
	return cmd
}

const (
	// maxWait is how long the bot's answer waits until posts are sent; after that they are polled every pollEvery.
	maxWait   = 30 * time.Second
	pollEvery = time.Second
	// maxContent is larger than any content that the platform accepts.
	maxContent = 1 << 20
)

// PostRequest are the arguments of `recallbot post`.
type PostRequest struct {
	client.PostOrder

	// CardFile and RichFile are files with the JSON of a card or of a rich text; "-" reads In. So does a Text of "-".
	CardFile, RichFile string
	// Wait waits until all posts are sent or have failed.
	Wait bool
}

// Post posts to chats and people, and prints the posts.
func (t *Terminal) Post(ctx context.Context, req PostRequest) error {
	order, err := t.readOrder(req)
	if err != nil {
		return err
	}
	if req.Wait {
		order.Wait = maxWait
	}
	posted, err := t.Bot.Post(ctx, order)
	if err == nil && posted.Replayed {
		fmt.Fprintf(t.ErrOut, "already %s earlier (idempotent replay): nothing was posted now\n", earlierResult(posted.Posts))
	}
	if err == nil && req.Wait {
		err = t.waitSent(ctx, &posted)
	}
	if err != nil {
		return withCode(err)
	}
	if t.JSON {
		err = t.printJSON(posted)
	} else {
		fmt.Fprintln(t.Out, "group", posted.Group)
		err = t.printPosts(posted.Posts)
	}
	if err != nil {
		return withCode(err)
	}
	return postsResult(posted)
}

// earlierResult says what an earlier call with the same key did.
func earlierResult(posts []client.Post) string {
	for _, post := range posts {
		if post.State == client.PostSent || post.State == client.PostRecalled {
			return "sent"
		}
	}
	return "asked for"
}

// readOrder returns the order with the contents of files, and checks that it has a content and a target.
func (t *Terminal) readOrder(req PostRequest) (client.PostOrder, error) { //nolint:cyclop // a flat list of what may be wrong
	order := req.PostOrder
	for _, from := range []struct {
		file string
		to   *json.RawMessage
	}{{req.CardFile, &order.Card}, {req.RichFile, &order.RichText}} {
		if from.file == "" {
			continue
		}
		text, err := t.readFile(from.file)
		if err != nil {
			return order, &Exit{CodeUsage, fileFault(from.file, err)}
		}
		if !json.Valid(text) {
			return order, exitf(CodeUsage, "%s is not JSON", from.file)
		}
		*from.to = text
	}
	if order.Text == "-" {
		text, err := t.readFile("-")
		if err != nil {
			return order, &Exit{CodeUsage, fileFault("-", err)}
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

func (t *Terminal) readFile(file string) ([]byte, error) {
	if file == "-" {
		return io.ReadAll(io.LimitReader(t.In, maxContent))
	}
	return os.ReadFile(file) //nolint:gosec // the path is the caller's own
}

// waitSent polls until no post is queued.
func (t *Terminal) waitSent(ctx context.Context, posted *client.Posted) error {
	bar := t.newProgressBar("sent")
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
			default: // it was not sent
			}
		}
		if !posted.Replayed {
			bar.update(sent, len(posted.Posts), 0)
		}
		if waiting == 0 {
			return nil
		}
		if err := bot.Sleep(ctx, pollEvery); err != nil {
			return err
		}
	}
}

// postsResult returns an error if posts failed or their state is unsure. Posts of an earlier call must not be recalled
// meanwhile.
func postsResult(posted client.Posted) error {
	bad := 0
	for _, post := range posted.Posts {
		switch post.State {
		case client.PostFailed, client.PostUnsure:
			bad++
		case client.PostRecalled, client.PostCancelled:
			if posted.Replayed {
				bad++
			}
		default: // sent or queued
		}
	}
	switch {
	case bad == 0:
		return nil
	case posted.Replayed:
		return exitf(failedOrPartial(bad, len(posted.Posts)), "%d of %d that were posted earlier don't stand any more", bad, len(posted.Posts))
	case bad == len(posted.Posts):
		return exitf(CodeFailed, "nothing was posted")
	default:
		return exitf(CodePartial, "%d of %d were not posted", bad, len(posted.Posts))
	}
}

// failedOrPartial returns the exit code if some of all failed.
func failedOrPartial(some, all int) int {
	if some == all {
		return CodeFailed
	}
	return CodePartial
}

// failureText returns the bot's explanation, or the reason's name, and the code and log id that the platform's support needs.
func failureText(reason, detail string, code int, logID string) string {
	return strings.TrimSpace(cmp.Or(detail, strings.ReplaceAll(reason, "_", " ")) + " " + support(code, logID))
}
