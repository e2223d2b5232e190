package hooks

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"recallbot/bot"
)

// Probe sends a HEAD request without data; any response is success. Its errors are Denied for an address that is not allowed,
// Invalid for a malformed one, and Unavailable without a response.
func (s *Sender) Probe(ctx context.Context, address string) error {
	if err := s.config.CheckURL(address); errors.Is(err, ErrForbidden) {
		return bot.Errorf(bot.Denied, "probe: %w", err)
	} else if err != nil {
		return bot.Errorf(bot.Invalid, "probe: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, address, http.NoBody)
	if err != nil {
		return bot.Errorf(bot.Invalid, "probe: %w", err)
	}
	resp, err := s.client.Do(req)
	if err == nil {
		_ = resp.Body.Close()
		return nil
	}
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err // without the address, which may contain a token
	}
	if errors.Is(err, ErrForbidden) {
		return bot.Errorf(bot.Denied, "probe %s: %w", req.URL.Hostname(), err)
	}
	return bot.Errorf(bot.Unavailable, "probe %s: %w", req.URL.Hostname(), err)
}
