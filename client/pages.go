package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"
)

// Page is a part of a list. Next is the cursor of the next page; empty on the last one.
type Page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next_cursor,omitempty"`
}

func page[T any](ctx context.Context, c *Client, path []string, query url.Values) (Page[T], error) {
	var p Page[T]
	err := c.do(ctx, call{method: http.MethodGet, path: path, query: query}, &p)
	return p, err
}

// all iterates over the items of all pages. An error ends the iteration.
func all[T any](load func(cursor string) (Page[T], error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for cursor := ""; ; {
			p, err := load(cursor)
			if err != nil {
				var zero T
				yield(zero, err)
				return
			}
			for _, item := range p.Items {
				if !yield(item, nil) {
					return
				}
			}
			if p.Next == "" || p.Next == cursor {
				return
			}
			cursor = p.Next
		}
	}
}
