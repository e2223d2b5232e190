package client_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"recallbot/client"
)

// Post a broadcast to several chats and recall it.
func Example() {
	ctx := context.Background()
	bot, err := client.New(os.Getenv("RECALLBOT_API_URL"), os.Getenv("RECALLBOT_API_TOKEN"), client.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	posted, err := bot.Post(ctx, client.PostOrder{
		Chats: []string{"oc_1", "oc_2"}, Text: "Version 4.2 is being rolled out.", Group: "release-42", Wait: 20 * time.Second,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, post := range posted.Posts {
		fmt.Println(post.ChatID, post.State)
	}

	recall, err := bot.RecallGroup(ctx, "release-42", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	for progress, err := range bot.Watch(ctx, recall.ID) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%d of %d\n", progress.Settled, progress.Total)
	}
}

// Preview, then recall.
func ExampleClient_Preview() {
	ctx := context.Background()
	bot, err := client.New("https://bot.example.com", "rb_…", client.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	order := client.RecallOrder{Chat: "oc_1", Filter: "--bot me --since 30m", Reason: "wrong numbers"}
	preview, err := bot.Preview(ctx, order)
	if err != nil {
		fmt.Println(err)
		return
	}
	if preview.Count > 20 {
		fmt.Println("more than was meant:", preview.Count)
		return
	}
	recall, err := bot.Recall(ctx, order)
	if err != nil {
		fmt.Println(err)
		return
	}
	end, err := bot.Await(ctx, recall.ID)
	fmt.Println(end.State, end.Counts, err)
}

// Errors have the reason and what to do.
func ExampleError() {
	bot, err := client.New("https://bot.example.com", "rb_…", client.Options{Tries: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = bot.TakeBack(context.Background(), "om_1")
	problem, answered := errors.AsType[*client.Error](err)
	switch {
	case errors.Is(err, client.ErrNotFound):
		fmt.Println("there is no such post, or it is another team's")
	case errors.Is(err, client.ErrBusy) && answered:
		fmt.Println("try again in", problem.RetryAfter)
	case answered:
		fmt.Println(problem.Reason, problem.Code, problem.LogID)
	}
}

// Posts are loaded page by page, as far as needed.
func ExampleClient_Posts() {
	bot, err := client.New("https://bot.example.com", "rb_…", client.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for post, err := range bot.Posts(context.Background(), client.PostsQuery{State: client.PostFailed}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(post.ID, post.ChatID, post.Error.Reason)
	}
}
