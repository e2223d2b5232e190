package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"
)

// Page is a part of a list. Next leads to the following one; it is empty on the last.
type Page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next_cursor,omitempty"`
}

func page[T any](ctx context.Context, c *Client, path []string, query url.Values) (Page[T], error) {
	var p Page[T]
	err := c.do(ctx, call{method: http.MethodGet, path: path, query: query}, &p)
	return p, err
}

// all goes through the pages of a list. An error is the last thing that it gives.
func all[T any](load func(cursor string) (Page[T], error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for cursor := ""; ; {
			p, err := load(cursor)
			if err != nil {
				var none T
				yield(none, err)
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
