package search

import (
	"context"

	"recallbot/bot"
)

// filter is a scan without what the scope hides. It reads a page ahead.
type filter struct {
	*scan

	page []found
	// taken are the messages that were taken: an unlisted one may be on the page again, with its content.
	taken map[bot.Hash]bool
	ended bool
}

func (s *filter) next(ctx context.Context) (m found, ok bool, err error) {
	if s.scope.Hidden == nil {
		return s.scan.next(ctx)
	}
	for {
		for len(s.page) > 0 {
			m, s.page = s.page[0], s.page[1:]
			if !s.taken[bot.HashOf(m.ID)] {
				return m, true, nil
			}
		}
		if s.ended {
			return found{}, false, nil
		}
		if err := s.fillPage(ctx); err != nil {
			return found{}, false, err
		}
	}
}

// fillPage reads the next page without the hidden messages.
func (s *filter) fillPage(ctx context.Context) error {
	page, messages := make([]found, 0, pageSize), make([]bot.Message, 0, pageSize)
	for len(page) < pageSize {
		m, ok, err := s.scan.next(ctx)
		if err != nil {
			return err
		}
		if !ok {
			s.ended = true
			break
		}
		page, messages = append(page, m), append(messages, m.Message)
	}
	if len(page) == 0 {
		return nil
	}
	hidden, err := s.scope.Hidden(ctx, messages)
	if err != nil {
		return err
	}
	for i, m := range page {
		if !hidden[i] {
			s.page = append(s.page, m)
		}
	}
	return nil
}

func (s *filter) markTaken(m found) {
	s.scan.markTaken(m)
	if s.scope.Hidden != nil {
		s.taken[bot.HashOf(m.ID)] = true
	}
}
